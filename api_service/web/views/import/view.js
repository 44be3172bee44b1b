// Import: readings from files.
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { offers } from "../../lib/site.js";
import { Loading, NotOffered } from "../../ui/states.js";
import { SimpleImport } from "./simple.js";

export function ImportView() {
  const isOffered = offers("/api/readings/", "post");
  return html`<div class="head"><h1>${t("nav.import")}</h1></div>
    ${isOffered === null ? html`<${Loading} />` : isOffered ? html`<${SimpleImport} />` : html`<${NotOffered} what=${t("nav.import")} />`}
    <section class="card stack"><h2>${t("import.other_title")}</h2><p>${t("import.other")}</p>
      <pre>make import FILE=readings.csv ARGS="--dry-run"</pre></section>`;
}
