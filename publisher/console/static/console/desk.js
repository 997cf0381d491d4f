// One call: signs, verdict, advice to read out; saved here first, then sent. Nothing is lost without a connection.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("desk-data").textContent);
  const form = byId("desk");
  const words = data.words;
  const PLACE = `desk:${data.district}:`; // each call under its own name: two windows never write over one another
  const RETRY = 10000; // milliseconds
  const LETTERS = { KeyF: "verdict-fraud", KeyN: "verdict-not", KeyU: "verdict-unclear", KeyA: "outcome-none",
    KeyM: "outcome-near_miss", KeyL: "outcome-loss", KeyK: "language-kk", KeyR: "language-ru" };
  const FIELDS = { KeyP: "desk-pattern", KeyO: "desk-okrug", KeyH: "desk-heard", KeyS: "desk-amount", KeyT: "desk-note" };
  const DIGITS = "1234567890";
  const AHEAD = "X-CSRFToken";
  let began = null, chosen = {}, last = null, sending = false, rows = [], reachable = true;

  // What is ticked, and what follows from it. The same reckoning as patterns.py.

  const signs = () => [...form.querySelectorAll("input[name=signs]:checked")].map((box) => box.value);
  const weight = (keys) => keys.reduce((sum, key) => sum + data.signs[key], 0);

  function best(ticked) {
    let found = null;
    for (const pattern of data.patterns) {
      const shared = ticked.filter((key) => pattern.signs.includes(key));
      const one = { key: pattern.key, weight: weight(shared), besides: ticked.length - shared.length };
      const better = !found || one.weight > found.weight || (one.weight === found.weight && one.besides < found.besides);
      if (one.weight && better) found = one;
    }
    return found ? found.key : "";
  }

  function reckon() {
    const ticked = signs();
    if (!chosen.pattern) form.pattern.value = best(ticked);
    if (!chosen.verdict) decide(ticked.length ? (weight(ticked) >= data.enough ? "fraud" : "unclear") : "");
    show();
  }

  function decide(verdict) {
    for (const radio of form.querySelectorAll("input[name=verdict]")) radio.checked = radio.value === verdict;
  }

  function show() {
    const verdict = form.verdict.value, heard = form.heard.value, outcome = form.outcome.value;
    for (const part of form.querySelectorAll("[data-heard]")) part.hidden = !part.dataset.heard.split(" ").includes(heard);
    for (const part of form.querySelectorAll("[data-outcome]")) part.hidden = !part.dataset.outcome.split(" ").includes(outcome);
    byId("desk-advice").dataset.verdict = verdict;
    byId("desk-verdict").textContent = verdict ? data.verdicts[verdict] : "";
    const pattern = data.patterns.find((one) => one.key === form.pattern.value);
    const advice = verdict === "fraud" && pattern ? pattern.advice : verdict ? data.general[verdict] : {};
    const lines = (advice[form.language.value] || []).map((text) => element("li", text));
    byId("desk-lines").replaceChildren(...lines);
    byId("desk-lines").lang = form.language.value;
  }

  const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  function element(name, text, classes) {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (classes) made.className = classes;
    return made;
  }

  function button(text, press) {
    const made = element("button", text, "btn btn-sm");
    made.type = "button";
    made.addEventListener("click", press);
    return made;
  }

  function say(text, wrong) {
    byId("desk-said").textContent = text;
    byId("desk-said").classList.toggle("text-red", Boolean(wrong));
  }

  // Keys, by their place on the keyboard: a Kazakh or Russian layout writes other letters.

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const at = event.target, inForm = form.contains(at) || at === document.body;
    if (!inForm) return;
    if (event.key === "Enter" && !at.closest("button, summary, a")) {
      event.preventDefault();
      save();
    } else if (event.key === "Escape") {
      if (at.matches("select, input")) at.blur();
    } else if (!at.matches("select, input:not([type=checkbox]):not([type=radio])")) press(event);
  });

  function press(event) {
    const digit = /^Digit(\d)$/.exec(event.code);
    if (digit) tick(DIGITS.indexOf(digit[1]) + (event.shiftKey ? 10 : 0), event);
    else if (event.shiftKey || event.repeat) return;
    else if (LETTERS[event.code]) pick(LETTERS[event.code], event);
    else if (FIELDS[event.code]) lead(FIELDS[event.code], event);
    else if (event.code === "KeyZ") { event.preventDefault(); undo(last); }
  }

  function tick(place, event) {
    const box = form.querySelectorAll("input[name=signs]")[place];
    if (box) { event.preventDefault(); box.click(); }
  }

  function pick(id, event) {
    event.preventDefault();
    byId(id).click();
    if (id === "outcome-loss") byId("desk-amount").focus();
  }

  function lead(id, event) {
    const field = byId(id);
    if (field.closest("[hidden]")) return;
    event.preventDefault();
    field.focus();
  }

  form.addEventListener("input", (event) => {
    began = began || new Date();
    if (event.target.name === "verdict") chosen.verdict = true;
    if (event.target.name === "pattern") chosen.pattern = true;
    reckon();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
  setInterval(() => {
    byId("desk-clock").textContent = began ? words.seconds.replace("%(count)s", Math.round((new Date() - began) / 1000)) : "";
  }, 1000);

  // Saving: into the browser, then to the server.

  function save() {
    if (!form.verdict.value) return say(words.verdict_missing, true);
    if (/\d(?:[\s\-–().]?\d){5,}/.test(form.note.value)) { say(words.number, true); return form.note.focus(); }
    const call = taken();
    try {
      localStorage.setItem(`${PLACE}call:${call.uid}`, JSON.stringify({ call }));
    } catch (error) {
      return say(words.no_room, true);
    }
    last = call;
    clear();
    say(reachable ? words.saved : words.kept);
    waiting();
    send();
  }

  function taken() {
    const shown = (field) => (field.closest("[hidden]") ? "" : field.value.trim());
    const amount = shown(form.amount).replace(/\D/g, "");
    return {
      uid: uid(), at: (began || new Date()).toISOString(), okrug: Number(form.okrug.value) || null,
      language: form.language.value, pattern: form.pattern.value, signs: signs(), verdict: form.verdict.value,
      heard: form.heard.value, channel: Number(shown(form.channel)) || null, code: shown(form.code),
      outcome: form.outcome.value, amount: amount ? Number(amount) : null, note: form.note.value.trim(),
    };
  }

  // randomUUID is there on https and on this computer only; getRandomValues everywhere.
  function uid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  function clear() {
    const language = form.language.value;
    form.reset();
    form.language.value = language;
    began = null;
    chosen = {};
    reckon();
    if (document.activeElement && document.activeElement !== document.body) document.activeElement.blur();
  }

  function fill(call) {
    clear();
    for (const box of form.querySelectorAll("input[name=signs]")) box.checked = call.signs.includes(box.value);
    for (const name of ["verdict", "outcome", "language", "pattern", "heard", "code", "note"]) form[name].value = call[name];
    for (const name of ["okrug", "channel", "amount"]) form[name].value = call[name] ?? "";
    chosen = { verdict: true, pattern: true };
    began = new Date(call.at);
    show();
  }

  function kept(kind) {
    return Object.keys(localStorage).filter((name) => name.startsWith(`${PLACE}${kind}:`))
      .map((name) => ({ name, ...JSON.parse(localStorage.getItem(name)) }));
  }

  function waiting() {
    const count = kept("call").filter((one) => !one.why).length;
    byId("desk-waits").hidden = !count;
    byId("desk-waits").textContent = words.waits.replace("%(count)s", count);
    byId("desk-refused").replaceChildren(...kept("call").filter((one) => one.why).map(refused));
    list();
  }

  function refused(one) {
    const box = element("div", "", "alert alert-danger");
    box.setAttribute("role", "alert");
    const body = element("div", `${words.refused} ${one.why} `);
    const drop = () => { localStorage.removeItem(one.name); waiting(); };
    body.append(button(words.correct, () => { drop(); fill(one.call); }), " ", button(words.drop, drop));
    box.append(body);
    return box;
  }

  async function send() {
    if (sending) return;
    sending = true;
    try {
      const state = await ask();
      if (!state) return;
      for (const one of kept("undo")) if (await post(form.dataset.undo, { uid: one.uid }, state.token)) localStorage.removeItem(one.name);
      const waits = kept("call").filter((one) => !one.why);
      for (let from = 0; from < waits.length; from += 50) await deliver(waits.slice(from, from + 50), state.token);
      if (waits.length || kept("undo").length) await ask();
      offline("");
    } catch (error) {
      if (error.name === "SyntaxError" || error.name === "TypeError" || error.name === "TimeoutError") offline(words.offline);
      else throw error;
    } finally {
      sending = false;
      waiting();
    }
  }

  async function deliver(calls, token) {
    const reply = await post(form.dataset.send, { calls: calls.map((one) => one.call) }, token);
    if (!reply) return;
    for (const answer of reply.answers) {
      const name = `${PLACE}call:${answer.uid}`, one = JSON.parse(localStorage.getItem(name) || "null");
      if (!one) continue;
      if (answer.why) localStorage.setItem(name, JSON.stringify({ ...one, why: answer.why }));
      else localStorage.removeItem(name);
    }
  }

  // Whoever was logged out meanwhile gets another page than asked for; then the calls stay here.
  async function reply(request) {
    const found = await request;
    const ours = !found.redirected && (found.headers.get("Content-Type") || "").includes("json");
    if (ours && found.ok) return found.json();
    offline(found.status >= 500 ? words.offline : words.login, found.status < 500);
    return null;
  }

  const address = (path) => `${path}?district=${encodeURIComponent(data.district)}`;

  // Looking around keeps nobody logged in: such a request says that the page asks, not the person.
  async function ask() {
    const options = { credentials: "same-origin", cache: "no-store", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(8000) };
    const state = await reply(fetch(address(form.dataset.state), options));
    if (state) { rows = state.today; list(); }
    return state;
  }

  function post(path, body, token) {
    const headers = { "Content-Type": "application/json", [AHEAD]: token };
    return reply(fetch(address(path), { method: "POST", credentials: "same-origin", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(15000) }));
  }

  function offline(text, loggedOut) {
    reachable = !text;
    byId("desk-offline").hidden = !text;
    const link = element("a", text);
    link.href = form.dataset.home;
    byId("desk-offline-words").replaceChildren(loggedOut ? link : document.createTextNode(text));
  }

  async function undo(call) {
    if (!call) return say(words.nothing_to_undo, true);
    last = null;
    const stillHere = localStorage.getItem(`${PLACE}call:${call.uid}`);
    localStorage.removeItem(`${PLACE}call:${call.uid}`);
    try {
      const state = await ask();
      const done = state && (await post(form.dataset.undo, { uid: call.uid }, state.token));
      if (done && !done.undone) return say(words.too_late, true);
      if (!done && !stillHere) return say(words.too_late, true);
      if (!done) localStorage.setItem(`${PLACE}undo:${call.uid}`, JSON.stringify({ uid: call.uid }));
      await ask();
    } catch (error) {
      if (!stillHere) return say(words.too_late, true);
      localStorage.setItem(`${PLACE}undo:${call.uid}`, JSON.stringify({ uid: call.uid })); // it may be on its way
    }
    fill(call);
    say(words.undone);
    waiting();
  }

  // Today's calls: what the server has, and before it what still waits here.

  function list() {
    const here = kept("call").filter((one) => !one.why && !rows.some((row) => row.uid === one.call.uid));
    const lines = [...here.map((one) => line({ ...one.call, at: clock(one.call.at) }, true)), ...rows.map((row) => line(row, false))];
    byId("desk-count").textContent = lines.length || "";
    byId("desk-today").replaceChildren(...(lines.length ? lines : [element("li", words.none_yet, "empty-state")]));
  }

  const clock = (at) => new Date(at).toTimeString().slice(0, 5);

  function line(row, waits) {
    const made = element("li", "", "row-item");
    const pattern = data.patterns.find((one) => one.key === row.pattern);
    const main = element("div", "", "row-main");
    main.append(element("div", upper(pattern ? pattern.name : words.no_pattern), "row-title"));
    const facts = [row.okrug && data.okrugs[row.okrug], row.outcome !== "none" && data.outcomes[row.outcome]].filter(Boolean);
    main.append(element("div", facts.join(" · "), "text-secondary small"));
    made.append(element("span", row.at, "desk-at"), main, element("span", data.verdicts[row.verdict], `badge state desk-badge-${row.verdict}`));
    if (waits) made.append(element("span", "…", "text-secondary"));
    else if (row.call) made.append(button(words.undo, () => undo(row.call)));
    return made;
  }

  byId("desk-undo").addEventListener("click", () => undo(last));
  window.addEventListener("online", send);
  window.addEventListener("storage", waiting);
  setInterval(() => { if (!document.hidden || kept("call").length) send(); }, RETRY);
  reckon();
  waiting();
  send();

  // Only over https or on this computer; elsewhere an open page works on, but cannot be opened anew without a connection.
  if (navigator.serviceWorker) {
    navigator.serviceWorker.register(form.dataset.worker, { scope: form.dataset.home })
      .then(() => navigator.serviceWorker.ready)
      .then((ready) => keep(ready.active))
      .catch(() => {});
  }

  function keep(worker) {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => { document.documentElement.dataset.kept = event.data ? "yes" : "no"; };
    worker.postMessage(`?district=${encodeURIComponent(data.district)}`, [channel.port2]);
  }
})();
