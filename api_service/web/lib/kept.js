// What is kept on this device for times without network: readings and conversations as they were last seen.
import { signal } from "./html.js";

const DATA = "askwatt-data";

/** The moment from which the oldest figure on the page is, while figures come from what was kept; else null. */
export const keptAt = signal(null);

/** Take note of where a response came from; true when the server itself has answered. */
export function noteSource(response) {
  const moment = response.headers.get("X-Kept-At");
  if (moment === null) return true;
  if (keptAt.value === null || moment < keptAt.value) keptAt.value = moment;
  return false;
}

/** Forget it all: with the key goes what was read with it. */
export function forgetKept() {
  keptAt.value = null;
  return "caches" in globalThis ? caches.delete(DATA) : Promise.resolve(false);
}
