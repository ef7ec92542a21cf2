// Choosing a variant changes price, stock, picture and address in place; adding answers in place.
const buy = document.querySelector("[data-product]");

if (buy) {
  const variants = JSON.parse(document.getElementById("variants").textContent);
  const axes = [...buy.querySelectorAll(".axis")];
  const part = (name) => buy.querySelector(`[data-${name}]`);
  const chosen = () => axes.map((axis) => axis.querySelector(":checked")?.value);
  const fits = (variant, options) => options.every((value, i) => variant.options[i] === value);

  // The wanted value counts; what was chosen beside it gives way if there is no such combination.
  const find = (options, axis) => {
    const near = (variant) => variant.options.filter((value, i) => value === options[i]).length;
    const possible = variants.filter((variant) => variant.options[axis] === options[axis]);
    return variants.find((variant) => fits(variant, options)) ?? possible.sort((a, b) => near(b) - near(a))[0];
  };

  const mark = (options) => {
    axes.forEach((axis, i) => {
      for (const choice of axis.querySelectorAll(".choice")) {
        const input = choice.querySelector("input");
        const variant = variants.find((v) => fits(v, options.with(i, input.value)));
        const text = choice.querySelector("[data-mark]");
        input.checked = input.value === options[i];
        choice.classList.toggle("is-none", !variant);
        choice.classList.toggle("is-out", variant?.band === "out");
        text.textContent = !variant ? text.dataset.none : variant.band === "out" ? text.dataset.out : "";
      }
      axis.querySelector("[data-value]").textContent = options[i];
    });
  };

  let shown = variants.find((variant) => variant.id === buy.elements.variant_id.value);
  const show = (variant) => {
    mark(variant.options);
    buy.elements.variant_id.value = variant.id;
    // These two speak to screen readers when they change, so they change only when there is something new.
    if (shown?.price !== variant.price) part("price").innerHTML = variant.price;
    part("sku").textContent = variant.sku;
    if (shown?.delivery !== variant.delivery) part("delivery").textContent = variant.delivery;
    const band = part("band").firstElementChild;
    band.className = `band band-${variant.band}`;
    if (shown?.stock !== variant.stock) band.textContent = variant.stock;
    shown = variant;
    const add = part("add");
    add.disabled = variant.band === "out";
    add.textContent = add.disabled ? add.dataset.out : add.dataset.label;
    part("answer").replaceChildren();
    history.replaceState(history.state, "", `${buy.dataset.product}?sku=${encodeURIComponent(variant.sku)}`);
    if (variant.picture) showPicture(variant.picture, variant.alt);
  };

  buy.addEventListener("change", (event) => {
    const axis = axes.findIndex((a) => a.contains(event.target));
    if (axis < 0) return;
    const variant = find(chosen(), axis);
    if (variant) show(variant);
  });

  // Whoever points at a choice may take it: its picture comes a moment earlier.
  buy.addEventListener("pointerover", (event) => {
    const input = event.target.closest?.(".choice")?.querySelector("input");
    const axis = axes.findIndex((a) => a.contains(input));
    const variant = axis >= 0 && find(chosen().with(axis, input.value), axis);
    if (variant?.picture) wake(variant.picture);
  });

  const answer = (text, isGood) => {
    const box = part("answer");
    box.classList.toggle("is-bad", !isGood);
    box.replaceChildren(text);
    if (isGood) {
      const link = document.createElement("a");
      link.href = "/cart";
      link.textContent = buy.dataset.cart;
      box.append(link);
    }
  };

  buy.addEventListener("submit", async (event) => {
    if (event.submitter?.getAttribute("formmethod") === "get") return;
    event.preventDefault();
    const add = part("add");
    add.disabled = true;
    try {
      const body = new URLSearchParams(new FormData(buy));
      const response = await fetch("/cart", { method: "POST", body, headers: { accept: "application/json" } });
      const { message } = await response.json();
      answer(message, response.ok);
      paintHeader();
    } catch {
      answer(buy.dataset.failed, false);
    }
    add.disabled = false;
  });
}

const gallery = document.querySelector("[data-gallery]");
const shots = gallery?.querySelector(".shots");

// Loads a lazy picture now; until it is there its thumbnail stands in.
function wake(hash) {
  const shot = gallery?.querySelector(`[data-picture="${hash}"]`);
  const image = shot?.querySelector("img");
  if (!image || image.complete) return shot;
  image.loading = "eager";
  const small = gallery.querySelector(`[data-thumb="${hash}"] img`)?.currentSrc;
  if (small) shot.style.backgroundImage = `url("${small}")`;
  return shot;
}

// A product of many looks shows one of them at a time: its first picture is exchanged.
function exchange(hash, alt) {
  const shot = shots.firstElementChild;
  const old = shot.dataset.picture;
  const thumb = gallery.querySelector(`[data-thumb="${old}"]`);
  const picture = `:is([data-picture="${old}"], [data-thumb="${old}"])`;
  for (const source of gallery.querySelectorAll(`${picture} source`)) {
    source.srcset = source.srcset.replaceAll(old, hash);
  }
  for (const image of gallery.querySelectorAll(`${picture} img`)) {
    image.src = image.src.replace(old, hash);
    image.alt = alt;
  }
  const link = shot.querySelector("a");
  link.href = link.href.replace(old, hash);
  shot.dataset.picture = hash;
  if (thumb) thumb.dataset.thumb = hash;
  return shot;
}

function showPicture(hash, alt) {
  if (!gallery) return;
  const shot = wake(hash) ?? exchange(hash, alt);
  if (shot) shots.scrollTo({ left: shot.offsetLeft - shots.offsetLeft });
}

if (gallery) {
  const thumbs = [...gallery.querySelectorAll("[data-thumb]")];
  for (const thumb of thumbs) {
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      showPicture(thumb.dataset.thumb);
    });
  }
  // The thumbnail follows a swipe.
  const seen = new IntersectionObserver(
    (entries) => {
      const shown = entries.find((entry) => entry.isIntersecting);
      if (!shown) return;
      for (const thumb of thumbs) {
        const isShown = thumb.dataset.thumb === shown.target.dataset.picture;
        if (isShown) thumb.setAttribute("aria-current", "true");
        else thumb.removeAttribute("aria-current");
      }
    },
    { root: shots, threshold: 0.6 },
  );
  for (const shot of shots.children) seen.observe(shot);

  // With a mouse the picture grows under the pointer; a click, tap or Enter shows it large.
  for (const link of shots.querySelectorAll("a")) {
    link.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse") return;
      const box = link.getBoundingClientRect();
      const x = (100 * (event.clientX - box.left)) / box.width;
      const y = (100 * (event.clientY - box.top)) / box.height;
      const image = link.querySelector("img");
      image.style.transformOrigin = `${x}% ${y}%`;
      link.querySelector("source").sizes = "1600px";
      link.classList.add("is-zoomed");
    });
    link.addEventListener("pointerleave", () => link.classList.remove("is-zoomed"));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      zoom(link);
    });
  }
}

function zoom(link) {
  const dialog = document.createElement("dialog");
  dialog.className = "zoom";
  const image = new Image();
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  const close = document.createElement("button");
  close.className = "icon-button";
  close.textContent = "×";
  close.setAttribute("aria-label", buy?.dataset.close ?? "×");
  dialog.append(image, close);
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
