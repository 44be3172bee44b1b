// Energy of each day, up to the last four weeks.
import { getJson } from "../../lib/api.js";
import { DAY_MS, quantity, startOfDay } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { keptAs } from "../../lib/kept.js";
import { useLoaded } from "../../lib/load.js";
import { BarsPlot } from "../../plots/bars_plot.js";
import { Empty, Loaded } from "../../ui/states.js";

const DAYS = 28;

export function DailyEnergy({ device }) {
  const last = new Date(Date.parse(device.last_seen) + 1000);
  const first = Math.max(startOfDay(last, 1 - DAYS), startOfDay(device.first_seen));
  const state = useLoaded((signal) => getJson(`api/devices/${device.cluster}/series`, {
    quantity: "energy", bucket: "1d", start: new Date(first).toISOString(), end: last.toISOString(),
  }, { signal, headers: keptAs("last weeks") }), [device.cluster, Math.floor(last / DAY_MS)]);
  return html`<section class="card stack" aria-labelledby="energy-title"><h2 id="energy-title">${t("device.per_day")}</h2>
    <${Loaded} state=${state} size="tall">${(series) => {
      if (series.points.length === 0) return html`<${Empty} title=${t("device.no_readings")} />`;
      const total = series.points.reduce((sum, point) => sum + point.sum, 0);
      const whole = series.points.slice(0, -1);
      const mean = whole.length ? whole.reduce((sum, point) => sum + point.sum, 0) / whole.length : total;
      return html`<${BarsPlot} series=${series} height=${200}
          label=${t("device.per_day_label", { name: device.device_name, total: quantity(total, "kWh") })} />
        <p class="small muted">${t("device.per_day_note", { mean: quantity(mean, "kWh"), total: quantity(total, "kWh") })}</p>`;
    }}</${Loaded}></section>`;
}
