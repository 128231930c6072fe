// Cards and badges read at an assembly, by the camera or by a hand-held reader that types and presses Enter, and arrivals
// and departures by their buttons: each is sent as the form would be, and what changed in the room is shown without
// leaving the page, where two tellers' counts may be half typed.

import { Camera } from "./shared/camera.js";

const form = document.getElementById("badges");
const [field, video, said] = [form?.elements.badge, form?.querySelector("video"), form?.querySelector("[role=status]")];
let turn = Promise.resolve(); // one after the other, as they were asked

async function ask(action, body) {
  const answer = await fetch(action, { method: "POST", body, signal: AbortSignal.timeout(10000) });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** came: the row of whoever comes or goes, which is shown as it is now whatever stood open in it. */
function show(page, came) {
  if (!page.getElementById("quorum-now")) throw new Error(); // a session that is over
  document.querySelector("main .summary")?.remove(); // what was refused before
  for (const id of ["quorum-now", "lapsed"]) {
    const [was, is] = [document.getElementById(id), page.getElementById(id)]; // a version beside ours may lack one
    if (was && is) was.replaceWith(is);
  }
  for (const fresh of page.querySelectorAll("#feuille tr[id]")) {
    const row = document.getElementById(fresh.id);
    // A proxy or a name that is being written stays, and so does what a finger is on.
    if (row && (row.id === came || !(row.matches(":active") || row.querySelector(".input")))) row.replaceWith(fresh);
  }
}

async function send(code) {
  const asked = new FormData(form);
  asked.set("badge", code);
  said.textContent = "";
  try {
    const page = await ask(form.action, asked);
    said.textContent = page.querySelector(".flash p, .summary li").textContent;
    show(page);
    if (field.value === code) field.value = "";
  } catch {
    said.textContent = form.dataset.lost; // no answer, or the page of a session that is over
  }
}

async function move(sent, body) {
  try {
    const page = await ask(sent.action, body);
    if (page.querySelector(".summary")) throw new Error(); // refused: the page says why
    const row = sent.closest("tr").id;
    show(page, row);
    document.querySelector(`#${row} button`)?.focus({ preventScroll: true });
  } catch {
    if (!sent.isConnected) document.body.append(sent); // its row was drawn anew meanwhile
    sent.submit();
  }
}

function begin() {
  const read = (code) => (turn = turn.then(() => send(code)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) read(field.value);
    field.select();
  });
  document.getElementById("feuille")?.addEventListener("submit", (event) => {
    const body = new FormData(event.target);
    if (!["arrived", "left"].includes(body.get("what"))) return;
    event.preventDefault();
    turn = turn.then(() => move(event.target, body));
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
