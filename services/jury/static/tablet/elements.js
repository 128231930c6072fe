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
