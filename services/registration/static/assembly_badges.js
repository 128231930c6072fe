// Cards and badges read at an assembly, by the camera or by a hand-held reader that types and presses Enter: each is sent
// as the form would be, and what changed in the room is shown without leaving the page.

import { Camera } from "./shared/camera.js";

const form = document.getElementById("badges");
const [field, video, said] = [form?.elements.badge, form?.querySelector("video"), form?.querySelector("[role=status]")];

async function send(code) {
  const asked = new FormData(form);
  asked.set("badge", code);
  said.textContent = "";
  try {
    const answer = await fetch(form.action, { method: "POST", body: asked, signal: AbortSignal.timeout(10000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    said.textContent = page.querySelector(".flash p, .summary li").textContent;
    document.getElementById("quorum-now").replaceWith(page.getElementById("quorum-now"));
    for (const fresh of page.querySelectorAll("#feuille tr[id]")) {
      const row = document.getElementById(fresh.id);
      // A proxy or a name that is being written stays, and so does what a finger is on.
      if (row && !row.matches(":active") && !row.querySelector(".input")) row.replaceWith(fresh);
    }
    if (field.value === code) field.value = "";
  } catch {
    said.textContent = form.dataset.lost; // no answer, or the page of a session that is over
  }
}

function begin() {
  let turn = Promise.resolve(); // one after the other, as they were shown
  const read = (code) => (turn = turn.then(() => send(code)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) read(field.value);
    field.select();
  });

  const camera = new Camera(video, read);
  const press = document.createElement("button");
  Object.assign(press, { type: "button", className: "btn btn-quiet", textContent: form.dataset.read });
  press.addEventListener("click", async () => {
    if (camera.on) return camera.stop();
    press.disabled = true;
    const why = await camera.start();
    press.disabled = false;
    if (camera.on) press.textContent = form.dataset.stop;
    return (said.textContent = why && form.dataset[why]);
  });
  video.addEventListener("stopped", () => (press.textContent = form.dataset.read));
  video.before(press);
}

if (form) begin();
