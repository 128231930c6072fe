// Keeps a draft while one writes: half a minute after a change, and when the page is left alone. Whoever leaves before
// that is asked. Without this script one presses "Enregistrer".

const form = document.getElementById("dossier");
const says = document.getElementById("kept");
const PAUSE = Number(says.dataset.pause) * 1000;
let typed = 0; // changes so far, and how many of them are kept
let kept = 0;
let sending = null;
let timer = 0;
let leaving = false;
let alone = true; // nobody else writes, and the call is open

async function send() {
  const upTo = typed;
  const body = new FormData(form);
  for (const name of new Set(body.keys())) if (body.get(name) instanceof File) body.delete(name);
  body.set("then", "keep");
  try {
    const answer = await fetch(location.pathname, { method: "POST", body });
    const told = await answer.json();
    alone = answer.ok;
    says.textContent = told.said;
    if (!answer.ok) return;
    form.elements.version.value = told.version;
    kept = upTo;
  } catch {
    says.textContent = says.dataset.failed;
  }
}

async function keep() {
  clearTimeout(timer);
  timer = 0;
  if (sending || leaving || !alone || typed === kept) return;
  sending = send();
  await sending;
  sending = null;
  if (typed !== kept) later();
}

function later() {
  timer ||= setTimeout(keep, PAUSE);
}

form.addEventListener("input", (event) => {
  typed += 1;
  if (event.target.type !== "file") later();
});

// What is being kept has the next version: whoever presses a button meanwhile waits for its number.
form.addEventListener("submit", async (event) => {
  if (!sending) {
    leaving = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  await sending;
  form.requestSubmit(event.submitter);
});

window.addEventListener("beforeunload", (event) => {
  if (typed !== kept && !leaving) event.preventDefault();
});
window.addEventListener("pageshow", () => {
  leaving = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keep();
});
