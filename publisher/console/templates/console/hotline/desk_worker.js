{% load static %}// Keeps the desk's page for an hour without a connection. It reaches no further than /desk/ and keeps nothing of people.
"use strict";

const KEPT = "desk-1";
const SHELL = "{% url 'desk_shell' %}";
const HOME = "{% url 'desk' %}";
const PATIENCE = 5000; // milliseconds until the kept page is shown instead
const FILES = [
  "{% static 'vendor/tabler-1.0.0/tabler.min.css' %}",
  "{% static 'console/console.css' %}",
  "{% static 'console/desk.css' %}",
  "{% static 'console/desk.js' %}",
  "{% static 'console/icon.svg' %}",
  "{% static 'vendor/tabler-icons-3.31.0/sprite.svg' %}",
  "{% static 'vendor/inter-5.2.8/inter-cyrillic-ext-wght-normal.woff2' %}",
  "{% static 'vendor/inter-5.2.8/inter-cyrillic-wght-normal.woff2' %}",
  "{% static 'vendor/inter-5.2.8/inter-latin-wght-normal.woff2' %}",
];

self.addEventListener("install", (event) => event.waitUntil(keepFiles().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));

// The page tells which district it is for; its copy is made anew each time it is opened with a connection.
self.addEventListener("message", (event) => event.waitUntil(keepShell(event.data).then((kept) => {
  if (event.ports[0]) event.ports[0].postMessage(kept);
})));

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === HOME) event.respondWith(page(event.request));
  else if (FILES.includes(address.pathname)) event.respondWith(file(event.request));
});

async function keepFiles() {
  const cache = await caches.open(KEPT);
  await cache.addAll(FILES);
}

async function keepShell(search) {
  const reply = await fetch(SHELL + search, { credentials: "same-origin", cache: "no-store" });
  if (!reply.ok || reply.redirected) return false;
  const cache = await caches.open(KEPT);
  await cache.put(SHELL, reply);
  await cache.addAll(FILES);
  return true;
}

async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith("desk-") && name !== KEPT) await caches.delete(name);
}

async function page(request) {
  try {
    const reply = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (reply.status < 502) return reply;
  } catch (error) { /* no connection: the kept page */ }
  return (await caches.match(SHELL)) || Response.error();
}

async function file(request) {
  try {
    const reply = await fetch(request);
    if (reply.ok) return reply;
  } catch (error) { /* no connection: the kept file */ }
  return (await caches.match(request, { ignoreSearch: true })) || Response.error();
}
