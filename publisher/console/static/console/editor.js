// The editor keeps what is written: in the program every few seconds, in this browser when the program is not reached.
"use strict";

(() => {
  const form = document.getElementById("post-form");
  if (!form) return;
  const kept = document.getElementById("kept");
  const place = `publisher-draft:${form.dataset.person}:${form.dataset.post}`;
  const number = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const LAST = 7 * 24 * 3600 * 1000; // ms that a draft stays in the browser
  const PAUSE = 2500, LONGEST = 10_000, PULSE = 15_000; // ms after a key, at most while typing, and when nobody types
  const OURS = new Set(["csrfmiddlewaretoken", "seen", "draft", "media_language", "file", "action", "changed"]);
  let leaving = false, busy = false, sent = null, first = 0, waiting = 0;

  form.elements.draft.value = number;

  const tidy = (value) => value.replaceAll("\r\n", "\n").trim();
  function written() {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (!OURS.has(name) && typeof value === "string" && tidy(value)) (found[name] ||= []).push(tidy(value));
    }
    return found;
  }
  const text = (fields) => JSON.stringify(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  let known = form.hasAttribute("data-changed") ? null : written();
  const changed = () => known === null || text(known) !== text(written());
  const undecided = () => document.querySelector("[data-conflicts]") !== null;

  // In this browser
  function store() {
    try {
      if (!changed()) localStorage.removeItem(place);
      else localStorage.setItem(place, JSON.stringify({ at: Date.now(), number, seen: form.elements.seen.value, fields: written() }));
    } catch { /* a full or forbidden store takes nothing; the program still saves */ }
  }
  function stored() {
    try { return JSON.parse(localStorage.getItem(place)); } catch { return null; }
  }
  function arrived(draft) {
    return document.cookie.split("; ").includes(`kept_draft=${draft.number}`);
  }
  function put(fields, all) {
    for (const field of form.elements) {
      const name = field.name;
      if (!name || OURS.has(name) || field.type === "hidden" || field.type === "file" || !(all || name in fields)) continue;
      const values = fields[name] || [];
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else field.value = values[0] || "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  function bringBack() {
    const draft = stored();
    if (!draft || form.hasAttribute("data-changed")) return;
    if (arrived(draft) || Date.now() - draft.at > LAST || text(draft.fields) === text(written())) {
      localStorage.removeItem(place);
      return;
    }
    form.elements.seen.value = draft.seen;
    put(draft.fields, true);
    const notice = document.getElementById("brought-back");
    notice.querySelector("[data-when]").textContent = new Date(draft.at).toTimeString().slice(0, 5);
    notice.hidden = false;
    notice.querySelector("[data-throw-away]").addEventListener("click", () => {
      leaving = true;
      localStorage.removeItem(place);
      location.reload();
    });
  }

  // In the program
  const say = (words) => { if (words) kept.querySelector(".kept-words").textContent = words; };
  function ask() {
    window.clearTimeout(waiting);
    first = 0;
    if (busy || leaving || undecided()) return;
    busy = true;
    sent = written();
    htmx.trigger(kept, "keep");
  }
  function soon() {
    store();
    if (!changed()) return;
    say(form.dataset.keeps ? kept.dataset.writing : kept.dataset.local);
    first ||= Date.now();
    window.clearTimeout(waiting);
    if (form.dataset.keeps) waiting = window.setTimeout(ask, Math.max(0, Math.min(PAUSE, first + LONGEST - Date.now())));
  }
  form.addEventListener("input", (event) => { if (!OURS.has(event.target.name)) soon(); });
  kept.addEventListener("htmx:configRequest", (event) => {
    event.detail.parameters.changed = changed() ? "1" : "0";
    delete event.detail.parameters.file;
  });
  kept.addEventListener("htmx:afterRequest", () => { busy = false; });
  kept.addEventListener("htmx:beforeSwap", (event) => { // logged out meanwhile: the answer is the log-in page
    if (event.detail.xhr.responseURL.includes(kept.getAttribute("hx-post"))) return;
    event.detail.shouldSwap = false;
    store();
    say(kept.dataset.loggedOut);
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    kept.addEventListener(name, (event) => {
      store();
      if (event.detail.xhr?.status === 403) say(kept.dataset.loggedOut);
      else if (changed()) say(kept.dataset.offline);
    });
  }
  kept.addEventListener("htmx:afterSettle", () => {
    const state = kept.querySelector("[data-state]");
    if (!state || !["kept", "partly", "conflict"].includes(state.dataset.state)) {
      if (changed()) say(kept.dataset.local);
      return;
    }
    const missed = take(JSON.parse(state.dataset.set || "{}"));
    if (state.dataset.state === "conflict") return;
    if (!missed) form.elements.seen.value = state.dataset.seen;
    if (state.dataset.state === "kept") known = sent;
    store();
    if (changed() && state.dataset.state === "kept") soon();
  });

  // What a colleague changed goes into the form, unless this person has begun to change the same meanwhile.
  function take(fields) {
    const values = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, list(value)]));
    const now = written();
    const free = Object.keys(values).filter((name) => text(now[name] || []) === text(sent[name] || []));
    put(Object.fromEntries(free.map((name) => [name, values[name]])), false);
    for (const name of free) sent[name] = values[name];
    sent = Object.fromEntries(Object.entries(sent).filter(([, value]) => value.length));
    return free.length < Object.keys(values).length;
  }
  function list(value) {
    if (typeof value === "boolean") return value ? ["on"] : [];
    return (Array.isArray(value) ? value : [value]).map((one) => tidy(String(one))).filter(Boolean);
  }

  // Two texts side by side: one of them, or both.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-resolve]");
    if (!button) return;
    const block = button.closest("[data-conflict]"), panel = button.closest("[data-conflicts]");
    const field = form.elements[`body_${block.dataset.conflict}`];
    const other = block.querySelector(`[data-text=${button.dataset.resolve}]`);
    if (other) field.value = other.value;
    block.remove();
    if (!panel.querySelector("[data-conflict]")) {
      form.elements.seen.value = panel.dataset.seen;
      panel.remove();
      known = null;
    }
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.addEventListener("submit", () => { store(); leaving = true; });
  window.addEventListener("pagehide", farewell);
  document.addEventListener("visibilitychange", () => { if (document.hidden) farewell(); });
  window.addEventListener("pageshow", () => { leaving = false; });
  function farewell() {
    store();
    if (leaving || undecided() || !form.dataset.keeps || !changed()) return;
    const data = new FormData(form);
    data.delete("file");
    data.set("changed", "1");
    fetch(form.dataset.keeps, { method: "POST", body: data, keepalive: true }).catch(() => {});
  }

  bringBack();
  if (changed()) soon();
  window.setInterval(ask, PULSE);
  window.addEventListener("focus", ask);
})();

