// While statutes are typed: the sum of the seats, and what changes, as the button « Voir ce qui change » would show them.

import { typedEarly } from "./shared/early.js";

const form = document.getElementById("statutes");
const shown = ["sum", "changes"].map((id) => document.getElementById(id));
let last = 0;
let wait;

async function look() {
  const mine = ++last;
  const typed = new FormData(form);
  typed.append("look", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(typed) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== last) return;
    for (const old of shown) {
      const fresh = page.getElementById(old.id);
      if (fresh && fresh.textContent !== old.textContent) old.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // No network: the button shows it, or says why not.
  }
}

function later() {
  clearTimeout(wait);
  wait = setTimeout(look, 500);
}

form.addEventListener("input", later);
if (typedEarly(form)) later();
