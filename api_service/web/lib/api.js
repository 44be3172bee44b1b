// Requests to the gateway: the login, problem documents as errors, and whether the server can be reached.
import { address } from "./base.js";
import { signal } from "./html.js";
import { keptAt, noteSource } from "./kept.js";
import { adoptToken, isOfTab, keepToken, storedToken } from "./login.js";

const LOGIN = "api/login/";
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

/** Log in with a key: the login lasts 30 days with `isForDevice`, else until the browser is closed. */
export async function logIn(key, isForDevice) {
  const headers = { Authorization: `Bearer ${key}` };
  keepToken((await sendJson("POST", LOGIN, { keep: isForDevice }, { headers })).csrf_token, isForDevice);
}

export async function logOut() {
  await remove(LOGIN).catch((error) => { if (error.status !== 401) throw error; });
  keepToken(null);
  needsKey.value = true;
}

let adopting = null;
/** Ask once for the token of the login that the browser has: this tab is new, or another one has logged in since. */
function adoptLogin() {
  adopting ??= getJson(LOGIN).then((login) => adoptToken(login.csrf_token)).finally(() => { adopting = null; });
  return adopting;
}

function headersOf(more = {}) {
  const token = storedToken();
  return token ? { "X-CSRF-Token": token, ...more } : more;
}

// A tab's login ends unseen: what it reads is not kept for times without network.
const cacheMode = () => (isOfTab() ? { cache: "no-store" } : {});

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
export async function request(path, { query, headers, isRepeat = false, ...options } = {}) {
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
    // After a log-in the views are to wait for its token.
    if (path !== LOGIN) needsKey.value = false;
    return response;
  }
  const problem = await response.json().catch(() => ({}));
  if (problem.title === "Token needed" && !isRepeat) {
    await adoptLogin();
    return request(path, { query, headers, isRepeat: true, ...options });
  }
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
