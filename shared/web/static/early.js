// Whoever types on a slow line may be ahead of the script of the page; a browser puts back what was typed before a reload.
// What has no name is not sent: a slider that follows a field stands at the nearest step.

function changed(field) {
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== (field.defaultValue ?? field.value);
  const first = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(first, 0);
}

/** Whether the form holds something else than what the page came with. */
export const typedEarly = (form) => [...form.elements].some((field) => field.name && changed(field));
