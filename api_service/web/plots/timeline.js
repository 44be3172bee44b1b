// States of a device along a span, as coloured pieces of one bar.
import { dateTime, duration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { colourOf } from "./colours.js";
import { Swatch } from "./stack_plot.js";

/** `runs` are `{start, end, state}` in order; the state that lasts longest is the background, the others are coloured. */
export function Timeline({ runs, start, end, label }) {
  const lasted = new Map();
  for (const run of runs) lasted.set(run.state, (lasted.get(run.state) ?? 0) + (new Date(run.end) - new Date(run.start)));
  const states = [...lasted.keys()].sort((left, right) => lasted.get(right) - lasted.get(left));
  const total = new Date(end) - new Date(start);
  const share = (from, to) => `${(100 * (new Date(to) - new Date(from))) / total}%`;
  const colour = (state) => (state === states[0] ? "var(--line)" : colourOf(states.indexOf(state) - 1));
  return html`<div class="stack tight"><div class="timeline" role="img" aria-label=${label}>
    ${runs.map((run, index) => html`<span key=${run.start} title=${`${run.state}: ${dateTime(run.start)}, ${duration(new Date(run.end) - new Date(run.start))}`}
      style=${{ background: colour(run.state), width: share(run.start, run.end), marginInlineStart: share(runs[index - 1]?.end ?? start, run.start) }}></span>`)}
  </div>
  <ul class="legend">${states.map((state) => html`<li key=${state}><${Swatch} colour=${colour(state)} />${state}</li>`)}</ul></div>`;
}
