// The app's start: theme and language first, then the frame, then what the server knows.
import { html, render } from "../lib/html.js";
import { startLanguage } from "../lib/i18n.js";
import { go, href } from "../lib/router.js";
import { loadOffers, refreshSite } from "../lib/site.js";
import { watchConnection } from "./connection.js";
import { startOffline } from "./offline.js";
import { Shell } from "./shell.js";
import "./theme.js";

const SITE_EVERY_MS = 30_000;

async function refresh() {
  await Promise.allSettled([refreshSite(), loadOffers()]);
}

watchConnection();
startOffline();
addEventListener("askwatt:back", refresh);
setInterval(() => { if (!document.hidden) refreshSite().catch(() => {}); }, SITE_EVERY_MS);
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const question = document.getElementById("question");
  if (question) question.focus();
  else go(href("ask"));
});

await Promise.all([startLanguage(), refresh()]);
const app = document.getElementById("app");
app.replaceChildren(); // what stands there until now is in the page itself, so that it is seen at once
render(html`<${Shell} />`, app);
