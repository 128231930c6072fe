// For pages of other sites: gives each frame of ours the height of what it shows, and keeps in view what one must read.
// It reads nothing of the page around, keeps nothing and sends nothing. Without it the frame scrolls by itself.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const frames = () => [...document.querySelectorAll("iframe")].filter((one) => one.src.startsWith(`${home}/`));

  addEventListener("message", ({ origin, source, data }) => {
    const frame = origin === home && frames().find((one) => one.contentWindow === source);
    if (!frame || !data?.agora) return;
    const { height, at } = data.agora;
    if (Number.isFinite(height)) frame.style.height = `${Math.min(Math.ceil(height), 30000) + 2}px`;
    if (!Number.isFinite(at)) return;
    const top = frame.getBoundingClientRect().top + at;
    if (top < 0 || top > innerHeight * 0.8) scrollBy(0, top - 24);
  });

  // Those that were here before this script.
  for (const frame of frames()) frame.contentWindow.postMessage("agora", home);
})();
