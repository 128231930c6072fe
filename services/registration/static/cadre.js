// For pages of other sites: gives each frame of ours the height of what it shows, and keeps in view what one must read.
// It reads nothing of the page around, keeps nothing and sends nothing. Without it the frame scrolls by itself.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const frames = () => [...document.querySelectorAll("iframe")].filter((one) => one.src.startsWith(`${home}/`));
  const silent = new Map(); // each frame, with what happens when the page that it loaded says nothing

  /** What says nothing, as the proxy does while the site is away, is read from its beginning, at the height first given. */
  const watch = (frame) => {
    if (silent.has(frame)) return;
    silent.set(frame, 0);
    frame.addEventListener("load", () => {
      const restore = () => {
        if (!frame.style.height) return;
        frame.style.height = "";
        frame.scrollIntoView();
      };
      silent.set(frame, setTimeout(restore, 1000));
      frame.contentWindow.postMessage("agora", home);
    });
  };

  addEventListener("message", ({ origin, source, data }) => {
    const frame = origin === home && frames().find((one) => one.contentWindow === source);
    if (!frame || !data?.agora) return;
    watch(frame);
    clearTimeout(silent.get(frame));
    const { height, at } = data.agora;
    if (Number.isFinite(height)) frame.style.height = `${Math.min(Math.ceil(height), 30000) + 2}px`;
    if (!Number.isFinite(at)) return;
    const top = frame.getBoundingClientRect().top + at;
    if (top < 0 || top > innerHeight * 0.8) scrollBy(0, top - 24);
  });

  // Those that were here before this script.
  for (const frame of frames()) {
    watch(frame);
    frame.contentWindow.postMessage("agora", home);
  }
})();
