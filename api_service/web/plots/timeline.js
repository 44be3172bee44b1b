// States of a device along a span, as coloured pieces of one bar.
import { dateTime, duration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { colourOf } from "./colours.js";
import { Swatch } from "./stack_plot.js";

/** `runs` are `{start, end, state}` in order; states take colours in the order of their first appearance. */
export function Timeline({ runs, start, end, label }) {
  const states = [...new Set(runs.map((run) => run.state))];
  const total = new Date(end) - new Date(start);
  const share = (from, to) => `${(100 * (new Date(to) - new Date(from))) / total}%`;
  const colour = (state) => colourOf(states.indexOf(state));
  return html`<div class="stack tight"><div class="timeline" role="img" aria-label=${label}>
    ${runs.map((run, index) => html`<span key=${run.start} title=${`${run.state}: ${dateTime(run.start)}, ${duration(new Date(run.end) - new Date(run.start))}`}
      style=${{ background: colour(run.state), width: share(run.start, run.end), marginInlineStart: share(runs[index - 1]?.end ?? start, run.start) }}></span>`)}
  </div>
  <ul class="legend">${states.map((state) => html`<li key=${state}><${Swatch} colour=${colour(state)} />${state}</li>`)}</ul></div>`;
}
