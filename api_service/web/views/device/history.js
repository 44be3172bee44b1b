// One quantity of a device over the chosen span.
import { getJson } from "../../lib/api.js";
import { quantity as quantityText, span as spanText } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { locale, t, tOr } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { route } from "../../lib/router.js";
import { LinePlot } from "../../plots/line_plot.js";
import { Legend } from "../../plots/stack_plot.js";
import { Empty, Loaded } from "../../ui/states.js";
import { Segments } from "../../ui/segments.js";
import { ComparisonChoice, ComparisonTable, comparedSpan, comparison, shiftOf } from "./compare.js";
import { ExportMenu } from "./export.js";
import { chooseQuantity, choosePreset, chooseSpan, PRESETS } from "./span.js";

export const QUANTITIES = ["power", "voltage", "current", "thd", "power_factor", "frequency", "reactive_power"];
const REFRESH_MS = 15_000;

export function History({ device, span }) {
  const name = QUANTITIES.includes(route.value.params.get("q")) ? route.value.params.get("q") : "power";
  const { start, end, preset } = span;
  const isFollowing = preset !== null && preset !== "all";
  const state = useLoaded((signal) => getJson(`api/devices/${device.cluster}/series`, {
    quantity: name, start: start.toISOString(), end: end.toISOString(),
  }, { signal, headers: span.headers }), [device.cluster, name, preset ?? start.getTime(), preset ?? end.getTime()],
  { everyMs: isFollowing ? REFRESH_MS : 0 });
  return html`<section class="card stack" aria-labelledby="history-title">
    <div class="between"><h2 id="history-title">${t(`quantity.${name}`)}</h2>
      <${Segments} label=${t("device.span")} value=${preset} onChange=${choosePreset}
        options=${[...Object.keys(PRESETS), "all"].map((key) => [key, t(`span.${key}`)])} /></div>
    <${Segments} label=${t("device.quantity")} value=${name} onChange=${chooseQuantity}
      options=${QUANTITIES.map((key) => [key, t(`quantity.${key}`)])} />
    <div class="between"><p class="muted small" data-part="span">${spanText(start, end)}</p><${ComparisonChoice} span=${span} /></div>
    <${Loaded} state=${state} size="tall">${(series) => (series.points.length === 0
      ? html`<${Empty} title=${t("device.no_readings")}><p>${t("device.no_readings_hint")}</p></${Empty}>`
      : html`<${Drawn} key=${`${series.quantity} ${comparison()}`} device=${device} span=${span} series=${series} />`)}</${Loaded}>
  </section>`;
}

function Drawn({ device, span, series }) {
  const other = comparedSpan(span);
  const state = useLoaded((signal) => (other ? getJson(`api/devices/${device.cluster}/series`, {
    quantity: series.quantity, bucket: `${series.bucket_s}s`, start: other.start.toISOString(), end: other.end.toISOString(),
  }, { signal, headers: other.headers }) : null), [device.cluster, series.quantity, series.bucket_s, other?.start.getTime(), other?.end.getTime()]);
  const compared = other && state.data && { series: state.data, shiftMs: shiftOf(span, other, state.data), label: t("compare.other") };
  return html`<${LinePlot} id="history-plot" series=${series} compared=${compared} label=${labelOf(series)}
      onZoom=${chooseSpan} onReset=${() => choosePreset("24h")} />
    ${!other ? html`<${Statistics} series=${series} />` : html`<${Loaded} state=${state}>${(otherSeries) => otherSeries && html`
      <${Legend} list=${[{ device_name: t("compare.shown") }, { device_name: t("compare.other") }]} />
      ${otherSeries.points.length === 0 && html`<p class="banner note">${t("compare.empty")}</p>`}
      <${ComparisonTable} device=${device} span=${span} other=${other} unit=${series.unit}
        statistics=${statisticsOf(series)} otherStatistics=${statisticsOf(otherSeries)} />`}</${Loaded}>`}
    <${ExportMenu} device=${device} series=${series} compared=${compared} />`;
}

function labelOf(series) {
  const { mean, low, high } = statisticsOf(series);
  return t("device.plot_label", {
    quantity: t(`quantity.${series.quantity}`), name: series.device_name, mean: quantityText(mean, series.unit),
    low: quantityText(low, series.unit), high: quantityText(high, series.unit),
  });
}

/** Over all readings of the span: means of buckets weigh as many readings as they hold. */
export function statisticsOf(series) {
  let sum = 0, samples = 0, low = Infinity, high = -Infinity, lowAt = null, highAt = null;
  for (const point of series.points) {
    const weight = point.samples ?? 1;
    if (point.mean === null || point.mean === undefined) continue;
    sum += point.mean * weight;
    samples += weight;
    const [bottom, top] = [point.min ?? point.mean, point.max ?? point.mean];
    if (bottom < low) { low = bottom; lowAt = point.start; }
    if (top > high) { high = top; highAt = point.start; }
  }
  return { mean: sum / samples, low, high, lowAt, highAt, samples };
}

function Statistics({ series }) {
  const found = statisticsOf(series);
  if (!found.samples) return null;
  const facts = [
    ["mean", quantityText(found.mean, series.unit)], ["min", quantityText(found.low, series.unit)],
    ["max", quantityText(found.high, series.unit)], ["readings", found.samples.toLocaleString(locale())],
  ];
  return html`<dl class="facts">${facts.map(([key, value]) => html`<div key=${key}><dt>${tOr(`stat.${key}`, key)}</dt><dd>${value}</dd></div>`)}</dl>`;
}
