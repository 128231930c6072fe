// The picture of a badge follows the form. Without it, the picture shows what is kept.

const form = document.querySelector("form[data-preview]");
const picture = document.getElementById(form.dataset.preview);
let waiting = 0;
form.addEventListener("change", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const said = new URLSearchParams(new FormData(form));
    said.delete("csrf_token");
    picture.src = `${form.dataset.address}?${said}`;
  }, 150);
});
