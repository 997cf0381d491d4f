// What the pages need beyond htmx: asking before a step, unsaved changes, choosing by tag, upload progress.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);

  // A button with data-confirm asks first; only then its form goes off.
  const dialog = byId("confirm");
  let asked = null;

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !button.dataset.confirm || button === asked) return;
    event.preventDefault();
    byId("confirm-question").textContent = button.dataset.confirm;
    byId("confirm-detail").textContent = button.dataset.detail || "";
    byId("confirm-yes").textContent = button.dataset.yes || button.textContent.trim();
    dialog.returnValue = "no";
    dialog.showModal();
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes" || !button.isConnected) return;
      asked = button;
      button.form.requestSubmit(button);
      asked = null;
    };
  });

  // Pressed twice in a hurry, a form goes off once: nobody is counted or begun twice.
  const gone = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const said = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => typeof value === "string")).toString();
    const last = gone.get(form);
    if (last && last.said === said && event.timeStamp - last.at < 5_000) event.preventDefault();
    else gone.set(form, { said, at: event.timeStamp });
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) for (const form of document.forms) gone.delete(form); });

  // A page that refreshes itself keeps still while somebody reads a folded-out part or answers a question.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    if (!part.hasAttribute("data-poll")) return;
    const busy = document.querySelector("dialog[open]") || part.querySelector("details[open]") || document.hidden;
    if (busy) event.preventDefault();
  });

  // Say so when the console does not answer, instead of showing old things as if they were new.
  const lost = byId("lost");
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, () => { lost.hidden = false; });
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) lost.hidden = true;
  });

  // Leaving with unsaved changes.
  const form = document.querySelector("form[data-unsaved]");
  if (form) {
    let changed = form.hasAttribute("data-changed");
    form.addEventListener("input", (event) => { if (event.target.name !== "media_language") changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    window.addEventListener("beforeunload", (event) => {
      if (!changed) return;
      event.preventDefault();
      event.returnValue = form.dataset.unsaved;
    });
  }

  // A text field is as tall as its text.
  const fit = (area) => { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 2}px`; };
  for (const area of document.querySelectorAll(".version textarea")) {
    if (area.offsetParent) fit(area);
    area.addEventListener("input", () => fit(area));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.hasAttribute("data-toggle-dark")) byId("preview").classList.toggle("dark-chats");
    if (button.dataset.copy) copy(button);
  });

  // A field's words, or those of any other part of the page; without https a browser copies only what is selected.
  function copy(button) {
    const part = document.querySelector(button.dataset.copy), field = "select" in part;
    if (field) part.select();
    else window.getSelection().selectAllChildren(part);
    const byHand = () => document.execCommand("copy");
    const words = field ? part.value : part.textContent;
    const done = navigator.clipboard ? navigator.clipboard.writeText(words).catch(byHand) : Promise.resolve(byHand());
    done.then(() => { button.querySelector("span").textContent = button.dataset.copied; });
  }

  // A choice that shows at once; without JavaScript its form has a button.
  for (const filter of document.querySelectorAll("form[data-submit-on-change]")) {
    filter.addEventListener("change", () => filter.requestSubmit());
    filter.querySelector(".filter-go").hidden = true;
  }

  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = byId("upload-progress");
    if (!bar || !event.detail.elt.hasAttribute("data-upload") || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
})();
