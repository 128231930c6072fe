// Keeps this one page on the phone, so that it can be shown at the door with no network; and where it was left open, or
// is opened without network, says after the end what holds by then.
const worker = document.querySelector("[data-worker]");

if (worker && "serviceWorker" in navigator && "caches" in window) {
  navigator.serviceWorker.register(worker.dataset.worker).catch(() => {});
  const styles = [...document.querySelectorAll("link[rel=stylesheet]")].map((link) => link.href);
  caches
    .open("agora-ticket")
    .then((cache) => cache.addAll([location.pathname, import.meta.url, ...styles]))
    .then(() => document.querySelector("[data-kept]")?.removeAttribute("hidden"))
    .catch(() => {});
}

function endIfOver() {
  if (!worker || Date.now() < Date.parse(worker.dataset.ends)) return;
  for (const part of document.querySelectorAll("[data-before]")) part.hidden = true;
  for (const part of document.querySelectorAll("[data-over]")) part.hidden = false;
}

if (worker && "copy" in worker.dataset) endIfOver(); // else the server has just said it
document.addEventListener("visibilitychange", endIfOver);
