// Network first: what is shown is what the server says. Without network, the copy kept when the page was last open.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(answer(event.request));
});

async function answer(request) {
  try {
    const fresh = await fetch(request);
    const kept = await caches.open("agora-ticket");
    // A page that was shown before is refreshed; a link that no longer opens is forgotten.
    if (request.mode === "navigate" && (await kept.match(request, { ignoreSearch: true }))) {
      const path = new URL(request.url).pathname;
      if (fresh.ok && !fresh.redirected) await kept.put(path, fresh.clone());
      else if (fresh.status === 404) await kept.delete(path);
    }
    return fresh;
  } catch (error) {
    const copy = await caches.match(request, { ignoreSearch: true });
    if (!copy) throw error;
    if (request.mode !== "navigate") return copy;
    // The page shall know that nobody has said today what it says.
    const said = (await copy.text()).replace("data-worker=", "data-copy data-worker=");
    return new Response(said, { headers: copy.headers });
  }
}
