// The code of a lent tablet: asked for at the door, chosen and taken away in "This tablet".

import { button, h, say, tap } from "../elements.js";
import { t } from "../messages.js";
import * as pin from "../pin.js";

function codeField(id, words, hint) {
  const error = h("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true });
  const input = h("input", {
    class: "input mono",
    id,
    type: "password",
    inputmode: "numeric",
    autocomplete: "off",
    maxlength: "8",
    "aria-describedby": `${id}-hint ${id}-error`,
  });
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, words),
    h("span", { class: "hint", id: `${id}-hint` }, hint),
    error,
    input,
  );
  const fail = (why) => {
    error.hidden = false;
    say(error, why);
    input.value = "";
    input.focus();
  };
  return { element, input, fail };
}

/** Nothing of the juror's is on this screen, not even the name. */
export function showLock(pane, app) {
  const field = codeField("pin", t("pinCode"), t("pinForgotten"));

  async function submit(event) {
    event.preventDefault();
    const tried = await pin.open(app.tablet.device, field.input.value);
    if (tried.open) return app.unlock();
    field.fail(tried.wait ? t("pinWait", { n: tried.wait }) : t("pinWrong"));
  }

  pane.replaceChildren(
    h(
      "section",
      { class: "narrow" },
      h("p", { class: "eyebrow" }, t("title")),
      h("h1", { tabindex: "-1" }, t("pinTitle")),
      h(
        "form",
        { onsubmit: submit, novalidate: true },
        field.element,
        h(
          "div",
          { class: "actions" },
          h("button", { type: "submit", class: tap("main") }, t("pinGo")),
          button(t("pairAgain"), app.pairAgain, "plain"),
        ),
      ),
    ),
  );
  field.input.focus({ preventScroll: true });
}

/** The part of "This tablet" that sets the code or takes it away. */
export function pinSetting(app) {
  const { device } = app.tablet;
  const box = h("div", { class: "pin" });
  draw();
  return box;

  async function draw() {
    if (await pin.isSet(device)) {
      const off = button(t("pinOff"), () => pin.set(device, null).then(draw));
      const now = button(t("pinNow"), app.lock);
      return box.replaceChildren(h("p", {}, t("pinIsSet")), h("div", { class: "actions" }, now, off));
    }
    return box.replaceChildren(h("div", { class: "actions" }, button(t("pinSet"), ask)));
  }

  function ask() {
    const field = codeField("new-pin", t("pinNew"), t("pinShape"));
    const submit = async (event) => {
      event.preventDefault();
      if (!pin.SHAPE.test(field.input.value)) return field.fail(t("pinShape"));
      await pin.set(device, field.input.value);
      return draw();
    };
    const keep = h("button", { type: "submit", class: tap("main") }, t("pinKeep"));
    const actions = h("div", { class: "actions" }, keep, button(t("cancel"), draw, "plain"));
    box.replaceChildren(h("form", { onsubmit: submit, novalidate: true }, field.element, actions));
    field.input.focus();
  }
}
