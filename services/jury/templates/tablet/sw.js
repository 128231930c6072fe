// Keeps the tablet's page and scripts so that it opens without a network. It never touches an answer of the API.
// A new version is fetched beside the current one and served only when the page says "adopt": the page does so
// when nothing is left to send and the juror is on the list.

const VERSION = {{ version | tojson }};
const SHELL = {{ shell | tojson }};
const FILES = {{ files | tojson }};

const PREFIX = "agora-tablet-";
const POINTER = PREFIX + "pointer";
const STATICS = FILES.map((file) => file.slice(0, file.indexOf("/static/") + 8))[0];

const cacheOf = (version) => PREFIX + version;

async function current() {
  const found = await (await caches.open(POINTER)).match(SHELL);
  return found ? found.text() : null;
}

async function adopt(version) {
  await (await caches.open(POINTER)).put(SHELL, new Response(version));
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== POINTER && name !== cacheOf(version)) await caches.delete(name);
  }
}

async function fetchAll() {
  const cache = await caches.open(cacheOf(VERSION));
  await Promise.all(
    [SHELL, ...FILES].map(async (path) => {
      const response = await fetch(path, { cache: "reload", credentials: "omit", redirect: "error" });
      // A portal page must never be kept as one of our files: all of them, right, or nothing.
      const type = response.headers.get("Content-Type") || "";
      const html = type.startsWith("text/html");
      if (!response.ok || html !== (path === SHELL)) throw new Error(`${path}: ${response.status} ${type}`);
      if (path === SHELL && !(await response.clone().text()).includes('id="list-pane"')) throw new Error("not our page");
      await cache.put(path, response);
    }),
  );
  const now = await current();
  if (now === null || !(await caches.has(cacheOf(now)))) await adopt(VERSION);
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    fetchAll()
      .catch(async (error) => {
        if ((await current()) !== VERSION) await caches.delete(cacheOf(VERSION));
        throw error;
      })
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const answer = event.ports[0];
  const work = async () => {
    if (event.data === "adopt") await adopt(VERSION);
    answer.postMessage({ current: await current(), ready: VERSION });
  };
  event.waitUntil(work());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const page = request.mode === "navigate" && url.pathname === SHELL;
  if (page || url.pathname.startsWith(STATICS)) event.respondWith(serve(request, url.pathname));
});

async function serve(request, path) {
  const version = await current();
  const cache = version && (await caches.has(cacheOf(version))) ? await caches.open(cacheOf(version)) : null;
  return (cache && (await cache.match(path, { ignoreSearch: true }))) || fetch(request);
}
