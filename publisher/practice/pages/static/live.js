// Keeps the chats on the page fresh: asks for the inside of each phone and replaces only what changed,
// so that a playing film goes on playing. Without this script the page shows the state of its loading.

const PAUSE = 2000; // milliseconds

const parsed = (html) => new DOMParser().parseFromString(`<main>${html}</main>`, "text/html").querySelector("main");

const keyed = (root, key) => root.querySelector(`[data-key="${CSS.escape(key)}"]`);

const differs = (old, fresh) => old.dataset.hash !== fresh.dataset.hash;

const playing = (item) => [...item.querySelectorAll("video")].some((film) => !film.paused && !film.ended);

function replaceParts(old, fresh) {
  for (const part of fresh.querySelectorAll("[data-key]")) {
    const known = keyed(old, part.dataset.key);
    if (known && differs(known, part)) known.replaceWith(part);
  }
  old.dataset.hash = fresh.dataset.hash;
}

function mergeList(old, fresh) {
  let place = old.firstElementChild;
  for (const item of [...fresh.children]) {
    let known = [...old.children].find((child) => child.dataset.key === item.dataset.key);
    if (known && differs(known, item)) {
      if (playing(known)) {
        replaceParts(known, item);
      } else {
        if (known === place) place = item;
        known.replaceWith(item);
        known = item;
      }
    }
    if (known && known === place) {
      place = place.nextElementSibling;
    } else {
      if (!known) item.classList.add("fresh");
      old.insertBefore(known ?? item, place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextElementSibling;
    gone.remove();
  }
}

function refresh(root, fresh) {
  const list = root.querySelector(".stream");
  const newList = fresh.querySelector(".stream");
  if (!list || !newList) {
    root.replaceChildren(...fresh.childNodes);
    return;
  }
  mergeList(list, newList);
  newList.remove();
  replaceParts(root, fresh);
}

async function follow(root) {
  let mark = "";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (document.hidden) continue;
    try {
      const reply = await fetch(root.dataset.live, { cache: "no-store", headers: mark ? { "If-None-Match": mark } : {} });
      if (reply.status !== 200) continue;
      mark = reply.headers.get("ETag") ?? "";
      refresh(root, parsed(await reply.text()));
    } catch {
      // The server is away for a moment; the next round asks again.
    }
  }
}

for (const root of document.querySelectorAll("[data-live]")) follow(root);
