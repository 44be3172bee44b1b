// Lets the page open without network: registers the service worker where browsers allow one (https, or this machine).
import { base } from "../lib/base.js";

export function startOffline() {
  if (!("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register(new URL("sw.js", base)).catch((error) => {
    console.warn(`The page will not open without network: ${error.message}`);
  });
  // After the page itself: its files are fetched once more, from the browser's own cache.
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
