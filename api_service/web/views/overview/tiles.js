// The site in three figures.
import { number, percent, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { counted } from "../../lib/series.js";
import { Loaded } from "../../ui/states.js";

const NOTABLE = 0.15;

export function Tiles({ devices, today }) {
  const { active, silent } = devices;
  const power = counted(active).reduce((sum, row) => sum + (row.power_now_w ?? 0), 0);
  const reporting = active.filter((row) => row.power_now_w !== null);
  return html`<div class="tiles">
    <div class="card stack tight" data-tile="power">
      <span class="muted small">${t("overview.power_now")}</span>
      <span class="figure">${reporting.length ? quantity(power, "W") : "–"}</span>
      <span class="small muted">${t("overview.reporting", { count: reporting.length })}</span>
    </div>
    <div class="card stack tight" data-tile="energy">
      <span class="muted small">${t("overview.energy_today")}</span>
      <${Loaded} state=${today}>${(data) => html`
        <span class="figure">${quantity(data.energy_kwh, "kWh")}</span>
        <span class="small muted">${comparison(data)}</span>`}</${Loaded}>
    </div>
    <div class="card stack tight" data-tile="devices">
      <span class="muted small">${t("overview.devices")}</span>
      <span class="figure">${number(active.length)}</span>
      <span class=${`small ${silent.length ? "warn-text" : "muted"}`}>${silent.length ? t("overview.silent_count", { count: silent.length }) : t("overview.none_silent")}</span>
    </div>
  </div>`;
}

function comparison({ energy_kwh: energy, usual_kwh: usual, days }) {
  if (usual === null || usual === 0) return t("overview.no_usual");
  const difference = energy / usual - 1;
  const values = { usual: quantity(usual, "kWh"), share: percent(Math.abs(difference)), count: days };
  if (Math.abs(difference) < NOTABLE) return t("overview.as_usual", values);
  return t(difference > 0 ? "overview.above_usual" : "overview.below_usual", values);
}
