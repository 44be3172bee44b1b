// The service worker: the page opens without network or server, with the figures that it last had.
//
// The files of a version are kept whole and answered from there; the page itself, and what `KEPT` names, are asked
// of the server first. An answer from what was kept says so in `X-Kept-At`. Nothing else passes through here.
const FILES = "askwatt-files-{{version}}";
const DATA = "askwatt-data";
const MOST_KEPT = 300;
const ROOT = new URL("./", self.location);
const KEPT = /^api\/(site|openapi\.json|devices|energy|tariffs|chat\/sessions)(\/|$)/;
const STREAM = /^api\/devices\/live/;
const PAGE_FILES = __FILES__;

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

async function fill() {
  const cache = await caches.open(FILES);
  await cache.put(ROOT, await page());
  await cache.addAll(PAGE_FILES.map((path) => new URL(path, ROOT).href));
}

/** The page as the server sends it now; an answer that is none (a proxy's log-in) is not taken for it. */
async function page() {
  const response = await fetch(ROOT, { cache: "no-cache" });
  if (!response.ok || response.redirected) throw new Error(`the page answered ${response.status}`);
  return response;
}

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOlder().then(() => self.clients.claim()));
});

async function dropOlder() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("askwatt-files-") && name !== FILES);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(ROOT.href)) return;
  const path = url.pathname.slice(ROOT.pathname.length);
  if (path === "" && request.mode === "navigate") event.respondWith(pageOrKept(request));
  else if (path.startsWith("web/")) event.respondWith(fileOrFetched(request));
  else if (KEPT.test(path) && !STREAM.test(path)) event.respondWith(dataOrKept(event));
});

async function pageOrKept(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(ROOT, { cacheName: FILES });
    if (kept) return kept;
    throw error;
  }
}

async function fileOrFetched(request) {
  return (await caches.match(request, { cacheName: FILES, ignoreVary: true })) ?? fetch(request);
}

/** A login belongs to what it has read: a refused one forgets all of it. */
async function dataOrKept(event) {
  const { request } = event;
  try {
    const response = await fetch(request);
    if (response.ok && isJson(response)) event.waitUntil(keep(request, response.clone()));
    else if (response.status === 401) event.waitUntil(caches.delete(DATA));
    return response;
  } catch (error) {
    const kept = request.signal.aborted ? null : await caches.match(request, { cacheName: DATA, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

const isJson = (response) => (response.headers.get("Content-Type") ?? "").startsWith("application/json");

async function keep(request, response) {
  const headers = new Headers(response.headers);
  headers.set("X-Kept-At", new Date().toISOString());
  const cache = await caches.open(DATA);
  await cache.put(request, new Response(await response.blob(), { status: response.status, headers }));
  const known = await cache.keys();
  await Promise.all(known.slice(0, Math.max(0, known.length - MOST_KEPT)).map((one) => cache.delete(one)));
}
