// One card a device: what it draws, how its day looked, and a quiet mark where something is not as usual.
import { ago, dateTime, number, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { href } from "../../lib/router.js";
import { now } from "../../lib/site.js";
import { Spark } from "../../plots/spark.js";
import { isDistortionUnusual, isPowerFactorUnusual } from "./unusual.js";

const LATE_MS = 15 * 60_000;

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
    <span class="small muted">${t("overview.last_24h", { energy: quantity(device.energy_kwh, "kWh") })}</span>
    <div class="row small muted">
      <${Distortion} device=${device} /><${PowerFactor} device=${device} />
      ${isLate && html`<span class="badge warn">${t("overview.late", { ago: ago(device.last_seen, end) })}</span>`}
    </div>
    ${device.groups?.length > 0 && html`<div class="row small">${device.groups.map((group) => html`<span class="badge" key=${group}>${group}</span>`)}</div>`}
  </article></li>`;
}

function Distortion({ device }) {
  const value = device.average_thd_percent, usual = device.usual?.average_thd_percent;
  if (value === null || value === undefined) return null;
  return isDistortionUnusual(value, usual)
    ? html`<span class="badge warn" title=${t("overview.thd_unusual", { usual: number(usual, 2) })}>THD ${number(value, 2)} %</span>`
    : html`<span>THD ${number(value, 2)} %</span>`;
}

function PowerFactor({ device }) {
  const value = device.average_power_factor;
  if (value === null || value === undefined) return null;
  return isPowerFactorUnusual(device, device.usual)
    ? html`<span class="badge warn" title=${t("overview.pf_unusual", { usual: number(device.usual.average_power_factor, 2) })}>PF ${number(value, 2)}</span>`
    : html`<span>PF ${number(value, 2)}</span>`;
}

export function SilentCard({ device }) {
  return html`<li><article class="card device silent" data-cluster=${device.cluster}>
    <h3><a href=${href("device", device.cluster)}>${device.device_name}</a></h3>
    <span class="badge warn">${t("overview.silent_since", { moment: dateTime(device.last_seen) })}</span>
    <span class="small muted">${t("overview.silent_for", { ago: ago(device.last_seen, now()) })}</span>
  </article></li>`;
}
