// One file on its way: looked at, put right, imported.
import { number } from "../../lib/format.js";
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Failure, Loading } from "../../ui/states.js";
import { Columns, Devices, Notes, Options } from "./dry_run.js";
import { dryRun, startImport } from "./job_requests.js";

export function FileCard({ file, onStarted, onDropped }) {
  const [mapping, setMapping] = useState({});
  const [options, setOptions] = useState({ timezone: "", device: "", on_conflict: "fill" });
  const [state, setState] = useState({ isBusy: true });
  const asked = () => ({ ...options, map: Object.entries(mapping).filter(([, meaning]) => meaning).map(([column, meaning]) => `${column}=${meaning}`) });
  const look = async (isCurrent = () => true) => {
    setState((old) => ({ ...old, isBusy: true, error: null }));
    try {
      const found = await dryRun(file, asked());
      if (isCurrent()) setState({ found });
    } catch (error) {
      if (isCurrent()) setState((old) => ({ found: old.found, error }));
    }
  };
  useEffect(() => {
    let isCurrent = true;
    look(() => isCurrent);
    return () => { isCurrent = false; };
  }, [mapping, options]);
  const start = async () => {
    setState((old) => ({ ...old, isBusy: true, error: null }));
    try {
      onStarted(await startImport(file, asked()));
    } catch (error) {
      setState((old) => ({ found: old.found, error }));
    }
  };
  const { found, error, isBusy } = state;
  return html`<section class="card stack" aria-label=${file.name}>
    <div class="between"><h2 class="break">${file.name}</h2><button class="small quiet" onClick=${onDropped}>${t("action.cancel")}</button></div>
    ${error && html`<${Failure} error=${error} onRetry=${() => look()} />`}
    ${found && html`<p role="status">${t("import.looked_at", { rows: number(found.rows_read, 9), rejected: number(found.rejected, 9) })}</p>
      <${Devices} found=${found} /><${Notes} found=${found} />
      <${Columns} found=${found} mapping=${mapping} onMap=${(column, meaning) => setMapping({ ...mapping, [column]: meaning })} />`}
    ${(found || error) && html`<${Options} options=${options} onChange=${setOptions} />`}
    ${isBusy && html`<${Loading} size="line" />`}
    <div class="row end"><button class="primary" disabled=${isBusy || !found || Boolean(error)} onClick=${start}>${t("import.start")}</button></div>
  </section>`;
}
