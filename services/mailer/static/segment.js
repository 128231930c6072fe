// The number of people a segment reaches, counted again while its criteria are chosen.

const form = document.getElementById("segment");
const said = document.getElementById("compte");
let asked = 0;

async function count() {
  const turn = ++asked;
  const criteria = new URLSearchParams();
  for (const box of form.querySelectorAll("input[type=checkbox]:checked")) criteria.append(box.name, box.value);
  try {
    const answer = await fetch(`${form.dataset.count}&${criteria}`);
    if (answer.ok && !answer.redirected && turn === asked) said.textContent = await answer.text();
  } catch {
    // The button still counts.
  }
}

form.addEventListener("change", count);
if (form.querySelector("input[type=checkbox]:checked")) count(); // ticked before this script was there
