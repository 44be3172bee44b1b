// From a series' points to columns for a plot: gaps become gaps, several devices share one time axis.
const LONGEST_BREAK = 2.5;

/** The usual spacing of points in seconds: the median, never less than the bucket. */
export function spacingOf(points, bucketS) {
  const steps = [];
  for (let index = 1; index < points.length; index += 1) {
    steps.push((Date.parse(points[index].start) - Date.parse(points[index - 1].start)) / 1000);
  }
  steps.sort((left, right) => left - right);
  return Math.max(bucketS, steps[Math.floor(steps.length / 2)] ?? bucketS);
}

/** `[times in seconds, mean, min, max]`; where readings are missing for long, a null breaks the line. */
export function columnsOf(series) {
  const times = [], means = [], lows = [], highs = [];
  const longest = LONGEST_BREAK * spacingOf(series.points, series.bucket_s);
  for (const point of series.points) {
    const at = Date.parse(point.start) / 1000;
    const before = times.at(-1);
    if (before !== undefined && at - before > longest) {
      times.push(before + series.bucket_s);
      for (const column of [means, lows, highs]) column.push(null);
    }
    times.push(at);
    means.push(point.mean ?? point.sum ?? null);
    lows.push(point.min ?? point.mean ?? null);
    highs.push(point.max ?? point.mean ?? null);
  }
  return [times, means, lows, highs];
}

/** Spans without readings, longer than usual, inside a series. */
export function gapsOf(series) {
  const longest = LONGEST_BREAK * spacingOf(series.points, series.bucket_s) * 1000;
  const gaps = [];
  for (let index = 1; index < series.points.length; index += 1) {
    const from = Date.parse(series.points[index - 1].start) + series.bucket_s * 1000;
    const to = Date.parse(series.points[index].start);
    if (to - from > longest) gaps.push({ start: new Date(from), end: new Date(to) });
  }
  return gaps;
}

/** Several series on one axis: `[times, values of the first, of the second, …]`, null where one has no point. */
export function aligned(list) {
  const timeOf = (point) => Date.parse(point.start) / 1000;
  const times = [...new Set(list.flatMap((series) => series.points.map(timeOf)))].sort((left, right) => left - right);
  const rows = new Map(times.map((at, index) => [at, index]));
  const columns = list.map((series) => {
    const column = new Array(times.length).fill(null);
    for (const point of series.points) column[rows.get(timeOf(point))] = point.mean ?? point.sum ?? null;
    return column;
  });
  return [times, ...columns];
}

/** What several series add up to, moved by `shiftMs`: a series of its own. */
export function totalOf(list, shiftMs) {
  const totals = new Map();
  for (const point of list.flatMap((series) => series.points)) {
    const at = Date.parse(point.start) + shiftMs;
    totals.set(at, (totals.get(at) ?? 0) + (point.mean ?? 0));
  }
  return { points: [...totals].map(([at, mean]) => ({ start: new Date(at).toISOString(), mean })) };
}

/**
 * Several lines on one axis, `[times, means of the first, …]`: readings of other devices lie between a line's own, so
 * where a line has no point it goes on (undefined); only its own gaps break it (null).
 */
export function joined(list) {
  const all = list.map(columnsOf);
  const times = [...new Set(all.flatMap(([own]) => own))].sort((left, right) => left - right);
  const rows = new Map(times.map((at, index) => [at, index]));
  return [times, ...all.map(([own, means]) => spread(times.length, rows, own, means))];
}

/** Values at the rows of their times; undefined, not null, where there is none: a line goes on over it. */
function spread(length, rows, times, values) {
  const column = new Array(length).fill(undefined);
  times.forEach((at, index) => { column[rows.get(at)] = values[index]; });
  return column;
}

/** A series with another one moved onto its axis by `shiftMs`: `[times, highs, lows, means, the other's means]`. */
export function overlaid(series, other, shiftMs) {
  const [own, means, lows, highs] = columnsOf(series);
  const [others, otherMeans] = columnsOf(other);
  const moved = others.map((at) => at + shiftMs / 1000);
  const times = [...new Set([...own, ...moved])].sort((left, right) => left - right);
  const rows = new Map(times.map((at, index) => [at, index]));
  const placed = (at, values) => spread(times.length, rows, at, values);
  return [times, placed(own, highs), placed(own, lows), placed(own, means), placed(moved, otherMeans)];
}

/** Each column on top of the ones before it; a missing value adds nothing, a row without any stays a gap. */
export function stacked([times, ...columns]) {
  const totals = new Array(times.length).fill(0);
  const isThere = times.map((_, row) => columns.some((column) => column[row] !== null));
  const sums = columns.map((column) => column.map((value, row) => {
    totals[row] += value ?? 0;
    return isThere[row] ? totals[row] : null;
  }));
  return [times, ...sums];
}
