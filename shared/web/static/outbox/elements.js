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
