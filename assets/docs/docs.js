// Makes the API's page answer: each operation's form sends its request and shows what came back. The token is kept in
// this page's memory only.
const forms = [...document.querySelectorAll(".try form")];
const tokens = [...document.querySelectorAll("[data-token]")];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function block(label, text) {
  const box = element("div", "", "code");
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  const pre = element("pre");
  pre.append(element("code", text));
  box.append(pre);
  return box;
}

function request(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = { Accept: "application/json" };
  for (const field of form.querySelectorAll("[data-in]")) {
    const value = field.value;
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (field.dataset.in === "query") query.append(field.name, value);
    else headers[field.name] = value;
  }
  const token = form.querySelector("[data-token]")?.value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const body = form.querySelector("[data-body]")?.value;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const address = query.size ? `${path}?${query}` : path;
  return [address, { method: form.dataset.method, headers, body, credentials: "omit", cache: "no-store" }];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function remember(text) {
  let token;
  try {
    token = JSON.parse(text).token;
  } catch {
    return false;
  }
  if (typeof token !== "string") return false;
  for (const field of tokens) field.value = token;
  return true;
}

async function send(form) {
  const result = form.querySelector(".result");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const [address, options] = request(form);
    const started = performance.now();
    const answer = await fetch(address, options);
    const text = await answer.text();
    const took = Math.round(performance.now() - started);
    const line = element("p");
    line.append(element("b", String(answer.status), answer.ok ? "status" : "status bad"), ` ${answer.statusText} in ${took} ms`);
    const headers = element("details", "", "sample");
    headers.append(element("summary", "Headers of the answer"), block("Headers of the answer", [...answer.headers].map((h) => h.join(": ")).join("\n")));
    const shown = [line, headers];
    if (text) shown.push(block("Body of the answer", pretty(text)));
    const gives = form.dataset.path.endsWith("/carts") || form.dataset.path.endsWith("/login");
    if (answer.ok && gives && remember(text)) shown.push(element("p", "The token is filled in at every operation that wants one.", "soft"));
    result.replaceChildren(...shown);
  } catch (error) {
    result.replaceChildren(element("p", `The request could not be sent: ${error.message}`, "status bad"));
  } finally {
    button.disabled = false;
  }
}

for (const form of forms) {
  form.closest(".try").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

// One token for all operations, until another is typed.
for (const field of tokens) {
  field.addEventListener("input", () => {
    for (const other of tokens) other.value = field.value;
  });
}

// The contents are folded away where they would push the text off the screen.
const contents = document.querySelector(".contents");
const narrow = window.matchMedia("(width < 64rem)");
const fold = () => {
  contents.open = !narrow.matches;
};
narrow.addEventListener("change", fold);
fold();
