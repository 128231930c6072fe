// A text kept while it is typed: half a second after the last key, when leaving the field, when leaving the page.

import { h, say } from "../elements.js";
import { named, t } from "../messages.js";
import { needsComment } from "../model.js";
import { syncOf, syncWords } from "./criterion.js";

const PAUSE = 500; // milliseconds

/** {element, update}. name: "comment" or "feedback"; limit in characters. */
export function textField(context, name, limit) {
  const { app, tablet, id } = context;
  const sync = h("span", { class: "sync" });
  const left = h("span", { class: "count" });
  const wanted = h("p", { class: "wanted", hidden: true });
  const area = h("textarea", {
    class: "input",
    id: `t-${name}`,
    rows: "4",
    maxlength: String(limit),
    "aria-describedby": `h-${name} w-${name}`,
  });
  wanted.id = `w-${name}`;
  let timer = null;
  let dirty = false;

  area.value = context.value(name) || "";
  const grow = () => {
    // Only ever taller, and only when it overflows: a shrinking field would move the page under the finger.
    while (area.scrollHeight > area.clientHeight + 4 && area.rows < 24) area.rows += 1;
  };

  area.addEventListener("input", () => {
    dirty = true;
    grow();
    update();
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  area.addEventListener("blur", keep);
  document.addEventListener("visibilitychange", away);
  window.addEventListener("hashchange", away, { capture: true });

  function away() {
    keep();
    if (!area.isConnected) {
      document.removeEventListener("visibilitychange", away);
      window.removeEventListener("hashchange", away, { capture: true });
    }
  }

  async function keep() {
    clearTimeout(timer);
    if (!dirty || !tablet.writable) return;
    dirty = false;
    const typed = area.value;
    try {
      await app.keep(() => tablet.write(id, name, typed === "" ? null : typed, t(name)), `${t(name)} : ${typed}`);
    } catch {
      dirty = true;
    }
    update();
  }

  function update() {
    const value = context.value(name) || "";
    // The server trims what it stores: that must not move the cursor of someone who is still typing.
    const typing = dirty || document.activeElement === area;
    if (!typing && area.value !== value) {
      area.value = value;
      grow();
    }
    area.readOnly = !tablet.writable || context.value("status") === "abstained";
    const state = dirty || context.writing(name) ? "typing" : syncOf(context.cell(name));
    say(sync, state === "typing" ? t("cellTyping") : state ? t(syncWords[state]) : "");
    sync.dataset.sync = state;
    const rest = limit - area.value.length;
    say(left, rest < 300 ? t("charsLeft", { n: rest }) : "");
    if (name !== "comment") return;
    const which = needsComment({ id }, tablet.pack.grid, tablet.snapshot.cells).map((criterion) => named(criterion));
    const silent = !which.length || area.value.trim() !== "";
    wanted.hidden = silent;
    say(wanted, silent ? "" : t("commentNeeded", { which: which.join(", ") }));
  }

  const element = h(
    "div",
    { class: "field text-field" },
    h("label", { for: `t-${name}` }, t(name)),
    h("span", { class: "hint", id: `h-${name}` }, t(`${name}Hint`)),
    wanted,
    area,
    h("div", { class: "criterion-foot" }, sync, left),
  );
  requestAnimationFrame(grow);
  return { element, update };
}
