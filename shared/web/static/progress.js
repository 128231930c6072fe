// How far a long job is (ui.live): asked again every second, until the page has something else to show.

const part = document.getElementById("progres");
const said = document.getElementById("annonce");
let spoken = Date.now();

async function refresh() {
  let delay = 1000;
  try {
    const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const now = answer.headers.get("X-State");
    if (now !== part.dataset.state) return location.reload();
    part.innerHTML = await answer.text();
    if (Date.now() - spoken > 15_000) {
      said.textContent = part.textContent.trim();
      spoken = Date.now();
    }
  } catch {
    delay = 10_000;
  }
  setTimeout(refresh, delay);
}

setTimeout(refresh, 1000);
