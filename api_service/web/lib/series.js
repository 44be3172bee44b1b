// Series of several devices: one request where the server takes several at once, else one a device.
import { getJson } from "./api.js";
import { offers } from "./site.js";

export async function readSeries(clusters, query, signal) {
  if (clusters.length > 1 && offers("/api/devices/series")) {
    const { series } = await getJson("api/devices/series", { cluster: clusters, ...query }, { signal });
    return series;
  }
  return Promise.all(clusters.map((cluster) => getJson(`api/devices/${cluster}/series`, query, { signal })));
}
