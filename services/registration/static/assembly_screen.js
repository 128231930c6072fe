// The screen of the room: asks for itself every three seconds, shows what came back, and says when nothing did.
const live = document.getElementById("live");
const lost = document.getElementById("lost");

async function refresh() {
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(5000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live"); // none in the page of a session that is over
    if (fresh.innerHTML !== live.innerHTML) live.replaceChildren(...fresh.childNodes); // who stands on a link stays there
    lost.textContent = "";
  } catch {
    lost.textContent = lost.dataset.words; // the next turn asks again; the wall keeps what it showed
  } finally {
    setTimeout(refresh, 3000);
  }
}

setTimeout(refresh, 3000);
