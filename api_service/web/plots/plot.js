// uPlot as a component: axes in the site's zone and the browser's locale, zoom by brush, wheel and keys.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { number, partsOf, shortDate, time } from "../lib/format.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { language } from "../lib/i18n.js";
import { zone } from "../lib/site.js";
import { scheme, token } from "./colours.js";
import { Readout } from "./readout.js";
import { zoomByKeys, zoomByWheel } from "./zoom.js";

const HEIGHT = 280;
const LABEL_ROOM = 24;
const FEWEST_PIXELS = 8; // a shorter drag is a click

/**
 * `data` are uPlot's columns; `series` say `{label, colour, unit, …}` of each; `onZoom(from, to)` gets seconds.
 * `marks(plot, context)` draws on top. `readout(index)` names what stands at a place.
 */
export function Plot(props) {
  const { data, series, label, onZoom, height = HEIGHT, id } = props;
  const host = useRef(null);
  const [at, setAt] = useState(null);
  useEffect(() => {
    const place = host.current;
    const width = () => Math.max(200, place.clientWidth);
    const options = { ...optionsOf(props, setAt), width: width(), height };
    const plot = new uPlot(options, data, place);
    const watching = new ResizeObserver(() => {
      if (Math.abs(plot.width - width()) > 1) plot.setSize({ width: width(), height });
    });
    watching.observe(place);
    const unwheel = onZoom && zoomByWheel(plot, onZoom);
    const unkey = onZoom && zoomByKeys(plot, place, zoomTo(plot, onZoom), props.onReset);
    place.plot = plot;
    return () => { unwheel?.(); unkey?.(); watching.disconnect(); plot.destroy(); };
  }, [data, series, scheme.value, zone.value, language.value, height]);
  return html`<div class="stack tight">
    <div class="plot" ref=${host} id=${id} role=${onZoom ? "application" : "img"} aria-label=${label}
      tabindex=${onZoom ? 0 : undefined}></div>
    <${Readout} at=${at} data=${data} series=${series} />
  </div>`;
}

function optionsOf({ series, bands, marks, onZoom, range, unit }, setAt) {
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone.value),
    legend: { show: false },
    padding: [12, 12, 0, 0],
    cursor: {
      drag: { x: Boolean(onZoom), y: false, setScale: false },
      points: { size: 7 },
    },
    scales: { x: { time: true }, y: { range: range ?? fromZero(unit) } },
    series: [{}, ...series.map(seriesOptions)],
    bands,
    axes: [timeAxis(), valueAxis(unit)],
    hooks: {
      setCursor: [(plot) => setAt(plot.cursor.idx ?? null)],
      setSelect: [(plot) => brush(plot, onZoom)],
      draw: [(plot) => marks?.(plot, plot.ctx)],
    },
  };
}

function seriesOptions({ colour, fill, width = 1.75, dash, paths, points }) {
  return { stroke: colour, fill, width, dash, paths, spanGaps: false, points: points ?? { show: false } };
}

/** Powers and energies are read against zero; voltages and frequencies against their own range. */
function fromZero(unit) {
  const isFromZero = !["V", "Hz", "1"].includes(unit);
  return (plot, low, high) => {
    if (low === null || high === null) return [0, 1];
    const bottom = isFromZero ? Math.min(0, low) : low;
    const room = (high - bottom || Math.abs(high) || 1) * 0.08;
    return [isFromZero && bottom === 0 ? 0 : bottom - room, high + room];
  };
}

function axis() {
  return {
    stroke: token("muted"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: token("line"), width: 1 },
    ticks: { show: false },
  };
}

function timeAxis() {
  const values = (plot, splits, axisIndex, space, step) => splits.map((seconds) => {
    const { min, max } = plot.scales.x;
    const latest = max - (max - min) * (LABEL_ROOM / plot.width);
    const moment = seconds * 1000;
    // A label at the very edge would be cut.
    if (seconds > latest) return null;
    const { hour, minute } = partsOf(moment);
    return step >= 86_400 || (hour === 0 && minute === 0) ? shortDate(moment) : time(moment);
  });
  return { ...axis(), values, space: 76, size: 32 };
}

/** One unit for all labels of an axis, so that they can be compared: `[factor, unit]`. */
function axisUnit(unit, highest) {
  if (["W", "VA", "var"].includes(unit) && highest >= 2000) return [0.001, `k${unit}`];
  if (unit === "kWh" && highest < 0.2) return [1000, "Wh"];
  return [1, unit === "1" ? "" : `${unit}`];
}

function valueAxis(unit) {
  const values = (plot, splits) => {
    const [factor, shown] = axisUnit(unit, Math.max(...splits.map(Math.abs)));
    return splits.map((value) => `${number(value * factor, 4)}${shown && `\u202f${shown}`}`);
  };
  return { ...axis(), values, size: 68, space: 36 };
}

/** Show the span at once, before its readings are there: the next key goes on from it. */
const zoomTo = (plot, onZoom) => (from, to) => {
  plot.setScale("x", { min: from, max: to });
  onZoom(from, to);
};

function brush(plot, onZoom) {
  const { left, width } = plot.select;
  if (onZoom && width >= FEWEST_PIXELS) zoomTo(plot, onZoom)(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  if (width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}
