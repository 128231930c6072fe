// Build the page from plain elements: no template language, no string ever read as HTML.

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
