// A photo is looked at before it is sent: its size, so that nobody waits for a refusal, and what it looks like.
for (const box of document.querySelectorAll("[data-photo]")) {
  const input = box.querySelector("input[type=file]");
  const says = box.querySelector("[data-photo-says]");
  input.addEventListener("change", () => {
    const file = input.files[0];
    says.textContent = "";
    if (!file) return;
    if (file.size > Number(box.dataset.most)) {
      says.textContent = box.dataset.heavy;
      input.value = "";
      return;
    }
    // The right was given for the photo before.
    const right = box.querySelector("[name=photo_right]");
    if (right) right.checked = false;
    box.querySelector("[name=photo_right_for]")?.remove();
    let shown = box.querySelector(".photo-there");
    if (!shown) {
      shown = document.createElement("img");
      shown.className = "photo-there";
      shown.alt = "";
      input.closest(".field").before(shown);
    }
    shown.src = URL.createObjectURL(file);
    shown.addEventListener("load", () => URL.revokeObjectURL(shown.src), { once: true });
    shown.addEventListener("error", () => shown.remove(), { once: true });
  });
}
