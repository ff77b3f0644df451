// Lists: J and K or the arrows move, Enter opens. The row's own link takes the focus, so that everybody learns where they are.
const rowsOf = (list) => [...list.querySelectorAll("tbody tr")].filter((row) => row.querySelector("a.case-link"));

function select(rows, chosen) {
  rows.forEach((row) => row.removeAttribute("aria-selected"));
  chosen.setAttribute("aria-selected", "true");
}

function enterList(list) {
  const rows = rowsOf(list);
  if (!rows.length) return;
  select(rows, rows[0]);
  list.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr");
    if (rows.includes(row)) select(rows, row);
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog:modal")) return;
    if (event.target !== document.body && !list.contains(event.target)) return;
    const letters = localStorage.getItem("single-keys") !== "off";
    const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const focused = rows[at].contains(document.activeElement);
    let next = null;
    if (event.key === "ArrowDown" || (letters && event.key.toLowerCase() === "j")) next = focused ? at + 1 : at;
    if (event.key === "ArrowUp" || (letters && event.key.toLowerCase() === "k")) next = focused ? at - 1 : at;
    if (event.key === "Enter" && event.target === document.body) return rows[at].querySelector("a.case-link").click();
    if (next === null) return;
    event.preventDefault();
    rows[Math.min(Math.max(next, 0), rows.length - 1)].querySelector("a.case-link").focus();
  });
}

const list = document.querySelector("table[data-list]");
if (list) enterList(list);
