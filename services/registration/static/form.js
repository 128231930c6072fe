// Hides the questions that are not asked, as services/registration/rules/forms.py decides, and changes their words with
// the actor type. Without it every question stands there with its condition in words. The server decides anyway.

const form = document.querySelector("form.register");

/** The values of one field of the form, a list as the server's evaluator takes it. */
function values(field) {
  const own = [...form.elements].filter((one) => one.name === field || one.name.startsWith(`${field}.`));
  return own
    .filter((one) => !one.closest(".question[hidden]"))
    .flatMap((one) => {
      if (one.dataset.option) return one.checked ? [one.dataset.option] : [];
      if (one.type === "checkbox" || one.type === "radio") return one.checked ? [one.value] : [];
      return one.value ? [one.value] : [];
    });
}

function show() {
  for (const question of form.querySelectorAll(".question[data-show]")) {
    const { field, is } = JSON.parse(question.dataset.show);
    question.hidden = !values(field).some((value) => is.includes(value));
  }
}

function reword() {
  const [type = ""] = values("actor_type");
  for (const question of form.querySelectorAll(".question[data-wording]")) {
    const label = question.querySelector("label, legend");
    // « (facultatif) » follows in an element of its own.
    label.firstChild.nodeValue = `${JSON.parse(question.dataset.wording)[type] ?? question.dataset.label} `;
  }
}

if (form) {
  form.classList.add("alive");
  show();
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  form.elements.actor_type?.addEventListener("change", reword);
}
