// The builder's preview opens at the question being edited, or at the one it depends on while that hides it.
// Without this script it opens at its beginning.

const edited = document.querySelector("[data-edited]");

function governing(question) {
  const { field } = JSON.parse(question.dataset.show);
  const answer = [...document.querySelector("form").elements].find(
    (one) => one.name === field || one.name.startsWith(`${field}.`),
  );
  return answer?.closest(".question, .field");
}

if (edited) {
  const folded = edited.closest("details");
  if (folded) folded.open = true;
  const seen = (edited.hidden && governing(edited)) || edited;
  // Not scrollIntoView, nor an anchor: these move the page around the preview, too.
  window.scrollTo(0, seen.getBoundingClientRect().top + window.scrollY - 48);
}
