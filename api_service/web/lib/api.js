// Requests to the gateway: the key, problem documents as errors, and whether the server can be reached.
import { address } from "./base.js";
import { signal } from "./html.js";
import { forgetKept, keptAt, noteSource } from "./kept.js";

const KEY = "askwatt.key";
export const isReachable = signal(true);
export const needsKey = signal(false);

/** What the server refused, or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.problem = problem;
  }
}

export const storedKey = () => sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);

const isKeyOfTab = () => sessionStorage.getItem(KEY) !== null;
const loginOf = (key) => `Bearer ${key}`;

/** Keep a key for this tab, or on this device; null forgets it. What another key has read goes with that key. */
export function keepKey(key, isForDevice = false) {
  const olds = [sessionStorage, localStorage].map((storage) => storage.getItem(KEY)).filter(Boolean);
  for (const old of olds) if (old !== key || !isForDevice) forgetKept(loginOf(old));
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  if (key) (isForDevice ? localStorage : sessionStorage).setItem(KEY, key);
}

function headersOf(more = {}) {
  const key = storedKey();
  return key ? { Authorization: loginOf(key), ...more } : more;
}

// A tab's key ends with the tab, unseen: what it reads is not kept for times without network.
const cacheMode = () => (isKeyOfTab() ? { cache: "no-store" } : {});

/** A proxy's own answer while the gateway behind it is away: the gateway sends no 502 or 504, and says why it sends a 503. */
function isFromProxy(response) {
  const isJson = /^application\/(.+\+)?json/.test(response.headers.get("Content-Type") ?? "");
  return [502, 504].includes(response.status) || (response.status === 503 && !isJson);
}

function unreachable() {
  isReachable.value = false;
  return new ApiError(0, {});
}

/** A response that is not an error. Aborts pass through; every other failure is an `ApiError`. */
export async function request(path, { query, headers, ...options } = {}) {
  let response;
  try {
    response = await fetch(address(path, query), { ...cacheMode(), ...options, headers: headersOf(headers) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (isFromProxy(response)) throw unreachable();
  isReachable.value = noteSource(response);
  if (isReachable.value) keptAt.value = null;
  if (response.ok) {
    needsKey.value = false;
    return response;
  }
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401) needsKey.value = true;
  throw new ApiError(response.status, problem);
}

export async function getJson(path, query = {}, options = {}) {
  return (await request(path, { query, ...options })).json();
}

/** Send `body` as JSON; the answer's JSON, or null where there is none. */
export async function sendJson(method, path, body, options = {}) {
  const headers = { "Content-Type": "application/json", ...options.headers };
  const response = await request(path, { ...options, method, headers, body: JSON.stringify(body) });
  return response.status === 204 ? null : response.json();
}

export async function remove(path) {
  await request(path, { method: "DELETE" });
}
