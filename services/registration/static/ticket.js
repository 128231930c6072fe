// Keeps this one page on the phone, so that it can be shown at the door with no network.
const worker = document.querySelector("[data-worker]");

if (worker && "serviceWorker" in navigator && "caches" in window) {
  navigator.serviceWorker.register(worker.dataset.worker).catch(() => {});
  const styles = [...document.querySelectorAll("link[rel=stylesheet]")].map((link) => link.href);
  caches
    .open("agora-ticket")
    .then((cache) => cache.addAll([location.pathname, ...styles]))
    .then(() => document.querySelector("[data-kept]")?.removeAttribute("hidden"))
    .catch(() => {});
}
