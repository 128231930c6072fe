// The screen of the room: asks for itself every three seconds, and shows what came back.
const live = document.getElementById("live");

async function refresh() {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 5000);
  try {
    const answer = await fetch(location.href, { signal: stop.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("live");
    if (fresh) live.replaceChildren(...fresh.childNodes);
  } catch {
    // The next turn asks again; the wall keeps what it showed.
  } finally {
    clearTimeout(late);
    setTimeout(refresh, 3000);
  }
}

setTimeout(refresh, 3000);
