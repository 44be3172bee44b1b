// One card a device: what it draws, how its day looked, and a quiet mark where something is not as usual.
import { ago, dateTime, number, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { href } from "../../lib/router.js";
import { now } from "../../lib/site.js";
import { Spark } from "../../plots/spark.js";

const LATE_MS = 15 * 60_000;
// A distortion is marked where it is both half as much again as usual and 3 points above it.
const UNUSUAL_RATIO = 1.5, UNUSUAL_POINTS = 3;
// Below this a load shifts the current enough that utilities bill for it; smaller loads than IEC 61000-3-2 looks at
// (75 W) are often so, and weigh nothing.
const LOW_POWER_FACTOR = 0.8, SMALLEST_JUDGED_W = 75;

export function DeviceCard({ device, series }) {
  const end = now();
  const isLate = end - new Date(device.last_seen) > LATE_MS;
  return html`<li><article class="card device" data-cluster=${device.cluster}>
    <div class="between">
      <h3><a href=${href("device", device.cluster)}>${device.device_name}</a></h3>
      ${device.device_state && html`<span class="badge">${device.device_state}</span>`}
    </div>
    <span class="figure">${quantity(device.power_now_w, "W")}</span>
    ${series ? html`<${Spark} series=${series} />` : html`<span class="spark"></span>`}
    <div class="row small muted">
      <span>${t("overview.last_24h", { energy: quantity(device.energy_kwh, "kWh") })}</span>
      <${Distortion} device=${device} /><${PowerFactor} value=${device.average_power_factor} power=${device.average_power_w} />
      ${isLate && html`<span class="badge warn">${t("overview.late", { ago: ago(device.last_seen, end) })}</span>`}
    </div>
    ${device.groups?.length > 0 && html`<div class="row small">${device.groups.map((group) => html`<span class="badge" key=${group}>${group}</span>`)}</div>`}
  </article></li>`;
}

function Distortion({ device }) {
  const value = device.average_thd_percent, usual = device.usual?.average_thd_percent;
  if (value === null || value === undefined) return null;
  const isUnusual = usual > 0 && value > usual * UNUSUAL_RATIO && value > usual + UNUSUAL_POINTS;
  return isUnusual
    ? html`<span class="badge warn" title=${t("overview.thd_unusual", { usual: number(usual, 2) })}>THD ${number(value, 2)} %</span>`
    : html`<span>THD ${number(value, 2)} %</span>`;
}

function PowerFactor({ value, power }) {
  if (value === null || value === undefined) return null;
  const isLow = Math.abs(value) < LOW_POWER_FACTOR && Math.abs(power) >= SMALLEST_JUDGED_W;
  return html`<span class=${isLow ? "badge warn" : ""} title=${isLow ? t("overview.pf_low") : undefined}>PF ${number(value, 2)}</span>`;
}

export function SilentCard({ device }) {
  return html`<li><article class="card device silent" data-cluster=${device.cluster}>
    <h3><a href=${href("device", device.cluster)}>${device.device_name}</a></h3>
    <span class="badge warn">${t("overview.silent_since", { moment: dateTime(device.last_seen) })}</span>
    <span class="small muted">${t("overview.silent_for", { ago: ago(device.last_seen, now()) })}</span>
  </article></li>`;
}
