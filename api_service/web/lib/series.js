// Series of several devices: one request where the server takes several at once, else one a device.
import { getJson } from "./api.js";
import { offers } from "./site.js";

const MOST_AT_ONCE = 100;

/** What makes up the site: its mains where there are any, for they measure all others too. */
export function counted(rows) {
  const mains = rows.filter((row) => row.role === "mains");
  return mains.length ? mains : rows;
}

/** `options` are those of each request, such as `signal`. */
export async function readSeries(clusters, query, options) {
  if (!offers("/api/devices/series")) {
    return Promise.all(clusters.map((cluster) => getJson(`api/devices/${cluster}/series`, query, options)));
  }
  const parts = [];
  for (let from = 0; from < clusters.length; from += MOST_AT_ONCE) parts.push(clusters.slice(from, from + MOST_AT_ONCE));
  const read = (part) => getJson("api/devices/series", { cluster: part, ...query }, options);
  return (await Promise.all(parts.map(read))).flatMap(({ series }) => series);
}
