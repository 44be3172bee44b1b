// Import: readings from files.
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { offers } from "../../lib/site.js";
import { Loading, NotOffered } from "../../ui/states.js";
import { Jobs } from "./jobs.js";

export function ImportView() {
  return html`<div class="head"><h1>${t("nav.import")}</h1></div>
    <${Way} />
    <section class="card stack"><h2>${t("import.other_title")}</h2><p>${t("import.other")}</p>
      <pre>make import FILE=readings.csv ARGS="--dry-run"</pre></section>`;
}

function Way() {
  const isOffered = offers("/api/imports/", "post");
  if (isOffered === null) return html`<${Loading} />`;
  return isOffered ? html`<${Jobs} />` : html`<${NotOffered} what=${t("nav.import")} />`;
}
