// Keeps the chair's board fresh: asks every second with the ETag of what is shown; most answers are 304.

const board = document.getElementById("board");
const fresh = document.getElementById("fresh");
const EVERY = 1000;
const PATIENCE = 5000;
const OLD = 60;

let etag = "";
let serverTime = 0;
let heardAt = performance.now();

function say(words, seconds) {
  if (words === undefined) return;
  const text = words.replace("#", String(seconds));
  if (fresh.textContent !== text) fresh.textContent = text;
}

function tick() {
  const silent = Math.round((performance.now() - heardAt) / 1000);
  say(silent > 4 ? fresh.dataset.lost : fresh.dataset.live, silent);
  if (!serverTime) return;
  const now = serverTime + (performance.now() - heardAt);
  for (const time of board.querySelectorAll("time[data-ago]")) {
    const seconds = Math.max(0, Math.round((now - Date.parse(time.dateTime)) / 1000));
    const words =
      seconds < 5
        ? fresh.dataset.now
        : seconds < 120
          ? fresh.dataset.ago.replace("#", String(seconds))
          : fresh.dataset.minutes.replace("#", String(Math.round(seconds / 60)));
    if (time.textContent !== words) time.textContent = words;
    time.classList.toggle("is-old", seconds > OLD);
  }
}

/** The new table, scrolled as the old one was and with the keyboard where it stood. */
function show(html) {
  const left = board.querySelector(".board-wrap")?.scrollLeft ?? 0;
  // A link comes and goes before the table, which has no address itself.
  const stood = board.contains(document.activeElement) ? document.activeElement.getAttribute("href") : undefined;
  // Our own page, rendered and escaped on our own server.
  board.innerHTML = html;
  const wrap = board.querySelector(".board-wrap");
  if (wrap) wrap.scrollLeft = left;
  [...board.querySelectorAll("a, [tabindex]")].find((one) => one.getAttribute("href") === stood)?.focus({ preventScroll: true });
}

async function refresh() {
  const headers = etag ? { "If-None-Match": etag } : {};
  const response = await fetch(board.dataset.poll, {
    headers,
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (response.status !== 304) {
    if (!response.ok || !response.headers.get("X-Server-Time")) throw new Error(`answered ${response.status}`);
    const html = await response.text();
    // What is being pressed stays under the finger: the next second shows what is new.
    if (!board.matches(":active")) {
      show(html);
      etag = response.headers.get("ETag") ?? "";
    }
  }
  serverTime = Date.parse(response.headers.get("X-Server-Time"));
  heardAt = performance.now();
  // For the clock (timer.js): how far this device's own clock is from the server's.
  document.documentElement.dataset.offset = String(Math.round(serverTime - Date.now()));
}

async function follow() {
  for (;;) {
    if (!document.hidden) {
      try {
        await refresh();
      } catch {
        // The line below the board says for how long nothing was heard.
      }
    }
    tick();
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

follow();
