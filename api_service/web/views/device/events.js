// Where readings are missing, and what happened to the supply: sags, swells, interruptions.
import { getJson } from "../../lib/api.js";
import { dateTime, duration, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t, tOr } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { offers } from "../../lib/site.js";
import { gapsOf } from "../../plots/grid.js";
import { Loaded } from "../../ui/states.js";

const MOST_SHOWN = 50;
const PATHS = { gaps: "/api/devices/{cluster}/gaps", events: "/api/devices/{cluster}/events" };

/** Gaps by the server's own count where it offers it, else those that the plot shows. */
async function readGaps(device, span, signal) {
  if (offers(PATHS.gaps)) {
    return rowsOf(await getJson(`api/devices/${device.cluster}/gaps`, between(span), { signal, headers: span.headers }));
  }
  return gapsOf(await getJson(`api/devices/${device.cluster}/series`, between(span), { signal, headers: span.headers }));
}

const between = ({ start, end }) => ({ start: start.toISOString(), end: end.toISOString() });
const rowsOf = (body) => (Array.isArray(body) ? body : body.items ?? body.gaps ?? body.events ?? []);

export function Events({ device, span }) {
  const keys = [device.cluster, span.preset ?? span.start.getTime(), span.preset ?? span.end.getTime(), offers(PATHS.events)];
  const gaps = useLoaded((signal) => readGaps(device, span, signal), keys);
  const events = useLoaded(async (signal) => (offers(PATHS.events)
    ? rowsOf(await getJson(`api/devices/${device.cluster}/events`, between(span), { signal, headers: span.headers })) : null), keys);
  return html`<section class="card stack" aria-labelledby="events-title"><h2 id="events-title">${t("device.events")}</h2>
    <${Loaded} state=${events}>${(rows) => (rows === null ? null
      : html`<${EventList} rows=${rows} empty=${t("device.no_events")} />`)}</${Loaded}>
    ${events.data === null && !events.isLoading && !events.error && html`<p class="small muted">${t("device.events_not_offered")}</p>`}
    <h3>${t("device.gaps")}</h3>
    <${Loaded} state=${gaps}>${(rows) => html`<${EventList} rows=${rows} empty=${t("device.no_gaps")} />`}</${Loaded}>
  </section>`;
}

function EventList({ rows, empty }) {
  if (rows.length === 0) return html`<p class="small muted">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("device.events")}><table><thead><tr><th scope="col">${t("event.kind")}</th>
    <th scope="col">${t("event.start")}</th><th scope="col" class="number">${t("event.lasted")}</th><th scope="col" class="number">${t("event.value")}</th></tr></thead>
    <tbody>${rows.slice(0, MOST_SHOWN).map((row, index) => html`<tr key=${index}>
      <td>${tOr(`event.${row.kind ?? "gap"}`, row.kind)}</td><td>${dateTime(row.start)}</td>
      <td class="number">${row.end ? duration(new Date(row.end) - new Date(row.start)) : "–"}</td>
      <td class="number">${row.value === undefined ? "–" : quantity(row.value, row.unit)}</td></tr>`)}</tbody></table></div>
    ${rows.length > MOST_SHOWN && html`<p class="small muted">${t("device.more_events", { count: rows.length - MOST_SHOWN })}</p>`}`;
}
