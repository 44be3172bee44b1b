// What a kilowatt-hour costs at a moment of the site's clock, and what energy costs at such prices; pure.
import { partsOf } from "../../lib/format.js";

export const newTariff = (validFrom) => ({ valid_from: validFrom, valid_to: null, price_per_kwh: 0.25, bands: [] });
export const newBand = () => ({ price_per_kwh: 0.15, start: "22:00", end: "07:00", weekdays: [0, 1, 2, 3, 4, 5, 6] });

const minutesOf = (text) => {
  const [hour, minute] = text.split(":").map(Number);
  return hour * 60 + minute;
};

/** The tariff of a day (`YYYY-MM-DD`): the latest that has begun and has not ended. */
export function tariffOf(tariffs, day) {
  return tariffs
    .filter((one) => one.valid_from <= day && (!one.valid_to || day <= one.valid_to))
    .sort((left, right) => right.valid_from.localeCompare(left.valid_from))[0] ?? null;
}

/** The price at a minute of a weekday (Monday is 0): that of the first band that holds, else the tariff's own. */
export function priceAt(tariff, weekday, minute) {
  const band = tariff.bands.find((one) => holds(one, weekday, minute));
  return band ? band.price_per_kwh : tariff.price_per_kwh;
}

/** What lies past midnight belongs to the day on which a band begins. */
function holds(band, weekday, minute) {
  const [start, end] = [minutesOf(band.start), minutesOf(band.end)];
  const isOn = (day) => band.weekdays.includes((day + 7) % 7);
  if (start < end) return isOn(weekday) && minute >= start && minute < end;
  return (isOn(weekday) && minute >= start) || (isOn(weekday - 1) && minute < end);
}

/** The cost of hourly energies `[{start, sum}]` in kWh; null where an hour has no tariff. */
export function costOf(points, tariffs) {
  let total = 0;
  for (const point of points) {
    const { year, month, day, hour, minute } = partsOf(point.start);
    const date = `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
    const tariff = tariffOf(tariffs, date);
    if (!tariff) return null;
    const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
    total += point.sum * priceAt(tariff, weekday, hour * 60 + minute);
  }
  return total;
}
