// What the last seven days would have cost at the tariffs as they stand in the form.
import { getJson } from "../../lib/api.js";
import { money, quantity, startOfDay } from "../../lib/format.js";
import { html, useMemo } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { counted, readSeries } from "../../lib/series.js";
import { now } from "../../lib/site.js";
import { Loaded } from "../../ui/states.js";
import { costOf } from "./prices.js";

const DAYS = 7;

/** Energy of the site by the hour, all in one list. */
async function readEnergy(signal) {
  const end = startOfDay(now());
  const devices = await getJson("api/devices/summary/", {}, { signal });
  const list = await readSeries(counted(devices).map((device) => device.cluster), {
    quantity: "energy", bucket: "1h", start: startOfDay(end, -DAYS).toISOString(), end: end.toISOString(),
  }, { signal });
  return list.flatMap((series) => series.points);
}

export function Preview({ tariffs, currency }) {
  const state = useLoaded(readEnergy, []);
  return html`<section class="card stack" aria-labelledby="preview-title"><h2 id="preview-title">${t("costs.preview")}</h2>
    <${Loaded} state=${state}>${(points) => html`<${Cost} points=${points} tariffs=${tariffs} currency=${currency} />`}</${Loaded}></section>`;
}

function Cost({ points, tariffs, currency }) {
  const cost = useMemo(() => costOf(points, tariffs), [points, tariffs]);
  const energy = points.reduce((sum, point) => sum + point.sum, 0);
  if (points.length === 0) return html`<p class="muted">${t("costs.no_energy")}</p>`;
  if (cost === null) return html`<p class="muted">${t("costs.no_tariff", { energy: quantity(energy, "kWh") })}</p>`;
  const isCurrency = /^[A-Z]{3}$/.test(currency);
  return html`<p class="figure" data-part="cost">${isCurrency ? money(cost, currency) : cost.toFixed(2)}</p>
    <p class="small muted">${t("costs.preview_note", { energy: quantity(energy, "kWh"), mean: isCurrency ? money(cost / energy, currency) : (cost / energy).toFixed(3) })}</p>`;
}
