// Power of several devices on top of each other: the height is the site.
import { html, useMemo } from "../lib/html.js";
import { colourOf, scheme, token } from "./colours.js";
import { aligned, stacked } from "./grid.js";
import { Plot } from "./plot.js";

const DASHES = [6, 4];

/** `compared` is `{series, label}`: a total of another day, drawn as a dashed line over the areas. */
export function StackPlot({ list, compared, label, ...more }) {
  const plain = useMemo(() => aligned(compared ? [...list, compared.series] : list), [list, compared?.series]);
  const data = useMemo(() => {
    const areas = stacked(plain.slice(0, list.length + 1));
    return compared ? [...areas, plain.at(-1)] : areas;
  }, [plain]);
  const series = useMemo(() => [
    ...list.map((one, index) => ({
      label: one.device_name, unit: one.unit, colour: colourOf(one.colour ?? index),
      // Without an outline: the topmost device's would run along the whole site, however little it draws.
      fill: `${colourOf(one.colour ?? index)}c8`, width: 0, valueAt: (at) => plain[index + 1][at],
    })),
    ...(compared ? [{ label: compared.label, unit: list[0].unit, colour: token("text"), dash: DASHES }] : []),
  ], [plain, compared?.label, scheme.value]);
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
