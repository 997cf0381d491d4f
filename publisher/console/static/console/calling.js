// Numbers press the results, Z takes the last one back: by the place on the keyboard, whatever language it writes.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
  const key = /^(?:Digit([1-9])|Key(Z))$/.exec(event.code);
  const button = key && document.querySelector(`[data-press="${key[1] || key[2]}"]`);
  if (!button || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  button.click();
});
