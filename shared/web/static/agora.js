// What a script adds to a page that already works: a live count, a drop area, a message one can put away.

// Whoever writes on a slow line may be ahead of this script: the field they are in keeps the focus.
for (const box of document.querySelectorAll(".summary")) if (document.activeElement === document.body) box.focus();

for (const note of document.querySelectorAll(".flash")) {
  const close = note.querySelector("button");
  if (!close) continue;
  close.hidden = false;
  close.addEventListener("click", () => note.remove());
}

for (const field of document.querySelectorAll("[data-count]")) {
  const words = document.getElementById(field.dataset.count);
  if (!words) continue;
  const limit = Number(words.dataset.limit);
  const say = () => {
    const left = limit - [...field.value].length;
    const text = left < 0 ? words.dataset.over : words.dataset.left;
    words.textContent = text.replace("#", String(Math.abs(left)));
    words.classList.toggle("over", left < 0);
  };
  field.addEventListener("input", say);
  say();
}

for (const area of document.querySelectorAll(".drop")) {
  const input = area.querySelector("input[type=file]");
  const stop = (event) => {
    event.preventDefault();
    area.classList.toggle("over", event.type === "dragover");
  };
  area.addEventListener("dragover", stop);
  area.addEventListener("dragleave", stop);
  area.addEventListener("drop", (event) => {
    stop(event);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// A file that is too heavy would travel for minutes, only to be refused with the whole form.
for (const input of document.querySelectorAll("input[type=file][data-most]")) {
  const said = document.createElement("span");
  said.className = "error";
  said.setAttribute("role", "alert");
  (input.closest(".drop, label") ?? input).before(said);
  input.addEventListener("change", () => {
    const heavy = [...input.files].find((file) => file.size > input.dataset.most * 1024 * 1024);
    said.textContent = heavy ? input.dataset.heavy.replace("#", () => heavy.name) : "";
    if (heavy) input.value = "";
  });
}

// What a button shows in a frame of the page may stand below the screen of a telephone.
document.addEventListener("click", ({ target }) => {
  const name = target.closest?.("button[formtarget]")?.formTarget;
  if (name) document.querySelector(`iframe[name="${name}"]`)?.scrollIntoView({ block: "nearest" });
});

// A second click on the same button would only repeat the request; the server refuses it too.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return; // a preview in a frame is not the sending
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
}
