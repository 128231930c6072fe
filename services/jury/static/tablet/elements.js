// The elements of the tablet’s pages, on top of the shared ones.

import { h } from "../shared/outbox/elements.js";

export { fill, h, lines, steady } from "../shared/outbox/elements.js";

/** The classes of a button of the design system. kind: main, plain, "" or any of them with a class of one's own. */
export function tap(kind = "") {
  return `btn tap ${kind.replace(/\b(main|plain)\b/, "btn-$1")}`.trim();
}

export function button(words, onclick, kind = "", attributes = {}) {
  return h("button", { type: "button", class: tap(kind), onclick, ...attributes }, words);
}

/** Draw what arrived. What can be tapped and is in sight stays where it is, as a finger may be on its way there: the page
 *  scrolls by what was added above, or what was taken away there leaves its room. */
export function inPlace(panes, draw) {
  const seen = panes.flatMap((pane) => {
    const found = [...pane.querySelectorAll("a, button, input, textarea, summary")].filter((one) => !one.closest(".notices") && inSight(one));
    return found.length ? [{ pane, places: found.map((one) => [one, one.getBoundingClientRect().top]) }] : [];
  });
  draw();
  for (const { pane, places } of seen) {
    const still = places.find(([one]) => one.isConnected && one.getClientRects().length);
    if (!still) continue;
    const moved = () => still[0].getBoundingClientRect().top - still[1];
    const own = pane.scrollHeight > pane.clientHeight && getComputedStyle(pane).overflowY === "auto";
    const scroll = () => (own ? (pane.scrollTop += moved()) : scrollBy(0, moved()));
    if (Math.abs(moved()) > 1) scroll();
    if (Math.abs(moved()) <= 1 || own) continue;
    const all = pane.parentElement;
    if (moved() > 0) all.style.minHeight = `${innerHeight + scrollY + moved()}px`;
    else all.style.paddingTop = `${-moved() + parseFloat(all.style.paddingTop || 0)}px`;
    scroll();
  }
}

function inSight(one) {
  const { top, bottom, height } = one.getBoundingClientRect();
  return height > 0 && bottom > 0 && top < innerHeight;
}

/** Set the text only when it differs, so that a screen reader is not told twice. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
