// When the device was in which state, where the server tells; shown above its history.
import { getJson } from "../../lib/api.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { allowedValues } from "../../lib/site.js";
import { Timeline } from "../../plots/timeline.js";

const isOffered = () => allowedValues("/api/devices/{cluster}/series", "quantity").includes("state");

export function States({ device, span }) {
  const state = useLoaded(async (signal) => (isOffered() ? getJson(`api/devices/${device.cluster}/series`, {
    quantity: "state", start: span.start.toISOString(), end: span.end.toISOString(),
  }, { signal, headers: span.headers }) : null), [device.cluster, span.preset ?? span.start.getTime(), isOffered()]);
  const runs = state.data ? runsOf(state.data) : [];
  if (runs.length === 0) return null;
  return html`<section class="card stack" aria-labelledby="states-title"><h2 id="states-title">${t("device.states")}</h2>
    <${Timeline} runs=${runs} start=${state.data.start} end=${state.data.end} label=${t("device.states_label", { count: runs.length })} /></section>`;
}

/** Runs of known states. Each point begins one that lasts to its own end, or to the next point's start. */
function runsOf({ points, end }) {
  return points.map((point, index) => ({ ...point, end: point.end ?? points[index + 1]?.start ?? end }))
    .filter((run) => run.state);
}
