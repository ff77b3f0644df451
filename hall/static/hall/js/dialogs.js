// Dialogs: those that came with the page open at once, those that a swap brings open when they arrive, and buttons open theirs.
// With scripts off a dialog that came open stands in the page, and its form closes it.
function openAsModal(dialog) {
  if (dialog.open) dialog.close();
  dialog.showModal();
}

document.querySelectorAll("dialog[data-open]").forEach(openAsModal);

document.addEventListener("htmx:afterSwap", (event) => {
  event.detail.target.querySelectorAll("dialog[data-open]").forEach(openAsModal);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
});
