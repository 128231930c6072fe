// What this tablet has not sent, as QR codes one after the other, for the camera of the secretary.

import { codes } from "../../shared/outbox/codes.js";
import { button, fill, h, say, svg } from "../elements.js";
import { t } from "../messages.js";

const EACH = 700; // milliseconds: a camera looks six times a second

/** Show them in `box` until they are put away. */
export async function showCodes(box, { store, session }) {
  const { operations } = await store.snapshot();
  if (!operations.length) return fill(box, h("p", { role: "status" }, t("codesNone")));
  const { juror, round, epoch } = session;
  const texts = await codes({ juror: { id: juror.id }, round: { id: round.id }, epoch }, operations);
  let encode;
  try {
    encode = (await import("../../node_modules/qr/index.js")).encodeQR;
  } catch {
    return fill(box, h("p", { role: "alert" }, t("codesFailed")));
  }
  let at = 0;
  let timer = null;
  const picture = svg("svg", { class: "codes", role: "img", "shape-rendering": "crispEdges" });
  const count = h("p", { class: "count" });
  const run = button("", () => (timer ? stop() : start()));

  function show(next) {
    at = (next + texts.length) % texts.length;
    picture.replaceChildren(...drawn(encode(texts[at], "raw", { ecc: "medium", border: 3 })));
    picture.setAttribute("viewBox", `0 0 ${picture.size} ${picture.size}`);
    picture.setAttribute("aria-label", t("codesAt", { n: at + 1, all: texts.length }));
    say(count, t("codesAt", { n: at + 1, all: texts.length }));
  }

  function drawn(rows) {
    picture.size = rows.length;
    const dark = rows.flatMap((row, y) => row.flatMap((on, x) => (on ? `M${x} ${y}h1v1h-1z` : [])));
    const paper = { class: "codes-paper", width: rows.length, height: rows.length };
    return [svg("rect", paper), svg("path", { class: "codes-ink", d: dark.join("") })];
  }

  function start() {
    say(run, t("codesStop"));
    timer = setInterval(() => (picture.isConnected ? show(at + 1) : stop()), EACH);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    say(run, t("codesRun"));
  }

  const step = (by) => {
    stop();
    show(at + by);
  };
  const away = button(t("codesAway"), () => {
    stop();
    fill(box);
  }, "plain");
  const several = texts.length > 1;
  const turn = [button(t("codesBack"), () => step(-1)), run, button(t("codesNext"), () => step(1))];
  fill(box, h("p", {}, t("codesHow")), picture, count, h("div", { class: "actions" }, several ? turn : null, away));
  show(0);
  if (several) start();
  picture.scrollIntoView({ block: "center" });
}
