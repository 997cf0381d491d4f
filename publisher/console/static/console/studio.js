// The studio's page: all boxes of a kind, on or off.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-check-all]");
  if (!button) return;
  const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.checkAll}"]`)];
  const on = !boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = on;
});
