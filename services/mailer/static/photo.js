// A photo is looked at before it is sent. One that is too heavy was taken out of its field by agora.js.
for (const box of document.querySelectorAll("[data-photo]")) {
  const input = box.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    const file = input.files[0];
    if (!file) return;
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
