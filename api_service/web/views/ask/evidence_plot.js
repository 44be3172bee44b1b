// A plot of exactly what an answer rests on, with the value that it names marked.
import uPlot from "../../vendor/uplot/uPlot.esm.js";
import { quantity, span } from "../../lib/format.js";
import { html, useMemo } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { colourOf, scheme, token } from "../../plots/colours.js";
import { aligned, columnsOf, joined, stacked } from "../../plots/grid.js";
import { Plot } from "../../plots/plot.js";
import { Legend } from "../../plots/stack_plot.js";
import { Timeline } from "../../plots/timeline.js";
import { Empty, Loaded } from "../../ui/states.js";
import { planOf, readPlan } from "./evidence_data.js";
import { drawMarks } from "./marks.js";

const HEIGHT = 220;
const bars = uPlot.paths.bars({ size: [0.75, 60], align: 1 });

export function EvidencePlot({ evidence }) {
  const plan = useMemo(() => planOf(evidence), [evidence]);
  const state = useLoaded((signal) => (plan ? readPlan(plan, signal) : null), [plan]);
  if (!plan) return null;
  return html`<div data-part="evidence-plot"><${Loaded} state=${state} size="tall">${(lines) => (lines.every((line) => line.series.points.length === 0)
    ? html`<${Empty} title=${t("evidence.nothing_drawn")} />`
    : plan.measure === "state" ? html`<${StateLines} lines=${lines} />`
    : html`<${Drawn} measure=${plan.measure} lines=${lines} />`)}</${Loaded}></div>`;
}

/** When each device was in which state. */
function StateLines({ lines }) {
  return html`<div class="stack">${lines.map((line) => html`<div class="stack tight" key=${`${line.cluster} ${line.start}`}>
    <span class="small muted">${line.device} · ${span(line.start, line.end)}</span>
    <${Timeline} runs=${line.series.points} start=${line.start} end=${line.end} label=${t("evidence.plot_label", { quantity: t("quantity.state"), names: line.device })} />
  </div>`)}</div>`;
}

function Drawn({ measure, lines }) {
  const isEnergy = measure === "energy";
  const named = lines.map((line, index) => ({ ...line.series, device_name: line.device ?? t("evidence.site"), colour: index }));
  const data = useMemo(() => dataOf(isEnergy, named), [lines]);
  const series = useMemo(() => (isEnergy ? barSeries(named) : lineSeries(named)), [lines, scheme.value]);
  // Behind a line alone stand its extremes: the highest reading is not that of a mean.
  const bands = useMemo(() => (data.length > 2 && !isEnergy && named.length === 1 ? [{ series: [3, 2], fill: token("band") }] : undefined), [lines, scheme.value]);
  const marks = useMemo(() => (isEnergy ? undefined : (plot) => drawMarks(plot, measure, lines)), [lines]);
  const total = named.reduce((sum, one) => sum + one.points.reduce((part, point) => part + (point.sum ?? 0), 0), 0);
  const unit = named[0].unit;
  return html`<${Plot} data=${data} series=${series} unit=${unit} bands=${bands} marks=${marks} height=${HEIGHT}
      label=${t("evidence.plot_label", { quantity: t(`quantity.${measure}`), names: named.map((one) => one.device_name).join(", ") })} />
    ${named.length > 1 && html`<${Legend} list=${named} />`}
    ${isEnergy && html`<p class="small muted">${t("evidence.bars_sum", { total: quantity(total, unit, 4) })}</p>`}`;
}

/** Lines break at gaps where there is one; several share an axis of times. */
function dataOf(isEnergy, named) {
  if (!isEnergy && named.length === 1) return columnsOf(named[0]);
  if (!isEnergy) return joined(named);
  const [times, ...sums] = stacked(aligned(named));
  const last = times.at(-1) + named[0].bucket_s;
  // The tallest first: each next bar is drawn over the part that is not its own.
  return [[...times, last], ...sums.reverse().map((column) => [...column, null])];
}

function lineSeries(named) {
  const lines = named.map((one) => ({ label: one.device_name, unit: one.unit, colour: colourOf(one.colour) }));
  const extremes = ["min", "max"].map((key) => ({ label: t(`stat.${key}`), unit: named[0].unit, colour: "transparent", width: 0 }));
  return named.length === 1 ? [...lines, ...extremes] : lines;
}

function barSeries(named) {
  const plain = aligned(named).slice(1);
  return named.map((one, index) => ({
    label: one.device_name, unit: one.unit, colour: colourOf(one.colour), fill: colourOf(one.colour), width: 0, paths: bars,
    valueAt: (at) => plain[index][at],
  })).reverse();
}
