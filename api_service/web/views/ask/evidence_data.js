// Which series prove an answer: from its evidence to what a plot draws and marks.
import { getJson } from "../../lib/api.js";
import { DAY_MS, HOUR_MS } from "../../lib/format.js";
import { counted, readSeries } from "../../lib/series.js";

const MEASURES = ["power", "energy", "voltage", "current", "thd", "power_factor", "frequency", "reactive_power", "apparent_power"];
const SUMMABLE = ["power", "energy", "reactive_power", "apparent_power"];
// Derived from other values of the same answer: drawn through those.
const DERIVED = ["difference", "ratio", "count", "trend"];
const THROUGH = { share: "energy", cost: "energy", gaps: "power", last_seen: "power", coverage: "power", samples: "power" };
// Told by when a device was in which state.
const STATES = ["state", "on_time", "switch_ons"];
const MOST_DEVICES = 6;
const AROUND_MOMENT_MS = 6 * HOUR_MS;
const FACTORS = { kW: 1000, MW: 1e6, Wh: 0.001, MWh: 1000, mA: 0.001, kVA: 1000, kvar: 1000 };

/** `{measure, windows: [{start, end, clusters}], facts}` of what can be drawn; null where nothing can. */
export function planOf(evidence) {
  const usable = evidence.filter((fact) => measureOf(fact));
  if (usable.length === 0) return null;
  const measure = measureOf(usable[0]);
  const facts = usable.filter((fact) => measureOf(fact) === measure);
  // A whole-site fact beside facts of devices is their background; alone it is what is drawn.
  const ofDevices = facts.filter((fact) => fact.cluster !== null && fact.cluster !== undefined);
  const drawn = (ofDevices.length ? ofDevices : facts).slice(0, MOST_DEVICES);
  if (!ofDevices.length && measure === "state") return null;
  const lines = [];
  for (const fact of drawn) {
    const [start, end] = windowOf(fact);
    const known = lines.find((line) => line.cluster === fact.cluster && line.start === start && line.end === end);
    if (known) known.facts.push(fact);
    else lines.push({ cluster: fact.cluster ?? null, device: fact.device, start, end, facts: [fact] });
  }
  return { measure, lines };
}

function measureOf(fact) {
  if (STATES.includes(fact.quantity)) return "state";
  const name = THROUGH[fact.quantity] ?? fact.quantity;
  return MEASURES.includes(name) && !DERIVED.includes(fact.statistic) ? name : null;
}

/** The fact's own window; a single moment is shown at the end of the hours before it. */
function windowOf(fact) {
  const isMoment = Date.parse(fact.end) - Date.parse(fact.start) < 1000;
  if (!isMoment) return [fact.start, fact.end];
  return [new Date(Date.parse(fact.end) - AROUND_MOMENT_MS).toISOString(), new Date(Date.parse(fact.end) + 1000).toISOString()];
}

function bucketOf(measure, start, end) {
  if (measure !== "energy") return undefined;
  const length = Date.parse(end) - Date.parse(start);
  return length <= 2 * DAY_MS ? "1h" : length <= 92 * DAY_MS ? "1d" : "30d";
}

/** The series of a plan's lines, those of the whole site summed over the devices. */
export async function readPlan({ measure, lines }, signal) {
  const read = (clusters, { start, end }) => readSeries(clusters, {
    quantity: measure, start, end, bucket: bucketOf(measure, start, end),
  }, { signal });
  return Promise.all(lines.map(async (line) => {
    if (line.cluster !== null) return { ...line, series: (await read([line.cluster], line))[0] };
    const devices = await getJson("api/devices/summary/", {}, { signal });
    // What is summed counts once; a voltage is the mean of all readings of it.
    const site = SUMMABLE.includes(measure) ? counted(devices) : devices;
    return { ...line, series: together(measure, await read(site.map((device) => device.cluster), line)) };
  }));
}

/** All devices as one: their sum, or the mean of all readings where a sum would mean nothing. */
function together(measure, all) {
  const isSum = SUMMABLE.includes(measure);
  const places = new Map();
  for (const { points } of all) {
    for (const point of points) {
      const place = places.get(point.start) ?? { total: 0, weight: 0 };
      const weight = isSum ? 1 : point.samples ?? 1;
      place.total += (point.sum ?? point.mean ?? 0) * weight;
      place.weight += weight;
      places.set(point.start, place);
    }
  }
  const key = measure === "energy" ? "sum" : "mean";
  const points = [...places].sort(([left], [right]) => left.localeCompare(right))
    .map(([start, { total, weight }]) => ({ start, [key]: isSum ? total : total / weight }));
  return { ...all[0], device_name: null, points };
}

/** A fact's value in the unit of its series. */
export function valueIn(unit, fact) {
  if (fact.unit === unit) return fact.value;
  return fact.value * (FACTORS[fact.unit] ?? 1) / (FACTORS[unit] ?? 1);
}
