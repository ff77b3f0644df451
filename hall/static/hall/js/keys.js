// Keys: whatever bears data-key is pressed (or, when it is an input, entered) by that key. Single characters act only outside inputs
// and can be switched off in the list of keys; function keys and Ctrl+Enter (as F9) act everywhere.
const SINGLE_KEYS = "single-keys";
const singleKeysOn = () => localStorage.getItem(SINGLE_KEYS) !== "off";
const TYPED_INTO = "input:not([type=radio]):not([type=checkbox]):not([type=submit]), textarea, select";

function target(key) {
  const place = document.querySelector("dialog:modal") || document;
  return [...place.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((element) => element.getClientRects().length);
}

function press(element) {
  if (!element.matches("input, select, textarea")) return element.click();
  element.focus();
  if (element.matches("input")) element.select();
}

function leave() {
  if (document.querySelector("dialog:modal") || !document.activeElement) return;
  document.activeElement.blur();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") return leave();
  const key = event.ctrlKey && event.key === "Enter" ? "F9" : event.key;
  if (key !== "F9" && (event.ctrlKey || event.metaKey || event.altKey)) return;
  if (key.length === 1 && (!singleKeysOn() || event.target.matches(TYPED_INTO))) return;
  if (key === "Enter" || key === "Tab") return;
  const element = target(key);
  if (!element) return;
  event.preventDefault();
  press(element);
});

const choice = document.getElementById("single-keys");
if (choice) {
  choice.checked = singleKeysOn();
  choice.addEventListener("change", () => localStorage.setItem(SINGLE_KEYS, choice.checked ? "on" : "off"));
}
