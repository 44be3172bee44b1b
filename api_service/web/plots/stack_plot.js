// Power of several devices on top of each other: the height is the site.
import { html, useMemo } from "../lib/html.js";
import { colourOf } from "./colours.js";
import { aligned, stacked } from "./grid.js";
import { Plot } from "./plot.js";

export function StackPlot({ list, label, ...more }) {
  const plain = useMemo(() => aligned(list), [list]);
  const data = useMemo(() => stacked(plain), [plain]);
  const series = useMemo(() => list.map((one, index) => ({
    label: one.device_name, unit: one.unit, colour: colourOf(one.colour ?? index),
    fill: `${colourOf(one.colour ?? index)}b0`, width: 1, valueAt: (at) => plain[index + 1][at],
  })), [list]);
  // Each area is drawn down to the sum below it.
  const bands = useMemo(() => list.slice(1).map((_, index) => ({ series: [index + 2, index + 1] })), [list]);
  return html`<${Plot} data=${data} series=${series} bands=${bands} unit=${list[0]?.unit ?? "W"} label=${label} ...${more} />`;
}

export function Legend({ list }) {
  return html`<ul class="legend">${list.map((one, index) => html`<li key=${one.device_name + index}>
    <${Swatch} colour=${colourOf(one.colour ?? index)} /><span class="clip">${one.device_name}</span></li>`)}</ul>`;
}

export function Swatch({ colour }) {
  return html`<span class="swatch" style=${{ background: colour }} aria-hidden="true"></span>`;
}
