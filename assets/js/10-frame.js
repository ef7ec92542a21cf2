// Public pages are the same for everybody; what is personal in the header is painted here, from readable cookies.
const cookie = (name) =>
  document.cookie.split("; ").find((pair) => pair.startsWith(name + "="))?.slice(name.length + 1);

function paintHeader() {
  const badge = document.querySelector("[data-cart-count]");
  const count = Number(cookie("cart_count")) || 0;
  if (badge) {
    const text = count === 1 ? badge.dataset.one : badge.dataset.other;
    badge.hidden = count === 0;
    badge.textContent = count > 99 ? "99+" : count;
    badge.setAttribute("aria-label", text.replace("{count}", count));
  }
  const account = document.querySelector("[data-signed-in]");
  if (account && cookie("signed_in")) account.textContent = account.dataset.signedIn;
}

paintHeader();
// A page from the browser's back cache was painted before the cart changed.
addEventListener("pageshow", (event) => event.persisted && paintHeader());

// A page that was loaded ahead is as old as that: one that waited longer than this is asked for again when it is seen.
const AHEAD_MAX_MS = 10_000;
document.addEventListener("prerenderingchange", () => {
  const [visit] = performance.getEntriesByType("navigation");
  if (visit?.activationStart > AHEAD_MAX_MS) location.reload();
  else paintHeader();
});

// The picture of a card grows into the gallery of its product, where the browser has transitions between pages. The
// card keeps its name: it is still there when the page comes back from the browser's back cache.
let named = [];
addEventListener("pageswap", ({ viewTransition, activation }) => {
  if (!viewTransition || activation?.navigationType === "traverse") return;
  for (const image of named) image.style.viewTransitionName = "";
  const { pathname } = new URL(activation.entry.url);
  const links = [...document.querySelectorAll(".card h3 a")].filter((link) => link.pathname === pathname);
  const link = links.find((link) => link === document.activeElement) ?? links[0];
  const image = link?.closest(".card").querySelector("img");
  const shot = document.querySelector(".shots img");
  named = image ? [image, shot].filter(Boolean) : [];
  if (shot && image) shot.style.viewTransitionName = "none";
  if (image) image.style.viewTransitionName = "product";
});

// The summary of a rejected form says what is wrong: it comes first for those who do not see it.
document.querySelector("[data-focus]")?.focus();

// A form that sends itself brings its page back as it was left. Where storage is blocked, it comes back at its top.
const scrolled = (value) => {
  try {
    const before = sessionStorage.scrolled;
    if (value) sessionStorage.scrolled = value;
    else delete sessionStorage.scrolled;
    return before;
  } catch {}
};

const [page, top] = scrolled()?.split(" ") ?? [];
if (page === location.pathname) scrollTo({ top, behavior: "instant" });

for (const field of document.querySelectorAll("[data-submit-on-change]")) {
  field.addEventListener("change", () => {
    scrolled(location.pathname + " " + scrollY);
    const { form } = field;
    form.requestSubmit(form.querySelector("[data-update]") ?? form.querySelector("button"));
  });
}

for (const box of document.querySelectorAll("[data-quantity]")) {
  const input = box.querySelector("input");
  box.addEventListener("click", (event) => {
    const step = Number(event.target.closest("[data-step]")?.dataset.step);
    if (!step) return;
    input.value = Math.min(999, Math.max(1, (Number(input.value) || 1) + step));
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const said = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = said), 2000);
  });
}
