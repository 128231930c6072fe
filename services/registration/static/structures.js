// Proposes names of structures while one is typed, accents ignored by the server; the field stays a plain field.

const field = document.getElementById("f-structure");

if (field) {
  const names = document.querySelector("script[data-names]").dataset.names;
  field.removeAttribute("list"); // the browser's own list does not ignore accents
  field.setAttribute("autocomplete", "off");
  const list = document.createElement("ul");
  list.className = "proposed";
  list.hidden = true;
  const said = document.createElement("p");
  said.className = "sr";
  said.setAttribute("role", "status");
  field.after(list, said);
  let last = 0;
  let wait;

  const close = () => {
    list.hidden = true;
    list.replaceChildren();
  };
  const choose = (name) => {
    field.value = name;
    close();
    field.focus();
  };
  const show = (found) => {
    list.replaceChildren(
      ...found.map((name) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-plain btn-small";
        button.textContent = name;
        button.addEventListener("click", () => choose(name));
        item.append(button);
        return item;
      }),
    );
    list.hidden = found.length === 0;
    said.textContent = found.length ? `${found.length} · ${found.join(", ")}` : "";
  };
  const ask = async () => {
    const mine = ++last;
    const typed = field.value.trim();
    if (typed.length < 2) return close();
    try {
      const answer = await fetch(`${names}?q=${encodeURIComponent(typed)}`);
      if (answer.ok && mine === last) show((await answer.json()).filter((name) => name !== field.value));
    } catch {
      close(); // no network: the name is typed whole
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(ask, 200);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      list.querySelector("button").focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")];
    const place = buttons.indexOf(document.activeElement);
    if (event.key === "Escape") choose(field.value);
    if (event.key === "ArrowDown") buttons[Math.min(place + 1, buttons.length - 1)].focus();
    if (event.key === "ArrowUp") (place ? buttons[place - 1] : field).focus();
    if (["ArrowDown", "ArrowUp"].includes(event.key)) event.preventDefault();
  });
}
