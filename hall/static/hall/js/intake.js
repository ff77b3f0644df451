// Intake by keyboard: ↓ ↑ Enter in the search, F4 to the next step, and the material rows: space complete, 0 missing, 1 2 3 one more.
const search = document.getElementById("q");
const found = document.getElementById("found");
const choices = () => [...found.querySelectorAll("tr[data-choice]")];

function chooseNear(step) {
  const rows = choices();
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  rows.forEach((row) => row.removeAttribute("aria-selected"));
  next.setAttribute("aria-selected", "true");
  next.scrollIntoView({ block: "nearest" });
}

function chosenLink() {
  return found.querySelector("tr[data-choice][aria-selected=true] a");
}

search?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step && !(event.key === "Enter" && chosenLink())) return;
  event.preventDefault();
  if (step) chooseNear(step);
  else chosenLink().click();
});

function nextStep() {
  const steps = [...document.querySelectorAll(".step")];
  const at = steps.findIndex((step) => step.contains(document.activeElement));
  const next = steps[(at + 1) % steps.length];
  const place = next.querySelector("tr[data-material]") || next.querySelector("input:not([type=hidden]), select, textarea, a");
  if (place) place.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "F4" || event.altKey || event.ctrlKey) return;
  event.preventDefault();
  nextStep();
});

const rows = () => [...document.querySelectorAll("tr[data-material]")];
const counts = (row) => [...row.querySelectorAll("input.count")];

function mark(row, valueOf) {
  counts(row).forEach((input) => { input.value = valueOf(input); });
  row.dispatchEvent(new Event("change", { bubbles: true }));
}

function goDown(row, step = 1) {
  const all = rows();
  const next = all[all.indexOf(row) + step];
  if (next) next.focus();
}

function onRowKey(event) {
  const row = event.currentTarget;
  if (event.target !== row || event.ctrlKey || event.altKey || event.metaKey) return;
  const one = (digit) => (input) => Number(input.value || 0) + (input.dataset.digit === digit ? 1 : 0);
  if (event.key === " ") { mark(row, (input) => input.dataset.wanted); goDown(row); }
  else if (event.key === "0") { mark(row, () => 0); goDown(row); }
  else if ("123".includes(event.key)) mark(row, one(event.key));
  else if (event.key === "ArrowDown") goDown(row);
  else if (event.key === "ArrowUp") goDown(row, -1);
  else return;
  event.preventDefault();
}

rows().forEach((row) => {
  row.tabIndex = 0;
  row.addEventListener("keydown", onRowKey);
  row.addEventListener("focusin", () => {
    rows().forEach((other) => other.removeAttribute("aria-selected"));
    row.setAttribute("aria-selected", "true");
  });
});
