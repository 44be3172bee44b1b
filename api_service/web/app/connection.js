// Notices that the server is gone or back: while it is gone a small question is asked again and again.
import { isReachable, request } from "../lib/api.js";
import { effect } from "../lib/html.js";

const LOOK_EVERY_MS = 3000;
let timer = null;

export function watchConnection() {
  addEventListener("offline", () => { isReachable.value = false; });
  addEventListener("online", look);
  effect(() => {
    if (!isReachable.value) timer ??= setInterval(look, LOOK_EVERY_MS);
    else if (timer !== null) {
      clearInterval(timer);
      timer = null;
      dispatchEvent(new Event("askwatt:back"));
    }
  });
}

async function look() {
  await request("health/live").catch(() => {});
}
