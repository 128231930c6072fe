// Order by drag, beside the buttons that do the same without a script or with a keyboard.

const token = document.querySelector("script[data-token]")?.dataset.token ?? "";

for (const list of document.querySelectorAll("[data-order]")) {
  if (list.children.length < 2) continue;
  for (const item of list.children) {
    const grip = item.querySelector(".grip");
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => start(event, list, item));
    grip.addEventListener("keydown", (event) => step(event, list, item, grip));
  }
}

function start(event, list, item) {
  event.preventDefault();
  item.classList.add("dragging");
  const before = ids(list).join();
  let y = event.clientY;
  const place = () => {
    for (const other of list.children) {
      if (other === item) continue;
      const box = other.getBoundingClientRect();
      const below = other.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (below && y < box.top + box.height / 2) return list.insertBefore(item, other);
      if (!below && y > box.top + box.height / 2) return list.insertBefore(item, other.nextSibling);
    }
  };
  const move = ({ clientY }) => {
    y = clientY;
    place();
  };
  // What is beyond the screen comes while the finger rests at its edge: a photo alone fills a telephone.
  const rolling = setInterval(() => {
    const edge = Math.min(innerHeight / 6, 90);
    if (y > edge && y < innerHeight - edge) return;
    scrollBy(0, y > edge ? 12 : -12);
    place();
  }, 16);
  const stop = () => {
    clearInterval(rolling);
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", stop);
    document.removeEventListener("pointercancel", stop);
    item.classList.remove("dragging");
    if (ids(list).join() !== before) keep(list);
  };
  // On the document: an item that moves in the page loses the pointer it had captured.
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", stop);
  document.addEventListener("pointercancel", stop);
}

// One save after another: the last order wins, and a refused one is said before the page shows what is kept.
let saving = Promise.resolve();

function step(event, list, item, grip) {
  const up = event.key === "ArrowUp";
  if (!up && event.key !== "ArrowDown") return;
  event.preventDefault();
  const beside = up ? item.previousElementSibling : item.nextElementSibling;
  if (!beside) return;
  list.insertBefore(item, up ? beside : beside.nextSibling);
  grip.focus();
  keep(list);
}

function keep(list) {
  saving = saving.then(() => post(list)).then((answer) => {
    const said = document.getElementById("ordre-dit");
    said.textContent = answer?.ok ? said.dataset.kept : said.dataset.lost;
    // What was approved is not any more; the page says so.
    if (!answer?.ok || list.dataset.approved) return location.reload();
    for (const mail of document.querySelectorAll("iframe.phone")) mail.src = mail.getAttribute("src");
  });
}

const ids = (list) => [...list.children].map((item) => item.dataset.item);

const post = (list) =>
  fetch(list.dataset.order, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify({ section: list.dataset.section, items: ids(list) }),
  }).catch(() => null);
