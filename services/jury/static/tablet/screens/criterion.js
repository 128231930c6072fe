// One criterion: its levels as large radio buttons, each with its word and its sentence of evidence.

import { button, h, say } from "../elements.js";
import { named, t } from "../messages.js";

/** Where a cell stands: "late", "kept", "received" or "" when nothing was written. */
export function syncOf(cell) {
  if (!cell) return "";
  if (cell.late) return "late";
  if (cell.pending) return "kept";
  return cell.value === null ? "" : "received";
}

export const syncWords = { late: "cellLate", kept: "cellKept", received: "cellReceived" };

/** {element, update}. `sum`: of all weights. */
export function criterionField(context, criterion, number, sum) {
  const { app, tablet, id } = context;
  const sync = h("span", { class: "sync" });
  const radios = new Map();
  let writing = 0;

  async function write(value, what) {
    writing += 1;
    update(); // until it is stored, nothing may say "kept" or "received" beside the new level
    try {
      await app.keep(() => tablet.write(id, criterion.id, value, what), what);
    } catch {
      // It could not be stored: the screen that offers paper is shown.
    } finally {
      writing -= 1;
      update();
    }
  }

  const levels = criterion.levels.map((level) => {
    const radio = h("input", { type: "radio", name: `c-${criterion.id}`, value: String(level.value) });
    radio.addEventListener("change", () => write(level.value, `${named(criterion)} : ${level.value}`));
    radios.set(level.value, radio);
    return h(
      "label",
      { class: "level" },
      radio,
      h("span", { class: "level-value" }, String(level.value)),
      h("span", { class: "level-words" }, h("b", {}, level.label), h("span", { class: "evidence" }, level.evidence)),
    );
  });
  const erase = button(t("erase"), () => write(null, `${named(criterion)} : ${t("erased")}`), "plain erase", {
    "aria-label": `${t("erase")} : ${named(criterion)}`,
  });
  const helpId = `help-${criterion.id}`;
  const element = h(
    "fieldset",
    { class: "criterion", id: `c-${criterion.id}`, "aria-describedby": helpId },
    h("legend", {}, h("span", { class: "criterion-number" }, `${number}. `), named(criterion)),
    h(
      "p",
      { class: "criterion-help", id: helpId },
      criterion.help,
      " ",
      h("span", { class: "weight" }, t("weight", { n: criterion.weight, sum })),
    ),
    h("div", { class: "levels" }, levels),
    h("div", { class: "criterion-foot" }, sync, erase),
  );

  function update() {
    const value = context.value(criterion.id);
    const locked = !tablet.writable || context.value("status") === "abstained";
    if (!writing) for (const [level, radio] of radios) radio.checked = level === value;
    for (const radio of radios.values()) radio.disabled = locked;
    const state = writing ? "writing" : syncOf(context.cell(criterion.id));
    say(sync, state in syncWords ? t(syncWords[state]) : "");
    sync.dataset.sync = state;
    erase.classList.toggle("away", value === null || locked);
  }

  return { element, update };
}
