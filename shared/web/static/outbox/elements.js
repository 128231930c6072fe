// Build a page from plain elements: no template language, no string ever read as HTML.

/** h("button", { class: "btn", onclick: f, "aria-label": "…" }, "text", child, null) */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === "boolean") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return fill(element, ...children);
}

/** Replace what an element holds. Nothing, null and false are left out. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Let an element hold these lines, [[key, () => line], …]: what stands there under a key already stays the very node it is,
 *  so that a tap, the focus and a reader's place on it last. A key says all that the line shows. */
export function lines(element, wanted) {
  const standing = new Map([...element.children].map((child) => [child.shown, child]));
  const next = wanted.map(([key, make]) => standing.get(key) || Object.assign(make(), { shown: key }));
  const kept = new Set(next);
  for (const child of [...element.children]) if (!kept.has(child)) child.remove();
  // What stays is never moved by what comes before it: moving would take the focus away as well.
  next.forEach((line, at) => element.children[at] === line || element.insertBefore(line, element.children[at] || null));
}

const LONGEST = 3000; // milliseconds after which a finger counts as lifted: not every browser tells it over a list of choices
const CLICK = 100; // milliseconds between a finger that is lifted and the click it makes, at most
const waiting = new Set(); // what is drawn once no finger is down
const fingers = new Map(); // of each that is down, by its pointer: the timer that counts it as lifted

function hold(finger, milliseconds) {
  clearTimeout(fingers.get(finger));
  fingers.set(finger, setTimeout(() => lift(finger), milliseconds));
}

function lift(finger) {
  clearTimeout(fingers.get(finger));
  fingers.delete(finger);
  if (fingers.size) return;
  const due = [...waiting];
  waiting.clear();
  for (const draw of due) draw();
}

addEventListener("pointerdown", ({ pointerId }) => hold(pointerId, LONGEST), true);
addEventListener("pointerup", ({ pointerId }) => hold(pointerId, CLICK), true);
addEventListener("click", ({ pointerId }) => fingers.has(pointerId) && hold(pointerId, 0), true);
addEventListener("pointercancel", ({ pointerId }) => lift(pointerId), true);

/** Draw what arrived, but not while a finger is down: what it lies on is still there, and in its place, when it is lifted. */
export const steady = (draw) => () => (fingers.size ? void waiting.add(draw) : draw());

/** The line of the head, [key, () => line], that leads to what arrived and stands in `box`, below all that is tapped. */
export function leading(box, words) {
  const go = () => {
    const first = box.firstElementChild;
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center" });
  };
  return [words, () => h("button", { type: "button", class: "pill pill-wait", onclick: go }, words)];
}
