// Draws the grid from what the server put into the page. Names and times come from there: a browser knows no Kazakh.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("calendar-data").textContent);
  const place = document.getElementById("calendar");
  const entryDialog = document.getElementById("entry");
  const moveDialog = document.getElementById("move");
  const moveBody = document.getElementById("move-body");
  const wide = window.matchMedia("(min-width: 768px)");
  const two = (number) => String(number).padStart(2, "0");
  const iso = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = (date) => `${two(date.getHours())}:${two(date.getMinutes())}`;
  const weekday = (names, date) => names[(date.getDay() + 6) % 7];
  const named = (date) => data.dates[iso(date)] || iso(date);
  let giveUp = null; // puts a dragged post back when the move is not confirmed

  const text = (tag, name, words) => {
    const node = document.createElement(tag);
    node.className = name;
    node.textContent = words;
    return node;
  };

  function dayHead(date) {
    const nodes = [text("span", "day-number", data.grid === "dayGridMonth" ? String(date.getDate()) : "")];
    const day = iso(date);
    if (data.holidays[day]) nodes.push(text("span", "day-holiday", data.holidays[day]));
    if (data.empty.includes(day)) nodes.push(text("span", "day-empty", data.words.empty));
    return { domNodes: nodes };
  }

  function columnHead(date) {
    const short = text("span", "", weekday(data.weekdaysShort, date));
    short.setAttribute("aria-hidden", "true");
    const nodes = [short, text("span", "visually-hidden", weekday(data.weekdays, date))];
    if (data.grid !== "dayGridMonth") nodes.push(text("span", "", ` ${named(date)}`));
    if (data.grid !== "dayGridMonth") nodes.push(...dayHead(date).domNodes.slice(1));
    return { domNodes: nodes };
  }

  // What the list says of an entry, in a dialog: the same words, links and buttons.
  function open(id) {
    const row = document.getElementById(id);
    const body = document.getElementById("entry-body");
    body.replaceChildren(...[...row.cloneNode(true).childNodes]);
    entryDialog.showModal();
  }

  function askToMove(address, at, revert) {
    giveUp = revert;
    const joined = at ? `${address}${address.includes("?") ? "&" : "?"}at=${at}` : address;
    htmx.ajax("GET", joined, { target: "#move-body", swap: "innerHTML" });
  }

  moveBody.addEventListener("htmx:afterSwap", () => {
    const next = moveBody.querySelector("[name=next]");
    if (next) next.value = location.pathname + location.search;
    entryDialog.close();
    moveDialog.showModal();
  });
  moveDialog.addEventListener("close", () => { if (giveUp) giveUp(); giveUp = null; });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-move]");
    if (link) {
      event.preventDefault();
      askToMove(link.getAttribute("href"), "", null);
    }
    if (event.target.closest("[data-close]")) moveDialog.close();
  });

  function draw() {
    if (!wide.matches || place.dataset.drawn) return;
    place.dataset.drawn = "yes";
    document.body.classList.add("with-grid");
    EventCalendar.create(place, {
      view: data.grid,
      date: data.date,
      timeZone: data.offset,
      locale: "en",
      firstDay: 1,
      headerToolbar: { start: "", center: "", end: "" },
      allDaySlot: false,
      height: data.grid === "dayGridMonth" ? undefined : "70vh",
      scrollTime: "07:00",
      slotDuration: "00:30",
      slotHeight: 30,
      snapDuration: "00:05",
      dayMaxEvents: false,
      eventDurationEditable: false,
      events: data.events,
      dayHeaderFormat: columnHead,
      dayHeaderAriaLabelFormat: (date) => data.grid === "dayGridMonth" ? weekday(data.weekdays, date) : `${weekday(data.weekdays, date)}, ${named(date)}`,
      dayCellFormat: dayHead,
      dayPopoverFormat: named,
      eventTimeFormat: (start) => clock(start),
      slotLabelFormat: (time) => clock(time),
      moreLinkContent: (arg) => data.words.more.replace("%(count)s", arg.num),
      eventClick: (info) => open(info.event.id),
      eventDrop: (info) => askToMove(info.event.extendedProps.move, `${iso(info.event.start)}T${clock(info.event.start)}`, info.revert),
      eventDidMount: (info) => info.el.append(text("span", "visually-hidden", `, ${info.event.extendedProps.state}`)),
    });
    plain();
  }

  // The library calls its boxes a table without the rows a table must have; to a screen reader they are boxes.
  function plain() {
    for (const node of place.querySelectorAll("*")) {
      if (node.getAttribute("role") === "button") continue;
      for (const name of ["role", "aria-label", "aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount"]) node.removeAttribute(name);
    }
    place.querySelector(".ec-main").tabIndex = 0; // on a day without posts nothing else in it lets the keys scroll it
  }

  draw();
  wide.addEventListener("change", draw);
})();
