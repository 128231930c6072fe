// How many contacts a search finds, counted again while its words and criteria are chosen.

const form = document.getElementById("chercher");
const said = document.getElementById("compte");
let asked = 0;
let later;

async function count() {
  const turn = ++asked;
  try {
    const answer = await fetch(`${form.dataset.count}?${new URLSearchParams(new FormData(form))}`);
    if (answer.ok && !answer.redirected && turn === asked) said.textContent = await answer.text();
  } catch {
    // The button still searches.
  }
}

form?.addEventListener("input", () => {
  clearTimeout(later);
  later = setTimeout(count, 200);
});
