// Suggestions below the search field, from two letters on.
const field = document.querySelector("[data-suggest]");

if (field) {
  const box = document.createElement("div");
  box.className = "suggest";
  box.id = "suggest";
  box.role = "listbox";
  box.hidden = true;
  field.form.append(box);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", "suggest");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  let asked = "";
  let timer;
  let current = -1;

  const open = (isOpen) => {
    box.hidden = !isOpen;
    current = -1;
    field.setAttribute("aria-expanded", isOpen);
    field.removeAttribute("aria-activedescendant");
  };

  const option = (item, i) => {
    const link = document.createElement("a");
    link.href = item.path;
    link.role = "option";
    link.id = `suggest-${i}`;
    link.tabIndex = -1;
    if (item.picture) {
      const image = new Image(44, 44);
      image.src = item.picture;
      image.alt = "";
      link.append(image);
    }
    const title = document.createElement("span");
    title.textContent = item.title;
    link.append(title);
    if (item.note) {
      const note = document.createElement("b");
      note.textContent = item.note;
      link.append(note);
    }
    return link;
  };

  const ask = async () => {
    const q = field.value.trim().toLowerCase();
    if (q === asked) return;
    asked = q;
    if (q.length < 2) return open(false);
    try {
      const response = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(q)}`);
      const { items } = await response.json();
      if (asked !== q) return;
      box.replaceChildren(...items.map(option));
      open(items.length > 0 && document.activeElement === field);
    } catch {
      open(false);
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  field.addEventListener("focus", () => box.children.length && asked.length > 1 && open(true));
  field.form.addEventListener("focusout", (event) => field.form.contains(event.relatedTarget) || open(false));
  // The field would lose the focus, and the list would close, before the click arrives.
  box.addEventListener("pointerdown", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    const links = [...box.children];
    if (box.hidden || !links.length) return;
    if (event.key === "Escape") return open(false);
    if (event.key === "Enter" && current >= 0) {
      event.preventDefault();
      return links[current].click();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    current = (current + step + links.length) % links.length;
    links.forEach((link, i) => link.setAttribute("aria-selected", i === current));
    field.setAttribute("aria-activedescendant", links[current].id);
  });
}
