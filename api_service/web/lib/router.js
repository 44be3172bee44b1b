// Views by the address's fragment: one page at one address, wherever it is served.
import { signal } from "./html.js";

/** `{name, id, sub, params}` of `#/name/id/sub?params`. */
export const route = signal(read());

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name = "", id = "", sub = ""] = path.split("/").map(decodeURIComponent);
  return { name: name || "overview", id, sub, params: new URLSearchParams(query) };
}

export function href(name, id = "", params = {}, sub = "") {
  const path = [name, id, sub].filter((part) => part !== "").map(encodeURIComponent).join("/");
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  return `#/${path}${query ? `?${query}` : ""}`;
}

export function go(target, { isReplacing = false } = {}) {
  if (isReplacing) {
    history.replaceState(null, "", target);
    route.value = read();
  } else {
    location.hash = target;
  }
}

addEventListener("hashchange", () => { route.value = read(); });
