// Keeps one page and scripts so that it opens without a network. It never touches an answer of the API.
// A new version waits until the page is closed everywhere: nothing changes under somebody's hands.

const CACHE = {{ (cache ~ version) | tojson }};
const SHELL = {{ shell | tojson }};
const FILES = {{ files | tojson }};

async function keep() {
  const cache = await caches.open(CACHE);
  for (const path of [SHELL, ...FILES]) {
    const response = await fetch(path, { cache: "reload", credentials: "omit", redirect: "error" });
    // A portal page must never be kept as one of our files.
    const html = (response.headers.get("Content-Type") || "").startsWith("text/html");
    if (!response.ok || html !== (path === SHELL)) throw new Error(`${path}: ${response.status}`);
    await cache.put(path, response);
  }
}

async function tidy() {
  for (const name of await caches.keys()) {
    if (name.startsWith({{ cache | tojson }}) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const known = url.pathname === SHELL || FILES.includes(url.pathname);
  if (request.method !== "GET" || url.origin !== self.location.origin || !known) return;
  event.respondWith(
    caches.open(CACHE).then((cache) => cache.match(url.pathname)).then((found) => found || fetch(request)),
  );
});
