// The login of this browser: a cookie that no script can read, and the token that goes with each request.
import { forgetKept } from "./kept.js";

const TOKEN = "askwatt.login";
// Where earlier versions kept the key itself, which any script could read.
for (const storage of [sessionStorage, localStorage]) storage.removeItem("askwatt.key");

export const storedToken = () => sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);

/** Whether the login ends with this tab or its browser, unseen. */
export const isOfTab = () => sessionStorage.getItem(TOKEN) !== null;

/** Keep a login's token for this tab, or on this device; null forgets it. What another login has read goes with it. */
export function keepToken(token, isForDevice = false) {
  const olds = [sessionStorage, localStorage].map((storage) => storage.getItem(TOKEN)).filter(Boolean);
  for (const old of olds) if (old !== token || !isForDevice) forgetKept(old);
  sessionStorage.removeItem(TOKEN);
  localStorage.removeItem(TOKEN);
  if (token) (isForDevice ? localStorage : sessionStorage).setItem(TOKEN, token);
}

/** Take over the token of the login that the browser has now, which another tab may have begun. */
export const adoptToken = (token) => keepToken(token, localStorage.getItem(TOKEN) === token);
