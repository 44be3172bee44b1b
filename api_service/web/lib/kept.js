// What is kept on this device for times without network: readings and conversations as they were last seen.
import { base } from "./base.js";
import { signal } from "./html.js";

/** The moment from which the oldest figure on the page is, while figures come from what was kept; else null. */
export const keptAt = signal(null);

/** Take note of where a response came from; true when the server itself has answered. */
export function noteSource(response) {
  const moment = response.headers.get("X-Kept-At");
  if (moment === null) return true;
  if (keptAt.value === null || moment < keptAt.value) keptAt.value = moment;
  return false;
}

/** Headers of a request whose address moves with the clock: `name` says which of its path's it is. */
export const keptAs = (name) => ({ "X-Kept-As": name });

/** Forget what was read with a login, by its token: with the login goes what it has read. */
export async function forgetKept(login) {
  keptAt.value = null;
  const registration = await navigator.serviceWorker?.getRegistration(base);
  registration?.active?.postMessage({ forget: login });
}
