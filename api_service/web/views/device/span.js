// The span that a device's plots show: kept in the address, so that a link shows the same.
import { DAY_MS, HOUR_MS } from "../../lib/format.js";
import { keptAs } from "../../lib/kept.js";
import { go, href, route } from "../../lib/router.js";
import { now } from "../../lib/site.js";

export const PRESETS = { "1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };
const DEFAULT = "24h";
const SHORTEST_MS = 60_000;

/** `{start, end, preset, headers}`: `headers` go with requests for it. A preset ends at "now", or at the device's last reading if that is long past. */
export function spanOf(device) {
  const { params } = route.value;
  if (params.has("from")) {
    return { start: new Date(Number(params.get("from"))), end: new Date(Number(params.get("to"))), preset: null, headers: {} };
  }
  const preset = params.get("span") ?? DEFAULT;
  const headers = keptAs(preset);
  if (preset === "all") return { start: new Date(device.first_seen), end: after(device.last_seen), preset, headers };
  const length = PRESETS[preset] ?? DAY_MS;
  const isPast = now() - new Date(device.last_seen) > length;
  const end = isPast ? after(device.last_seen) : now();
  return { start: new Date(end - length), end, preset, headers };
}

/** A moment just after a reading, so that the reading lies in the span. */
const after = (moment) => new Date(Date.parse(moment) + 1000);

function change(more) {
  const { id, params } = route.value;
  go(href("device", id, { q: params.get("q"), vs: params.get("vs"), ...more }), { isReplacing: true });
}

/** Compare the span with another one: `before`, `day`, `week`, or the day on which the other begins; "" with none. */
export function chooseComparison(name) {
  const { id, params } = route.value;
  go(href("device", id, { ...Object.fromEntries(params), vs: name }), { isReplacing: true });
}

export const choosePreset = (preset) => change({ span: preset });

/** Show `[from, to]` in seconds; not shorter than a minute, not past the moment that is now. */
export function chooseSpan(from, to) {
  const latest = Math.max(now().getTime(), Number(route.value.params.get("to") ?? 0));
  const length = Math.max(SHORTEST_MS, (to - from) * 1000);
  const end = Math.min(latest, Math.max(to * 1000, from * 1000 + length));
  change({ from: Math.round(end - length), to: Math.round(end) });
}

export function chooseQuantity(quantity) {
  const { id, params } = route.value;
  const kept = Object.fromEntries(params);
  go(href("device", id, { ...kept, q: quantity }), { isReplacing: true });
}
