// Waits beside the code until a tablet has read it, then says so.

const page = document.querySelector(".pairing-page");
const done = page.querySelector(".pairing-done");

async function paired() {
  const response = await fetch(page.dataset.state, { cache: "no-store", redirect: "error" });
  const state = await response.json();
  return state.paired && state.epoch > Number(page.dataset.epoch);
}

async function wait() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    try {
      if (await paired()) break;
    } catch {
      // No network for a moment: ask again.
    }
  }
  page.classList.add("is-paired");
  page.querySelector(".pairing-waiting").hidden = true;
  done.textContent = done.dataset.words;
}

wait();
