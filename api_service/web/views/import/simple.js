// For a server without import jobs: a file in the table's own columns, sent whole.
import { request } from "../../lib/api.js";
import { number } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Failure, Loading } from "../../ui/states.js";
import { Drop } from "./drop.js";

const MOST_SHOWN = 50;

export function SimpleImport() {
  const [state, setState] = useState({});
  const send = async ([file]) => {
    setState({ file, isBusy: true });
    try {
      const response = await request("api/readings/", { method: "POST", body: file, headers: { "Content-Type": "text/csv" } });
      setState({ file, result: await response.json() });
    } catch (error) {
      setState({ file, error });
    }
  };
  return html`<section class="card stack"><p class="banner note">${t("import.simple")}</p>
    <${Drop} onFiles=${send} />
    ${state.isBusy && html`<${Loading} />`}
    ${state.error && html`<${Failure} error=${state.error} onRetry=${() => send([state.file])} />`}
    ${state.result && html`<${Result} name=${state.file.name} result=${state.result} />`}</section>`;
}

function Result({ name, result }) {
  const { accepted, duplicates, rejected } = result;
  return html`<div class="stack" role="status"><h2 class="break">${name}</h2>
    <dl class="facts"><div><dt>${t("import.accepted")}</dt><dd>${number(accepted, 9)}</dd></div>
      <div><dt>${t("import.duplicates")}</dt><dd>${number(duplicates, 9)}</dd></div>
      <div><dt>${t("import.rejected")}</dt><dd>${number(rejected.length, 9)}</dd></div></dl>
    ${rejected.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label=${t("import.rejected")}><table><thead><tr>
      <th scope="col" class="number">${t("import.row")}</th><th scope="col">${t("import.field")}</th><th scope="col">${t("import.reason")}</th></tr></thead>
      <tbody>${rejected.slice(0, MOST_SHOWN).map((one, index) => html`<tr key=${index}><td class="number">${one.row}</td><td>${one.field ?? "–"}</td><td>${one.reason}</td></tr>`)}</tbody></table></div>`}
  </div>`;
}
