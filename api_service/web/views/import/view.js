// Import: readings from files.
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { offers } from "../../lib/site.js";
import { Loading, NotOffered } from "../../ui/states.js";
import { Jobs } from "./jobs.js";
import { SimpleImport } from "./simple.js";

export function ImportView() {
  return html`<div class="head"><h1>${t("nav.import")}</h1></div>
    <${Way} />
    <section class="card stack"><h2>${t("import.other_title")}</h2><p>${t("import.other")}</p>
      <pre>make import FILE=readings.csv ARGS="--dry-run"</pre></section>`;
}

/** By jobs where the server has them, else a file in the table's own columns. */
function Way() {
  if (offers("/api/imports/", "post") === null) return html`<${Loading} />`;
  if (offers("/api/imports/", "post")) return html`<${Jobs} />`;
  return offers("/api/readings/", "post") ? html`<${SimpleImport} />` : html`<${NotOffered} what=${t("nav.import")} />`;
}
