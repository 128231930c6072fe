// All projects in the order of the day, and where the juror stands with each, in words.

import { button, fill, h, lines, say, svg } from "../elements.js";
import { counts, next, standing } from "../model.js";
import { country, language, score, speak, t } from "../messages.js";
import { nameOf } from "../status.js";
import { offered } from "../../shared/outbox/codes.js";
import { showCodes } from "./codes.js";
import { pinSetting } from "./lock.js";
import { noticesIn } from "./notices.js";

/** Returns update(current): current = the project open beside the list, null on the list alone, undefined = as before. */
export function showList(pane, app) {
  const { tablet } = app;
  const head = h("div", { class: "list-head" });
  const go = h("div", { class: "list-go" }); // below all that comes and goes
  const notices = h("div", { class: "notices" });
  const told = noticesIn(notices, app, () => true);
  const rows = h("ol", { class: "projects" });
  const about = h("div", { class: "about" });
  pane.replaceChildren(head, notices, go, rows, about);
  let current = null;
  let drawn = null;

  return (open) => {
    const moved = open !== undefined && open !== current;
    if (open !== undefined) current = open;
    const { pack } = tablet;
    if (!pack) {
      head.replaceChildren(h("p", { class: "lead" }, t(tablet.offline ? "packFailed" : "waitingPack")));
      return;
    }
    if (drawn !== pack) {
      drawn = pack;
      drawRows();
    }
    drawHead();
    for (const row of rows.children) row.update(current);
    told();
    drawAbout();
    if (moved && current) beside();
  };

  /** Beside a sheet: the open project's row in sight, without moving the page. */
  function beside() {
    const row = rows.querySelector("[aria-current]");
    if (row) pane.scrollTop = row.parentElement.offsetTop - pane.clientHeight / 2;
  }

  function drawHead() {
    const { pack, snapshot } = tablet;
    const { projects, grid } = pack;
    const found = counts(projects, grid, snapshot.cells);
    const todo = next(projects, grid, snapshot.cells);
    const key = JSON.stringify([found, todo?.id, tablet.unsent > 0, tablet.closed, tablet.exercise, tablet.handed, tablet.dossiers.held, tablet.dossiers.all, projects.map(bit)]);
    if (head.dataset.key === key) return;
    head.dataset.key = key;
    const all = projects.length - found.recused - found.abstained;
    const words = [t("progress", { scored: found.scored, all })];
    const { held, all: readable } = tablet.dossiers;
    if (found.recused) words.push(t("alsoRecused", { n: found.recused }));
    if (found.abstained) words.push(t("alsoAbstained", { n: found.abstained }));
    const { juror } = tablet.session;
    let action = null;
    if (!todo && !tablet.closed) action = h("p", { class: "lead" }, t(done()));
    else if (todo && tablet.writable) {
      const started = found.scored + found.started > 0;
      action = button(t(started ? "goOn" : "begin", todo), () => app.go(`#/p/${todo.id}`), "main wide");
    }
    fill(
      head,
      h("p", { class: "eyebrow" }, tablet.exercise ? t("exerciseTitle") : pack.round.title),
      h("h1", { tabindex: "-1" }, `${juror.first_name} ${juror.last_name}`),
      h("p", { class: "count" }, words.join(" · ")),
      held < readable ? h("p", { class: "hint", role: "status" }, t("dossiersComing", { held, all: readable })) : null,
      tablet.handed ? h("p", { class: "note note-wait", role: "status" }, t("handed", tablet.handed)) : null,
      track(projects.map(bit), words.join(", ")),
    );
    fill(go, action);
  }

  function done() {
    if (tablet.unsent) return "allDonePending";
    if (!tablet.pack.projects.length) return "nothingToRead";
    return tablet.exercise ? "exerciseDone" : "allDone";
  }

  function bit(project) {
    return standing(project, tablet.pack.grid, tablet.snapshot.cells).state;
  }

  function drawRows() {
    const { pack } = tablet;
    lines(rows, pack.projects.map((project) => [JSON.stringify(project), () => row(project)]));
  }

  function row(project) {
    const state = h("span", { class: "state" });
    const sync = h("span", { class: "sync" });
    const title = h("span", { class: "row-title" });
    const who = h("span", { class: "row-who" });
    const link = h(
      "a",
      { class: "project", href: `#/p/${project.id}` },
      h("span", { class: "row-number" }, String(project.number)),
      h("span", { class: "row-words" }, title, who, h("span", { class: "row-state" }, state, sync)),
    );
    const item = h("li", {}, link);
    item.update = (open) => {
      const found = standing(project, tablet.pack.grid, tablet.snapshot.cells);
      const gone = found.state === "recused";
      say(title, gone ? t("recusedTitle") : project.title);
      say(who, gone ? "" : [project.structure, country(project.country)].filter(Boolean).join(" · "));
      const words = found.state === "started" && found.done === found.all ? t("startedComment") : t(found.state, found);
      say(state, words);
      state.dataset.state = found.state;
      say(sync, syncOf(found));
      sync.dataset.sync = found.late || found.pending ? "kept" : "received";
      if (open === project.id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    };
    return item;
  }

  function drawAbout() {
    const left = tablet.waiting.map((other) => other.pending);
    // Not the count of what waits: it changes with every tap, and only the button below asks for it, when it is pressed.
    const key = JSON.stringify([tablet.promised, left, tablet.fenced, tablet.closed, language()]);
    if (about.dataset.key === key) return;
    about.dataset.key = key;
    const opened = about.querySelector("details")?.open;
    const said = h("p", { class: "hint", role: "status" });
    const version = h("p", { class: "hint" });
    const codes = h("div");
    sayVersion(version);
    const confirmBox = h(
      "div",
      { class: "note note-wait", hidden: true },
      h("p", {}, t("unpairAsk")),
      h(
        "div",
        { class: "actions" },
        button(t("unpairGo"), unpair, "main"),
        button(t("cancel"), () => (confirmBox.hidden = true), "plain"),
      ),
    );

    async function unpair() {
      try {
        await tablet.unpair();
        app.go("#/");
        app.restart();
      } catch {
        say(said, t("unpairFailed"));
      }
    }

    fill(
      about,
      tablet.closed && !tablet.exercise && !tablet.fenced ? besideGroup() : null,
      h(
        "details",
        { open: Boolean(opened) },
        h("summary", {}, t("about")),
        h("p", {}, t(tablet.promised ? "aboutPersist" : "aboutNoPersist")),
        ...tablet.waiting.map(({ session, pending }) =>
          h("p", {}, t("aboutOther", { name: nameOf(session), n: pending })),
        ),
        h(
          "div",
          { class: "actions" },
          button(t("saveFile"), async () => {
            await app.saveFile();
            say(said, t("saved"));
          }),
          offered() ? button(t("codes"), () => showCodes(codes, tablet)) : null,
          button(t("otherLanguage"), otherLanguage),
          tablet.readonly
            ? null
            : button(t("unpair"), () => {
                if (tablet.unsent) say(said, t("unpairNot", { n: tablet.unsent }));
                else confirmBox.hidden = false;
              }),
        ),
        codes,
        tablet.readonly ? null : pinSetting(app),
        said,
        confirmBox,
        version,
      ),
    );
  }

  /** Once the round is closed: how this juror scored beside the others. */
  function besideGroup() {
    const said = h("p", { role: "status" });
    const show = button(t("beside"), async () => {
      try {
        say(said, besideWords(await tablet.beside()));
      } catch {
        say(said, t("othersFailed"));
      }
    });
    return h("section", { class: "others" }, h("p", { class: "hint" }, t("besideHint")), show, said);
  }

  /** The worker that knows may still be starting, or be just now replaced: ask until one answers. */
  async function sayVersion(line) {
    const found = await app.versions();
    if (found) say(line, t("aboutVersion", { version: found.current }));
    else setTimeout(() => line.isConnected && sayVersion(line), 1000);
  }

  function otherLanguage() {
    speak(language() === "fr" ? "en" : "fr");
    localStorage.setItem("agora_lang", language());
    app.restart();
  }
}

function besideWords({ difference, projects: n }) {
  if (difference === null) return t("besideFew");
  if (Math.abs(difference) < 5) return t("besideSame", { n });
  return t(difference > 0 ? "besideMore" : "besideLess", { points: score(Math.abs(difference)), n });
}

/** Whether what was written about a project has arrived; nothing to say when nothing was written. */
function syncOf(found) {
  if (found.late) return t("cellLate");
  if (found.pending) return t("cellKept");
  return ["missing", "recused"].includes(found.state) ? "" : t("cellReceived");
}

/** One mark per project, in order: the shape says it, not the colour alone. */
function track(states, label) {
  const width = 100 / states.length;
  const marks = states.map((state, i) => {
    const x = i * width + width * 0.1;
    const w = width * 0.8;
    const tall = { scored: 10, started: 5, missing: 1.5, abstained: 1.5, recused: 1.5 }[state];
    return svg("rect", { class: `mark mark-${state}`, x, y: 10 - tall, width: w, height: tall });
  });
  const frame = { class: "track", viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img" };
  return svg("svg", { ...frame, "aria-label": label }, ...marks);
}
