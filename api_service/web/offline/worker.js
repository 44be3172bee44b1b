// The service worker: the page opens without network or server, with the figures that it last had.
//
// The files of a version are kept whole and answered from there; the page itself, and what `KEPT` names, are asked
// of the server first. An answer from what was kept says so in `X-Kept-At`. Nothing else passes through here.
// Data are kept apart by the login that read them; a request with `cache: "no-store"` keeps nothing.
const ROOT = new URL("./", self.location);
// A path holds no space: the names of one page never begin with those of another on the same host.
const FILES = `askwatt-files ${ROOT.pathname} {{version}}`;
// Names without path and login, as earlier versions gave them.
const NAMED_BEFORE = /^askwatt-(data$|files-)/;
const MOST_KEPT = 300;
const KEPT = /^api\/(site|openapi\.json|devices|energy|tariffs|chat\/sessions)(\/|$)/;
const STREAM = /^api\/devices\/live/;
// Parameters that move with the clock: a request that says in `X-Kept-As` what it is, is kept without them.
const MOVING = ["start", "end", "as_of", "hours"];
const PAGE_FILES = __FILES__;

self.addEventListener("install", (event) => {
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

/** Everything is fetched before anything is kept: a refused file leaves no half of a version. */
async function fill() {
  const addresses = PAGE_FILES.map((path) => new URL(path, ROOT).href);
  const [shown, ...files] = await Promise.all([page(), ...addresses.map(file)]);
  const cache = await caches.open(FILES);
  await Promise.all([cache.put(ROOT, shown), ...files.map((response, index) => cache.put(addresses[index], response))]);
}

/** The page as the server sends it now; another version's, or an answer that is none (a proxy's log-in), is refused. */
async function page() {
  const response = await fetch(ROOT, { cache: "no-cache" });
  if (!response.ok || response.redirected) throw new Error(`the page answered ${response.status}`);
  if (!(await response.clone().text()).includes("web/{{version}}/")) throw new Error("the page is of another version");
  return response;
}

/** A file of this version; a gateway of another version sends its own under this address, and not as immutable. */
async function file(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  if (!(response.headers.get("Cache-Control") ?? "").includes("immutable")) {
    throw new Error(`${address} is of another version`);
  }
  return response;
}

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOlder().then(() => self.clients.claim()));
});

async function dropOlder() {
  const names = await caches.keys();
  const isOlder = (name) => name.startsWith(`askwatt-files ${ROOT.pathname} `) && name !== FILES;
  const old = names.filter((name) => isOlder(name) || NAMED_BEFORE.test(name));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The page tells which login it has forgotten, by its token. */
self.addEventListener("message", (event) => {
  if (event.data?.forget) event.waitUntil(ofLogin(event.data.forget).then(forget));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (!url.href.startsWith(ROOT.href)) return;
  const path = url.pathname.slice(ROOT.pathname.length);
  const isData = KEPT.test(path) && !STREAM.test(path);
  if (request.method === "DELETE" && isData) event.respondWith(removed(event));
  if (request.method !== "GET") return;
  if (path === "" && request.mode === "navigate") event.respondWith(pageOrKept(request));
  else if (path.startsWith("web/")) event.respondWith(fileOrFetched(request));
  else if (isData && request.cache !== "no-store") event.respondWith(dataOrKept(event));
});

async function pageOrKept(request) {
  return fetchedOr(request, () => caches.match(ROOT, { cacheName: FILES }));
}

/** A proxy's own answer while the gateway behind it is away: the gateway sends no 502 or 504, and says why it sends a 503. */
function isFromProxy(response) {
  const isProblem = /^application\/(.+\+)?json/.test(response.headers.get("Content-Type") ?? "");
  return [502, 504].includes(response.status) || (response.status === 503 && !isProblem);
}

/** The server's answer; while neither it nor a proxy reaches the gateway, what was kept if there is anything. */
async function fetchedOr(request, kept) {
  let response, failure;
  try {
    response = await fetch(request);
    if (!isFromProxy(response)) return response;
  } catch (error) {
    failure = error;
  }
  const found = request.signal.aborted ? undefined : await kept();
  if (found ?? response) return found ?? response;
  throw failure;
}

async function fileOrFetched(request) {
  return (await caches.match(request, { cacheName: FILES, ignoreVary: true })) ?? fetch(request);
}

// Counts what was forgotten or removed: an answer that was on its way meanwhile is not kept any more.
let removals = 0;

async function forget(name) {
  removals += 1;
  await caches.delete(name);
}

/** The name of what one login has read; only a digest of its token stands in it. */
async function ofLogin(login) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(login));
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `askwatt-data ${ROOT.pathname} ${hex}`;
}

const loginOf = (request) => request.headers.get("X-CSRF-Token") ?? "";

/** Under which address an answer is kept. */
function keptAddress(request) {
  const url = new URL(request.url);
  const name = request.headers.get("X-Kept-As");
  if (name === null) return url.href;
  for (const parameter of MOVING) url.searchParams.delete(parameter);
  url.searchParams.set("kept-as", name);
  return url.href;
}

/** Whether the page itself asks: what the API's viewers try out is not kept, they forget no login. */
async function isOfPage(event) {
  const client = await self.clients.get(event.clientId);
  return client !== undefined && new URL(client.url).pathname === ROOT.pathname;
}

/** A login belongs to what it has read: a refused one forgets all of it. */
async function dataOrKept(event) {
  const { request } = event;
  if (!(await isOfPage(event))) return fetch(request);
  const removalsBefore = removals;
  const [address, name] = [keptAddress(request), await ofLogin(loginOf(request))];
  const response = await fetchedOr(request, () => caches.match(address, { cacheName: name, ignoreVary: true }));
  if (response.headers.has("X-Kept-At")) return response;
  if (response.ok && isJson(response)) event.waitUntil(keep(name, address, response.clone(), removalsBefore));
  else if (response.status === 401) event.waitUntil(forget(name));
  else if (response.status === 404) event.waitUntil(drop(name, (one) => one === address));
  return response;
}

/** What is removed at the server is not kept either, nor anything below it. */
async function removed(event) {
  const { request } = event;
  const name = await ofLogin(loginOf(request));
  const response = await fetch(request);
  const { origin, pathname } = new URL(request.url);
  const top = `${origin}${pathname.replace(/\/$/, "")}`;
  if (!response.ok) return response;
  removals += 1;
  event.waitUntil(drop(name, (one) => one.startsWith(top) && /^([/?]|$)/.test(one.slice(top.length))));
  return response;
}

async function drop(name, isDropped) {
  if (!(await caches.has(name))) return;
  const cache = await caches.open(name);
  const known = (await cache.keys()).filter((one) => isDropped(one.url));
  await Promise.all(known.map((one) => cache.delete(one, { ignoreVary: true })));
}

const isJson = (response) => (response.headers.get("Content-Type") ?? "").startsWith("application/json");

async function keep(name, address, response, removalsBefore) {
  const headers = new Headers(response.headers);
  headers.set("X-Kept-At", new Date().toISOString());
  const body = await response.blob();
  if (removals !== removalsBefore) return;
  const cache = await caches.open(name);
  await cache.put(address, new Response(body, { status: response.status, headers }));
  // Removed while it was written: nothing tells whether before or after.
  if (removals !== removalsBefore) await cache.delete(address, { ignoreVary: true });
  const known = await cache.keys();
  await Promise.all(known.slice(0, Math.max(0, known.length - MOST_KEPT)).map((one) => cache.delete(one)));
}
