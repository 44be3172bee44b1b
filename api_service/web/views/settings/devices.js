// All devices with their names and groups, to put in order at one place.
import { getJson } from "../../lib/api.js";
import { dateTime } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { href } from "../../lib/router.js";
import { Loaded } from "../../ui/states.js";
import { Naming } from "../device/naming.js";

export function DeviceTable() {
  const state = useLoaded((signal) => getJson("api/devices/summary/", {}, { signal }), []);
  return html`<section class="card stack" aria-labelledby="names-title"><h2 id="names-title">${t("settings.devices")}</h2>
    <${Loaded} state=${state}>${(devices) => (devices.length === 0 ? html`<p class="muted">${t("overview.nothing")}</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="names-title"><table>
      <thead><tr><th scope="col">${t("device.name")}</th><th scope="col" class="number wide-only">${t("settings.cluster")}</th>
        <th scope="col" class="wide-only">${t("device.last_reading")}</th><th scope="col">${t("settings.change")}</th></tr></thead>
      <tbody>${devices.map((device) => html`<tr key=${device.cluster}><th scope="row" class="name"><a href=${href("device", device.cluster)}>${device.device_name}</a></th>
        <td class="number wide-only">${device.cluster}</td><td class="wide-only moment">${dateTime(device.last_seen)}</td>
        <td><${Naming} device=${device} onChanged=${state.refresh} /></td></tr>`)}</tbody></table></div>`)}</${Loaded}></section>`;
}
