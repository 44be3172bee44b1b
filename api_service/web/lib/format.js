// Numbers, units and moments as people read them: the browser's locale, the site's time zone.
import { locale } from "./i18n.js";
import { zone } from "./site.js";

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const MISSING = "–";

/** `digits` significant digits for small values, no decimals from 1000 on. */
export function number(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return MISSING;
  const options = Math.abs(value) >= 1000
    ? { maximumFractionDigits: 0 }
    : { maximumSignificantDigits: digits };
  return new Intl.NumberFormat(locale(), options).format(value);
}

/** A value with its unit, kilo where that reads better; a unit of 1 is no unit. */
export function quantity(value, unit, digits = 3) {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === "string") return unit === "timestamp" ? dateTime(value) : value;
  const [shown, shownUnit] = scaled(value, unit);
  const text = number(shown, digits);
  return shownUnit === "1" || !shownUnit ? text : `${text}\u202f${shownUnit}`;
}

function scaled(value, unit) {
  const size = Math.abs(value);
  if (["W", "Wh", "VA", "var"].includes(unit) && size >= 1000) return [value / 1000, `k${unit}`];
  if (unit === "kWh" && size >= 10_000) return [value / 1000, "MWh"];
  if (unit === "kWh" && size > 0 && size < 0.1) return [value * 1000, "Wh"];
  return [value, unit];
}

export function percent(share) {
  if (share === null || share === undefined) return MISSING;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** A change as a share with its sign; one that rounds to nothing has none. */
export function change(share) {
  if (share === null || share === undefined) return MISSING;
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" }).format(share);
}

export function money(value, currency) {
  return new Intl.NumberFormat(locale(), { style: "currency", currency }).format(value);
}

// Making a formatter costs a hundred times what using it does.
const formatters = new Map();
function inZone(options, language = locale()) {
  const key = `${language} ${zone.value} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) {
    formatters.set(key, new Intl.DateTimeFormat(language, { timeZone: zone.value, ...options }));
  }
  return formatters.get(key);
}

export const dateTime = (moment) => inZone({ dateStyle: "medium", timeStyle: "short" }).format(new Date(moment));
export const date = (moment) => inZone({ weekday: "short", day: "numeric", month: "short", year: "numeric" })
  .format(new Date(moment));
export const shortDate = (moment) => inZone({ weekday: "short", day: "numeric", month: "short" })
  .format(new Date(moment));
export const time = (moment) => inZone({ timeStyle: "short" }).format(new Date(moment));
export const timeWithSeconds = (moment) => inZone({ timeStyle: "medium" }).format(new Date(moment));

/** Both ends of a span, the day once where it is the same; a span of whole days by its days. */
export function span(start, end) {
  const [from, to] = [new Date(start), new Date(end)];
  if (isMidnight(from) && isMidnight(to)) {
    const last = new Date(to - 1);
    return date(from) === date(last) ? date(from) : `${date(from)} – ${date(last)}`;
  }
  return date(from) === date(to)
    ? `${date(from)}, ${time(from)} – ${time(to)}`
    : `${date(from)}, ${time(from)} – ${date(to)}, ${time(to)}`;
}

const isMidnight = (moment) => partsOf(moment).hour === 0 && partsOf(moment).minute === 0;

/** How long something lasts, in its one or two largest units. */
export function duration(ms) {
  const style = (value, unit) => new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short" })
    .format(value);
  if (ms < MINUTE_MS) return style(Math.round(ms / 1000), "second");
  if (ms < HOUR_MS) return style(Math.round(ms / MINUTE_MS), "minute");
  if (ms < 2 * DAY_MS) {
    const minutes = Math.round(ms / MINUTE_MS);
    const rest = minutes % 60 && ms < 10 * HOUR_MS ? ` ${style(minutes % 60, "minute")}` : "";
    return style(Math.floor(minutes / 60), "hour") + rest;
  }
  return style(Math.floor(ms / DAY_MS), "day");
}

export function ago(moment, now) {
  const ms = Math.max(0, new Date(now) - new Date(moment));
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  if (ms < HOUR_MS) return relative.format(-Math.round(ms / MINUTE_MS), "minute");
  if (ms < 2 * DAY_MS) return relative.format(-Math.round(ms / HOUR_MS), "hour");
  return relative.format(-Math.round(ms / DAY_MS), "day");
}

/** The site's wall clock at a moment, as numbers. */
export function partsOf(moment) {
  const parts = inZone({
    hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  }, "en-GB").formatToParts(new Date(moment));
  return Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
}

/** The moment at which the site's day of `moment` began; `days` moves it by whole days of the calendar. */
export function startOfDay(moment, days = 0) {
  const { year, month, day } = partsOf(moment);
  return fromWallClock(year, month, day + days);
}

/** The moment of a wall clock time at the site; the offset is looked for twice because it may change. */
export function fromWallClock(year, month, day, hour = 0, minute = 0) {
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  let guess = wanted;
  for (let round = 0; round < 2; round += 1) {
    const seen = partsOf(guess);
    const shown = Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute, seen.second);
    guess += wanted - shown;
  }
  return new Date(guess);
}

/** A moment as `datetime-local` inputs hold it, in the site's zone. */
export function toInput(moment) {
  const { year, month, day, hour, minute } = partsOf(moment);
  const two = (value) => String(value).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

export function fromInput(text) {
  const [year, month, day, hour, minute] = text.split(/[-T:]/).map(Number);
  return fromWallClock(year, month, day, hour, minute);
}
