// Filters answer at once: the new results are fetched and put in the old ones' place, the address follows.
const listing = document.querySelector("[data-listing]");

if (listing) {
  const form = listing.querySelector("[data-filters]");
  let latest = 0;

  const address = () => {
    const fields = [...new FormData(form)].filter(([, value]) => value !== "");
    const natural = form.elements.sort?.options[0]?.value;
    const query = new URLSearchParams(fields.filter(([name, value]) => name !== "sort" || value !== natural));
    return form.action + (query.size ? "?" + query : "");
  };

  const show = async (url, isNew) => {
    const turn = ++latest;
    const results = listing.querySelector("[data-results]");
    results.classList.add("is-loading");
    try {
      const response = await fetch(url);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = page.querySelector("[data-results]");
      if (turn !== latest) return;
      if (!next) return location.assign(url);
      const focused = document.activeElement;
      const isInside = results.contains(focused);
      results.replaceWith(next);
      replaceFilters(page);
      // A chip that was clicked is gone: whoever uses the keyboard goes on from the results.
      if (isInside) (document.getElementById(focused.id) ?? next).focus({ preventScroll: true });
      listing.querySelector("[data-said]").textContent = next.querySelector("#count").textContent;
      if (isNew) history.pushState({}, "", response.url);
    } catch {
      location.assign(url);
    }
  };

  // Counts change with every choice. A group that holds the focus keeps its elements, the others are exchanged.
  const replaceFilters = (page) => {
    const groups = listing.querySelector("[data-groups]");
    const next = page.querySelector("[data-groups]");
    const button = page.querySelector("[data-show]");
    listing.querySelector("[data-show]").textContent = button.textContent;
    const open = new Map([...groups.querySelectorAll("summary")].map((s) => [s.textContent, s.parentElement.open]));
    const { name, value, type } = groups.contains(document.activeElement) ? document.activeElement : {};
    const top = groups.scrollTop;
    groups.replaceChildren(...next.childNodes);
    for (const summary of groups.querySelectorAll("summary")) {
      if (open.has(summary.textContent)) summary.parentElement.open = open.get(summary.textContent);
    }
    groups.scrollTop = top;
    if (!name) return;
    const same = [...form.elements].filter((field) => field.name === name);
    (type === "checkbox" ? same.find((field) => field.value === value) : same[0])?.focus({ preventScroll: true });
  };

  form.addEventListener("change", () => show(address(), true));
  listing.addEventListener("change", (event) => event.target.id === "sort" && show(address(), true));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    document.getElementById("filters").hidePopover?.();
    show(address(), true);
  });
  listing.addEventListener("click", (event) => {
    const chip = event.target.closest(".applied a");
    if (!chip || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(chip.href, true);
  });
  addEventListener("popstate", () => show(location.href, false));
}
