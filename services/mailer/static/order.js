// Order by drag, beside the buttons that do the same without a script or with a keyboard.

const token = document.querySelector("script[data-token]")?.dataset.token ?? "";

for (const list of document.querySelectorAll("[data-order]")) {
  if (list.children.length < 2) continue;
  for (const item of list.children) {
    const grip = item.querySelector(".grip");
    grip.hidden = false;
    grip.addEventListener("pointerdown", (event) => start(event, list, item, grip));
  }
}

function start(event, list, item, grip) {
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  item.classList.add("dragging");
  const before = ids(list).join();
  const move = ({ clientY }) => {
    for (const other of list.children) {
      if (other === item) continue;
      const box = other.getBoundingClientRect();
      const below = other.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (below && clientY < box.top + box.height / 2) return list.insertBefore(item, other);
      if (!below && clientY > box.top + box.height / 2) return list.insertBefore(item, other.nextSibling);
    }
  };
  const stop = () => {
    grip.removeEventListener("pointermove", move);
    item.classList.remove("dragging");
    if (ids(list).join() !== before) save(list);
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("pointerup", stop, { once: true });
  grip.addEventListener("pointercancel", stop, { once: true });
}

const ids = (list) => [...list.children].map((item) => item.dataset.item);

async function save(list) {
  const answer = await fetch(list.dataset.order, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify({ section: list.dataset.section, items: ids(list) }),
  }).catch(() => null);
  location.hash = "";
  location.reload();
  return answer;
}
