// The tablet cannot be relied on: say why, and offer paper.

import { button, h } from "../elements.js";
import { t } from "../messages.js";

/** reason: Insecure, Old, Full, Private or Write. */
export function showStop(pane, app, reason) {
  pane.replaceChildren(
    h(
      "section",
      { class: "narrow" },
      h("p", { class: "eyebrow" }, t("title")),
      h("h1", { tabindex: "-1" }, t("stopTitle")),
      h("p", { class: "lead" }, t(`stop${reason}`)),
      h("p", {}, t("stopPaper")),
      h("div", { class: "actions" }, button(t("stopRetry"), () => app.restart())),
    ),
  );
}
