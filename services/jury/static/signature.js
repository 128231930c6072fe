// A signature drawn with a finger, a pen or the mouse; it travels in a hidden field as the path of an SVG.

const WIDE = 600;
const HIGH = 160;
const MOST = 15000; // characters of a path
const STEP = 3; // shorter strokes are not kept

for (const pad of document.querySelectorAll(".signature-pad")) {
  const surface = pad.querySelector("svg");
  const line = pad.querySelector("path");
  const field = pad.querySelector("input");
  let last = null;

  const show = (path) => {
    field.value = path;
    line.setAttribute("d", path);
  };
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    const within = (share, size) => Math.max(0, Math.min(size, Math.round(share * size)));
    return [within((event.clientX - box.left) / box.width, WIDE), within((event.clientY - box.top) / box.height, HIGH)];
  };

  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    last = place(event);
    if (field.value.length < MOST) show(`${field.value}M${last[0]} ${last[1]}`);
  });
  surface.addEventListener("pointermove", (event) => {
    if (!last || field.value.length >= MOST) return;
    const next = place(event);
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < STEP) return;
    last = next;
    show(`${field.value}L${next[0]} ${next[1]}`);
  });
  for (const end of ["pointerup", "pointercancel"]) surface.addEventListener(end, () => (last = null));
  pad.querySelector("button").addEventListener("click", () => show(""));
  show(field.value);
  pad.hidden = false;
}
