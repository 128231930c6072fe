// The what-if desk, live: what is typed or slid goes to the server, which answers with the piece of page below the form.
// Without this script the button does the same. Nothing is written anywhere.

import { typedEarly } from "./shared/early.js";

const form = document.getElementById("desk");
const result = document.getElementById("desk-result");
const said = document.getElementById("desk-said");
const PAUSE = 250;

let timer = 0;
let asked = 0;

async function show() {
  const turn = ++asked;
  const query = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(`${form.dataset.live}?${query}`, { cache: "no-store" });
    if (!answer.ok || answer.redirected) throw new Error(`answered ${answer.status}`);
    const html = await answer.text();
    if (turn !== asked) return; // a later answer is on its way
    // Our own page, rendered and escaped on our own server.
    result.innerHTML = html;
    said.textContent = result.querySelector("[data-said]").dataset.said;
    history.replaceState(null, "", `?${query}#essai`);
  } catch {
    if (turn === asked) said.textContent = form.dataset.lost;
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
}

// A slider beside each sum: the keyboard's arrows and the thumb move the line. The field stays the truth.
for (const slider of form.querySelectorAll("input[type=range]")) {
  const field = document.getElementById(slider.dataset.of);
  slider.parentElement.hidden = false;
  slider.addEventListener("input", () => {
    field.value = slider.value;
    later();
  });
  field.addEventListener("input", () => {
    const euros = Number(field.value.replace(/[\s€]/g, "").replace(",", "."));
    if (Number.isFinite(euros)) slider.value = String(euros);
  });
}

form.addEventListener("input", later);
form.addEventListener("change", later);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  show();
});
if (typedEarly(form)) later();
