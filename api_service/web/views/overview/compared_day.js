// A day of the site beside another one: its power as a line over the plot, and what each used.
import { getJson } from "../../lib/api.js";
import { change, date, fromInput, quantity, shortDate, startOfDay, toInput } from "../../lib/format.js";
import { html, useId, useMemo } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { keptAs } from "../../lib/kept.js";
import { useLoaded } from "../../lib/load.js";
import { readSeries } from "../../lib/series.js";
import { totalOf } from "../../plots/grid.js";
import { Loaded } from "../../ui/states.js";

const DAYS = { day: 1, week: 7 };

/** The day that `start` is compared with: by name, or its own date; null without one. */
function otherDay(start, name) {
  if (name === "") return null;
  return Object.hasOwn(DAYS, name) ? startOfDay(start, -DAYS[name]) : startOfDay(fromInput(`${name}T12:00`));
}

export function DayChoice({ start, name, onChoose }) {
  const id = useId();
  const day = (moment) => toInput(moment).slice(0, 10);
  const isDate = name !== "" && !Object.hasOwn(DAYS, name);
  return html`<div class="row small"><label for=${id}>${t("compare.with")}</label>
    <select id=${id} value=${isDate ? "date" : name}
      onChange=${(event) => onChoose(event.target.value === "date" ? day(startOfDay(start, -1)) : event.target.value)}>
      ${["", "day", "week", "date"].map((one) => html`<option key=${one} value=${one}>${t(`compare.${one || "nothing"}`)}</option>`)}</select>
    ${isDate && html`<input type="date" aria-label=${t("overview.other_day")} value=${name}
      onChange=${(event) => event.target.value && onChoose(event.target.value)} />`}</div>`;
}

/** A day's power of every device, in the pieces of the plot. */
const readWhole = (devices, start, signal) => readSeries(devices.map((device) => device.cluster), {
  quantity: "power", start: start.toISOString(), end: startOfDay(start, 1).toISOString(), bucket: "15m",
}, { signal });

/** `{other, compared, state}` of the chosen day: what the plot draws over its own, and how its readings are. */
export function useOtherDay(devices, start, name) {
  const other = otherDay(start, name);
  const state = useLoaded((signal) => (other ? readWhole(devices, other, signal) : null),
    [devices.map((device) => device.cluster).join(), other?.getTime()]);
  const compared = useMemo(() => other && state.data && {
    series: totalOf(state.data, start - other), label: shortDate(other),
  }, [state.data, other?.getTime(), start.getTime()]);
  return { other, compared: compared?.series.points.length ? compared : null, state };
}

async function readEnergy(start, end, headers, signal) {
  const { periods } = await getJson("api/energy", { start: start.toISOString(), end: end.toISOString() }, { signal, headers });
  return periods.reduce((sum, period) => sum + period.energy_kwh, 0);
}

/** What the site used on both days; of a day that is not over, up to the same time. */
export function ComparedEnergy({ start, end, other }) {
  const isWhole = end.getTime() === startOfDay(start, 1).getTime();
  const otherEnd = isWhole ? startOfDay(other, 1) : new Date(other.getTime() + (end - start));
  const headers = (name) => (isWhole ? {} : keptAs(`site today, ${name}`));
  const state = useLoaded((signal) => Promise.all([
    readEnergy(start, end, headers("own"), signal), readEnergy(other, otherEnd, headers(`beside ${toInput(other)}`), signal),
  ]), [start.getTime(), isWhole || Math.floor(end / 60_000), other.getTime()]);
  return html`<${Loaded} state=${state}>${([own, others]) => html`<p class="small" data-part="compared">${t(isWhole ? "overview.compared" : "overview.compared_so_far", {
    own: quantity(own, "kWh"), other: quantity(others, "kWh"), day: date(other), change: changeOf(own, others),
  })}</p>`}</${Loaded}>`;
}

const changeOf = (own, others) => change(others > 0 ? own / others - 1 : null);
