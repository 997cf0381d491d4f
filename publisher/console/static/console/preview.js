// Whose telephone the preview shows; it stays so while the preview is drawn anew.
"use strict";

(() => {
  const preview = document.getElementById("preview");
  if (!preview) return;
  function showLook() {
    const look = preview.dataset.look || "all";
    preview.classList.toggle("dark-chats", look === "telegram-dark");
    for (const button of preview.querySelectorAll("[data-look]")) {
      button.setAttribute("aria-pressed", String(button.dataset.look === look));
    }
  }
  preview.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-look]");
    if (!button) return;
    preview.dataset.look = button.dataset.look;
    showLook();
  });
  for (const name of ["htmx:afterSwap", "htmx:afterSettle"]) document.addEventListener(name, showLook);
})();