// Channels by tag, pictures dropped or pasted.
(() => {
  const form = document.getElementById("post-form");
  if (!form) return;

  // A tick at a tag ticks all channels that have it; the tag shows whether all, some or none are ticked.
  const boxesOf = (tag) => [...form.querySelectorAll("label[data-tags]")]
    .filter((label) => label.dataset.tags.split(",").includes(tag))
    .map((label) => label.querySelector("input:not(:disabled)"))
    .filter(Boolean);
  function followTags() {
    for (const choice of form.querySelectorAll("[data-choose-tag]")) {
      const boxes = boxesOf(choice.dataset.chooseTag), on = boxes.filter((box) => box.checked).length;
      choice.disabled = !boxes.length;
      choice.checked = on > 0 && on === boxes.length;
      choice.indeterminate = on > 0 && on < boxes.length;
    }
  }
  form.addEventListener("input", (event) => {
    const tag = event.target.dataset.chooseTag;
    if (tag) for (const box of boxesOf(tag)) box.checked = event.target.checked;
    followTags();
  });
  followTags();

  // A file that is dropped or pasted goes the same way as one that is chosen; several go one after another.
  const target = document.getElementById("drop-here");
  if (!target) return;
  const waiting = [];
  let under = false;
  function next() {
    const input = document.getElementById("media-file");
    if (under || !waiting.length || !input) return;
    under = true;
    const one = new DataTransfer();
    one.items.add(waiting.shift());
    input.files = one.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function add(files) {
    if (!files.length) return;
    waiting.push(...files);
    document.getElementById("media").scrollIntoView({ block: "center" });
    next();
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig?.elt?.id !== "media-file") return; // it is in the page no more
    under = false;
    window.setTimeout(next, 50); // the list of files is put in place first
  });
  const holdsFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  let depth = 0;
  document.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    depth += 1;
    target.hidden = false;
  });
  document.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  document.addEventListener("dragleave", (event) => {
    if (holdsFiles(event) && --depth <= 0) { depth = 0; target.hidden = true; }
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    target.hidden = true;
    add([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files || [])];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  });
})();
