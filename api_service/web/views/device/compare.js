// Two spans of a device beside each other: the one shown, and one before it moved onto the same axis.
import { getJson } from "../../lib/api.js";
import { change as changeText, fromInput, fromWallClock, partsOf, quantity, span as spanText, toInput } from "../../lib/format.js";
import { html, useId } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { keptAs } from "../../lib/kept.js";
import { useLoaded } from "../../lib/load.js";
import { route } from "../../lib/router.js";
import { Loaded } from "../../ui/states.js";
import { chooseComparison } from "./span.js";

const CHOICES = ["before", "day", "week"];
const DAYS = { day: 1, week: 7 };
const isDate = (text) => /^\d{4}-\d\d-\d\d$/.test(text);

/** What the address names as the comparison; "" without one. */
export const comparison = () => route.value.params.get("vs") ?? "";

/** The span that `span` is compared with, as the address names it; null without a comparison. */
export function comparedSpan({ start, end, preset }) {
  const name = comparison();
  const begin = name === "before" ? new Date(2 * start - end)
    : Object.hasOwn(DAYS, name) ? daysBefore(start, DAYS[name])
    : isDate(name) ? fromInput(`${name}T${toInput(start).slice(11)}`) : null;
  const headers = preset === null ? {} : keptAs(`${preset} compared with ${name}`);
  return begin && { start: begin, end: new Date(begin.getTime() + (end - start)), headers };
}

/** By how much `series` of the span `other` is moved onto `span`: by whole buckets, so that points meet in rows. */
export function shiftOf(span, other, series) {
  const bucketMs = 1000 * series.bucket_s;
  return Math.round((span.start - other.start) / bucketMs) * bucketMs;
}

/** The same time of the site's clock some days before. */
function daysBefore(moment, days) {
  const { year, month, day, hour, minute } = partsOf(moment);
  return fromWallClock(year, month, day - days, hour, minute);
}

export function ComparisonChoice({ span }) {
  const id = useId();
  const name = comparison();
  const other = comparedSpan(span);
  const onSelect = (value) => chooseComparison(value === "date" ? toInput(daysBefore(span.start, 1)).slice(0, 10) : value);
  return html`<div class="row small"><label for=${id}>${t("compare.with")}</label>
    <select id=${id} value=${isDate(name) ? "date" : name} onChange=${(event) => onSelect(event.target.value)}>
      <option value="">${t("compare.nothing")}</option>
      ${[...CHOICES, "date"].map((key) => html`<option key=${key} value=${key}>${t(`compare.${key}`)}</option>`)}</select>
    ${isDate(name) && html`<input type="date" aria-label=${t("compare.begin")} value=${name}
      onChange=${(event) => event.target.value && chooseComparison(event.target.value)} />`}
    ${other && html`<span class="muted" data-part="compared">${spanText(other.start, other.end)}</span>`}</div>`;
}

async function readEnergy(device, { start, end, headers }, signal) {
  const query = { cluster: device.cluster, start: start.toISOString(), end: end.toISOString() };
  const { periods } = await getJson("api/energy", query, { signal, headers });
  return periods.reduce((sum, period) => sum + period.energy_kwh, 0);
}

/** Both spans in figures; of power also what it adds up to. */
export function ComparisonTable({ device, span, other, unit, statistics, otherStatistics }) {
  const isPower = unit === "W";
  const energies = useLoaded(async (signal) => (isPower
    ? Promise.all([span, other].map((one) => readEnergy(device, one, signal))) : []),
  [device.cluster, isPower, span.start.getTime(), span.end.getTime(), other.start.getTime()]);
  const rows = ["mean", "low", "high"].map((key) => [t(NAMES[key]), unit, statistics[key], otherStatistics[key]]);
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("compare.title")}><table class="comparison">
    <thead><tr><th><span class="hidden-visually">${t("device.quantity")}</span></th><th scope="col" class="number">${t("compare.shown")}</th>
      <th scope="col" class="number">${t("compare.other")}</th><th scope="col" class="number">${t("compare.change")}</th></tr></thead>
    <tbody>${rows.map((row) => html`<${Row} key=${row[0]} row=${row} />`)}
      ${isPower && html`<${Row} row=${[t("quantity.energy"), "kWh", ...(energies.data ?? [])]} />`}</tbody>
  </table></div>
  ${isPower && html`<${Loaded} state=${energies}>${() => null}</${Loaded}>`}`;
}

const NAMES = { mean: "stat.mean", low: "stat.min", high: "stat.max" };

function Row({ row: [name, unit, own, others] }) {
  const change = others > 0 && Number.isFinite(own) ? own / others - 1 : null;
  return html`<tr><th scope="row">${name}</th><td class="number">${quantity(finite(own), unit)}</td>
    <td class="number">${quantity(finite(others), unit)}</td><td class="number">${changeText(change)}</td></tr>`;
}

const finite = (value) => (Number.isFinite(value) ? value : null);
