// How the server's parts are, in words.
import { ApiError, getJson } from "../../lib/api.js";
import { html } from "../../lib/html.js";
import { t, tOr } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { Loaded } from "../../ui/states.js";

const EVERY_MS = 10_000;

/** A server that is not ready says so with 503 and the same body. */
async function readHealth(signal) {
  try {
    return await getJson("health/ready", {}, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 503 && error.problem.parts) return error.problem;
    throw error;
  }
}

export function Health() {
  const state = useLoaded(readHealth, [], { everyMs: EVERY_MS });
  return html`<section class="card stack" aria-labelledby="health-title"><h2 id="health-title">${t("settings.health")}</h2>
    <${Loaded} state=${state}>${({ status, parts }) => html`
      <p class=${status === "ready" ? "good-text" : "bad-text"}>${t(status === "ready" ? "settings.ready" : "settings.not_ready")}</p>
      <div class="scroll" tabindex="0" role="group" aria-labelledby="health-title"><table><tbody>${Object.entries(parts).map(([name, part]) => html`<tr key=${name}>
        <th scope="row">${tOr(`health.${name}`, name)}</th>
        <td><span class=${`badge ${part.ok ? "on" : "bad"}`}>${t(part.ok ? "settings.ok" : "settings.away")}</span></td>
        <td class="break">${part.detail}</td></tr>`)}</tbody></table></div>`}</${Loaded}></section>`;
}
