// A small line without axes: the shape of a device's last day.
import { html } from "../lib/html.js";
import { columnsOf } from "./grid.js";

const WIDTH = 240, HEIGHT = 40;

export function Spark({ series }) {
  const [times, values] = columnsOf(series);
  if (times.length < 2) return html`<svg class="spark" aria-hidden="true"></svg>`;
  const from = Date.parse(series.start) / 1000, to = Date.parse(series.end) / 1000;
  const high = Math.max(...values, 1e-9), low = Math.min(0, ...values);
  const x = (at) => ((at - from) / (to - from)) * WIDTH;
  const y = (value) => HEIGHT - 1 - ((value - low) / (high - low)) * (HEIGHT - 2);
  let line = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const isStart = index === 0 || values[index - 1] === null;
    line += `${isStart ? "M" : "L"}${x(times[index]).toFixed(1)} ${y(value).toFixed(1)}`;
  });
  return html`<svg class="spark" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true"><path d=${line} /></svg>`;
}
