// The values under the cursor, as a line of text below a plot.
import { dateTime, quantity } from "../lib/format.js";
import { Fragment, html } from "../lib/html.js";
import { t } from "../lib/i18n.js";

const MOST_SHOWN = 6;

export function Readout({ at, data, series }) {
  const named = series.map((one, index) => ({ ...one, index })).filter((one) => one.label);
  if (at === null || data[0][at] === undefined) {
    return html`<p class="readout" aria-hidden="true">${t("plot.hint")}</p>`;
  }
  const values = named
    .map((one) => ({ ...one, value: one.valueAt ? one.valueAt(at) : data[one.index + 1][at] }))
    .filter((one) => one.value !== null && one.value !== undefined);
  const shown = values.length > MOST_SHOWN
    ? [...values].sort((left, right) => right.value - left.value).slice(0, MOST_SHOWN) : values;
  return html`<p class="readout">${dateTime(data[0][at] * 1000)}
    ${shown.map((one) => html`<${Fragment} key=${one.label}>${" · "}${one.label}${" "}<b>${quantity(one.value, one.unit)}</b></${Fragment}>`)}
  </p>`;
}
