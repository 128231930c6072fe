// Order by drag, within a section and from one to another, beside the buttons that do the same without a script.

const token = document.querySelector("script[data-token]")?.dataset.token ?? "";
const lists = [...document.querySelectorAll("[data-order]")];
const said = document.getElementById("ordre-dit");

for (const item of lists.flatMap((list) => [...list.children])) {
  const grip = item.querySelector(".grip");
  grip.hidden = false;
  grip.addEventListener("pointerdown", (event) => start(event, item));
  grip.addEventListener("keydown", (event) => step(event, item, grip));
}

// Before another one of a list, or at its end; an empty section says so.
function put(item, list, before) {
  list.insertBefore(item, before);
  for (const one of lists) one.nextElementSibling.hidden = one.children.length > 0;
}

const middle = (one) => {
  const box = one.getBoundingClientRect();
  return box.top + box.height / 2;
};

function start(event, item) {
  event.preventDefault();
  item.classList.add("dragging");
  const before = JSON.stringify(order());
  let y = event.clientY;
  let moved = false;
  const place = () => {
    const under = lists.find((list) => {
      const box = list.closest("section").getBoundingClientRect();
      return box.top <= y && y < box.bottom;
    });
    const list = under ?? item.parentElement;
    const others = [...list.children].filter((other) => other !== item);
    if (list !== item.parentElement) return put(item, list, others.find((other) => y < middle(other)) ?? null);
    for (const other of others) {
      const below = other.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (below && y < middle(other)) return put(item, list, other);
      if (!below && y > middle(other)) return put(item, list, other.nextSibling);
    }
  };
  const move = ({ clientY }) => {
    y = clientY;
    moved ||= Math.abs(y - event.clientY) > 8;
    place();
  };
  // What is beyond the screen comes while the finger rests at its edge: a photo alone fills a telephone. Not before the
  // finger has moved: a grip that stands at the edge would run away from it.
  const rolling = setInterval(() => {
    const edge = Math.min(innerHeight / 6, 90);
    if (!moved || (y > edge && y < innerHeight - edge)) return;
    scrollBy(0, y > edge ? 12 : -12);
    place();
  }, 16);
  const stop = () => {
    clearInterval(rolling);
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", stop);
    document.removeEventListener("pointercancel", stop);
    item.classList.remove("dragging");
    if (JSON.stringify(order()) !== before) keep(item.parentElement);
  };
  // On the document: an item that moves in the page loses the pointer it had captured.
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", stop);
  document.addEventListener("pointercancel", stop);
}

// One save after another: the last order wins, and a refused one is said before the page shows what is kept.
let saving = Promise.resolve();

function step(event, item, grip) {
  const up = event.key === "ArrowUp";
  if (!up && event.key !== "ArrowDown") return;
  event.preventDefault();
  const list = item.parentElement;
  const beside = up ? item.previousElementSibling : item.nextElementSibling;
  const next = lists[lists.indexOf(list) + (up ? -1 : 1)];
  if (beside) put(item, list, up ? beside : beside.nextSibling);
  else if (next) put(item, next, up ? null : next.firstElementChild);
  else return;
  grip.focus();
  keep(item.parentElement);
}

function keep(list) {
  saving = saving.then(post).then((answer) => {
    said.textContent = answer?.ok ? `${said.dataset.kept} ${list.dataset.into}` : said.dataset.lost;
    // What was approved is not any more; the page says so.
    if (!answer?.ok || list.dataset.approved) return location.reload();
    for (const mail of document.querySelectorAll("iframe.phone")) mail.src = mail.getAttribute("src");
  });
}

const order = () =>
  Object.fromEntries(lists.map((list) => [list.dataset.section, [...list.children].map((item) => item.dataset.item)]));

const post = () =>
  fetch(lists[0].dataset.order, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify(order()),
  }).catch(() => null);
