// Forms: the focus after an answer, choices that act at once, one sending at a time, and the number that is copied.
const summary = document.querySelector("[data-focus]");
const heading = document.querySelector(".news:not([hidden])") && document.querySelector("main h1");
if (summary) summary.focus();
else if (heading && !document.querySelector("[autofocus]")) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
});

// A second press while the first is on its way does nothing. After ten seconds the way is free again: an answer may have been a file.
const underWay = new WeakSet();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (underWay.has(event.target)) return event.preventDefault();
  underWay.add(event.target);
  setTimeout(() => underWay.delete(event.target), 10000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A part that could not be fetched: say so until the next one arrives. A part that ends elsewhere (signed out): the page asks again.
const unreached = document.getElementById("unreached");
const tell = (lost) => { if (unreached) unreached.hidden = !lost; };
document.addEventListener("htmx:sendError", () => tell(true));
document.addEventListener("htmx:responseError", () => tell(true));
document.addEventListener("htmx:afterSwap", () => tell(false));
document.addEventListener("htmx:beforeSwap", (event) => {
  const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
  if (new URL(event.detail.xhr.responseURL).pathname === asked) return;
  event.detail.shouldSwap = false;
  location.reload();
});

function copyByHand(text) {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

// Outside https the clipboard is closed to pages; the old way still works there.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  if (navigator.clipboard) await navigator.clipboard.writeText(button.dataset.copy);
  else copyByHand(button.dataset.copy);
  button.textContent = "已复制";
});
