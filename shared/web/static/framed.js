// Tells the page around this frame how high it is and where to look; services/registration/static/cadre.js listens.
// A height and a place are all it says, so that whoever listens learns nothing.

const tell = (at) => parent.postMessage({ agora: { height: document.body.offsetHeight, at } }, "*");
const place = (element) => element.getBoundingClientRect().top + scrollY;

new ResizeObserver(() => tell()).observe(document.body);
addEventListener("message", ({ data }) => data === "agora" && tell());

// A page that follows another one here is read from its beginning.
if (document.referrer.startsWith(`${location.origin}/`)) {
  const found = () => [":target", ".summary", "main"].map((one) => document.querySelector(one)).find(Boolean);
  addEventListener("load", () => tell(place(found())));
}

// A link to a field moves only what is inside the frame: the page around it may have to move.
document.addEventListener("click", ({ target }) => {
  const name = target.closest?.("a[href^='#']")?.hash.slice(1);
  const field = name && document.getElementById(name);
  if (!field) return;
  field.focus();
  tell(place(field.closest(".field") ?? field)); // with its question, and what is wrong
});
