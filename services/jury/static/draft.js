// Keeps a draft while one writes: half a minute after a change, and when the page is left alone. Whoever leaves before
// that is asked. What is not kept is said, with what was kept before. Without this script one presses "Enregistrer".

import { typedEarly } from "./shared/early.js";

const form = document.getElementById("dossier");
const says = document.getElementById("kept");
const PAUSE = Number(says.dataset.pause) * 1000;
const LONGEST = 600; // seconds that a server may ask us to wait
let typed = 0; // changes so far, and how many of them are kept
let kept = 0;
let keptSaid = "";
let sending = null;
let timer = 0;
let notBefore = 0; // the server asked us to wait until then
let leaving = false;
let mayKeep = true; // until the page is told that only a press of "Enregistrer" settles it

const lacking = (why) => {
  says.textContent = `${keptSaid} ${why}`.trim();
};

async function send() {
  const upTo = typed;
  const body = new FormData(form);
  for (const name of new Set(body.keys())) if (body.get(name) instanceof File) body.delete(name);
  body.set("then", "keep");
  let answer;
  let told;
  try {
    answer = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" } });
    told = await answer.json();
  } catch {
    told = {};
  }
  if (answer?.ok && told.version) {
    form.elements.version.value = told.version;
    kept = upTo;
    says.textContent = keptSaid = told.said;
  } else if (told.said) {
    // Somebody else wrote meanwhile, or the call is closed: what to do now is in the words.
    mayKeep = false;
    says.textContent = told.said;
  } else if (answer?.status === 429 || answer?.status >= 500) {
    const asked = Number(answer.headers.get("Retry-After")) || 0;
    const seconds = Math.max(Math.min(asked, LONGEST), PAUSE / 1000);
    notBefore = Date.now() + seconds * 1000;
    lacking(says.dataset.busy.replace("#", Math.ceil(seconds)));
  } else if (answer && told.code) {
    mayKeep = false;
    lacking(says.dataset.refused);
  } else {
    lacking(says.dataset.failed);
  }
}

async function keep() {
  clearTimeout(timer);
  timer = 0;
  if (sending || leaving || !mayKeep || typed === kept) return;
  if (Date.now() < notBefore) return later();
  sending = send();
  await sending;
  sending = null;
  if (typed !== kept) later();
}

function later() {
  timer ||= setTimeout(keep, Math.max(PAUSE, notBefore - Date.now()));
}

form.addEventListener("input", (event) => {
  typed += 1;
  if (event.target.type !== "file") later();
});

if (typedEarly(form)) {
  typed = 1;
  later();
}

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

// A file goes only with a press of "Enregistrer".
const chosen = () => [...form.elements].some((field) => field.files?.length);

window.addEventListener("beforeunload", (event) => {
  if ((typed !== kept || chosen()) && !leaving) event.preventDefault();
});
window.addEventListener("pageshow", () => {
  leaving = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keep();
});
