// A day of the site, device on device.
import { fromInput, quantity, shortDate, startOfDay, toInput } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { now } from "../../lib/site.js";
import { Legend, StackPlot } from "../../plots/stack_plot.js";
import { Empty, Loaded } from "../../ui/states.js";
import { ComparedEnergy, DayChoice, useOtherDay } from "./compared_day.js";
import { readPower } from "./data.js";

/** `active` and `silent` devices; those that are silent now may have drawn something on an earlier day. */
export function Day({ active, silent }) {
  const [daysBack, setDaysBack] = useState(0);
  const [name, setName] = useState("");
  const today = startOfDay(now());
  const start = startOfDay(today, -daysBack);
  const isToday = daysBack === 0;
  const all = [...active, ...silent];
  const devices = isToday ? active : all;
  const end = isToday ? now() : startOfDay(today, 1 - daysBack);
  const clusters = devices.map((device) => device.cluster).join();
  const state = useLoaded((signal) => readPower(devices, start, end, signal), [clusters, daysBack, start.getTime()],
    { everyMs: isToday ? 60_000 : 0 });
  const { other, compared, state: otherState } = useOtherDay(all, start, name);
  const choose = (text) => {
    if (text) setDaysBack(Math.max(0, Math.round((today - startOfDay(fromInput(`${text}T12:00`))) / 86_400_000)));
  };
  return html`<section class="card stack" aria-labelledby="day-title">
    <div class="between">
      <h2 id="day-title">${t("overview.day", { day: isToday ? t("time.today") : shortDate(start) })}</h2>
      <div class="row">
        <${DayChoice} start=${start} name=${name} onChoose=${setName} />
        <div class="row">
          <button class="small" aria-label=${t("overview.day_before")} onClick=${() => setDaysBack(daysBack + 1)}>‹</button>
          <input type="date" aria-label=${t("overview.day_pick")} value=${toInput(start).slice(0, 10)}
            max=${toInput(today).slice(0, 10)} onChange=${(event) => choose(event.target.value)} />
          <button class="small" aria-label=${t("overview.day_after")} disabled=${isToday} onClick=${() => setDaysBack(daysBack - 1)}>›</button>
        </div>
      </div>
    </div>
    <${Loaded} state=${state} size="tall">${(list) => {
      const drawn = list.filter((series) => series.points.length > 0);
      if (drawn.length === 0) return html`<${Empty} title=${t("overview.day_empty")} />`;
      return html`<${StackPlot} list=${drawn} compared=${compared} label=${t("overview.day_label", { value: quantity(peakOf(drawn), "W") })} />
        <${Legend} list=${drawn} />`;
    }}</${Loaded}>
    ${other && html`<${Loaded} state=${otherState}>${() => !compared && html`<p class="banner note">${t("compare.empty")}</p>`}</${Loaded}>
      <${ComparedEnergy} start=${start} end=${end} other=${other} />`}
  </section>`;
}

function peakOf(list) {
  const totals = new Map();
  for (const series of list) {
    for (const point of series.points) totals.set(point.start, (totals.get(point.start) ?? 0) + (point.mean ?? 0));
  }
  return Math.max(0, ...totals.values());
}
