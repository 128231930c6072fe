// The part of a page that changes while one looks: asked again every ten seconds, and said when it cannot be had.

const part = document.getElementById("live");
const lost = document.getElementById("lost");

async function refresh() {
  try {
    const answer = await fetch(part.dataset.live, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(8000) });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    const fresh = await answer.text();
    // Whoever is about to press a button keeps it under the finger.
    if (!part.contains(document.activeElement)) part.innerHTML = fresh;
    lost.textContent = "";
  } catch {
    lost.textContent = lost.dataset.words;
  }
}

setInterval(() => document.hidden || refresh(), 10000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
