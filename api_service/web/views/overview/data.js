// What the overview asks the server for.
import { getJson } from "../../lib/api.js";
import { DAY_MS, HOUR_MS, startOfDay } from "../../lib/format.js";
import { t } from "../../lib/i18n.js";
import { keptAs } from "../../lib/kept.js";
import { counted, readSeries } from "../../lib/series.js";
import { now } from "../../lib/site.js";
import { REST } from "../../plots/colours.js";
import { totalOf } from "../../plots/grid.js";

const RECENT_HOURS = 0.25;
const USUAL_DAYS = 7;
const FEWEST_DAYS = 2;
const MOST_DRAWN = 11;

/** Devices with what they draw now, over the last 24 hours and in all; active and silent apart. */
export async function readDevices(signal) {
  const [day, recent, all] = await Promise.all([
    getJson("api/devices/", { hours: 24 }, { signal }),
    getJson("api/devices/", { hours: RECENT_HOURS }, { signal }),
    getJson("api/devices/summary/", {}, { signal }),
  ]);
  const drawn = new Map(recent.map((row) => [row.cluster, row]));
  const lives = new Map(all.map((row) => [row.cluster, row]));
  const active = day.map((row) => ({
    ...row, usual: lives.get(row.cluster), power_now_w: powerNow(row, drawn.get(row.cluster)),
  }));
  const seen = new Set(day.map((row) => row.cluster));
  return { active, silent: all.filter((row) => !seen.has(row.cluster)) };
}

/** What a device draws now: its newest reading where that is recent, else nothing is known. */
const powerNow = (row, recent) => (recent ? row.power_w ?? recent.average_power_w : null);

/** Energy since midnight, and the median of what it was by this time on the days before. */
export async function readToday(signal) {
  const end = now();
  const hours = (end - startOfDay(end)) / HOUR_MS;
  if (hours <= 0) return { energy_kwh: 0, usual_kwh: null, days: 0 };
  const until = (moment, daysBefore) => getJson("api/devices/", { hours, as_of: moment.toISOString() },
    { signal, headers: keptAs(`until now, ${daysBefore} days before`) });
  const moments = Array.from({ length: USUAL_DAYS }, (_, index) => new Date(end - (index + 1) * DAY_MS));
  const [today, ...before] = await Promise.all([end, ...moments].map(until));
  const total = (rows) => counted(rows).reduce((sum, row) => sum + row.energy_kwh, 0);
  const usual = before.filter((rows) => rows.length > 0).map(total).sort((left, right) => left - right);
  return {
    energy_kwh: total(today), days: usual.length,
    usual_kwh: usual.length >= FEWEST_DAYS ? median(usual) : null,
  };
}

const median = (sorted) => (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;

/** Power of each device in a span, with the colour that it keeps; those after the largest as one. Today's ends at "now". */
export async function readPower(devices, start, end, signal) {
  const bucket = end - start > 2 * DAY_MS ? "1h" : "15m";
  const list = await readSeries(devices.map((device) => device.cluster), {
    quantity: "power", start: start.toISOString(), end: end.toISOString(), bucket,
  }, { signal, headers: end < startOfDay(start, 1) ? keptAs("today") : {} });
  const rest = list.splice(MOST_DRAWN);
  const drawn = list.map((series, index) => ({ ...series, colour: index < REST ? index : index + 1 }));
  return rest.length ? [...drawn, { ...totalOf(rest, 0), unit: "W", colour: REST, device_name: t("overview.others", { count: rest.length }) }] : drawn;
}

/** The last day of each device, for its card; by cluster. */
export async function readSparks(clusters, signal) {
  const end = now();
  const list = await readSeries(clusters, {
    quantity: "power", start: new Date(end - DAY_MS).toISOString(), end: end.toISOString(), bucket: "15m",
  }, { signal, headers: keptAs("last day") });
  return new Map(list.map((series) => [series.cluster, series]));
}
