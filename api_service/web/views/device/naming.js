// What a user may set of a device: its name, its groups.
import { getJson, sendJson } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { hasField, offers } from "../../lib/site.js";
import { Prompt } from "../../ui/dialog.js";
import { Icon } from "../../ui/icons.js";
import { reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

export function Naming({ device, onChanged }) {
  const [open, setOpen] = useState(null);
  const [groups, setGroups] = useState([]);
  // What stands there now: saving an empty line over groups that were not known would take them away.
  const openGroups = async () => {
    try {
      const known = device.groups ?? (offers("/api/devices/{cluster}") ? (await getJson(`api/devices/${device.cluster}`)).groups : []);
      setGroups(known ?? []);
      setOpen("groups");
    } catch (error) {
      toast(reasonOf(error));
    }
  };
  const save = async (change, done) => {
    try {
      await sendJson("PATCH", `api/devices/${device.cluster}`, change);
      toast(done);
      onChanged();
    } catch (error) {
      toast(reasonOf(error));
    }
  };
  const rename = (name) => save({ device_name: name || null }, name ? t("device.renamed", { name }) : t("device.name_cleared"));
  const regroup = (text) => save({ groups: text.split(",").map((one) => one.trim()).filter(Boolean) }, t("device.grouped"));
  return html`<div class="row">
    <button class="small" onClick=${() => setOpen("name")}><${Icon} name="edit" />${t("device.rename")}</button>
    ${hasField("DeviceChange", "groups") && html`<button class="small" onClick=${openGroups}>${t("device.groups")}</button>`}
    ${hasField("DeviceChange", "role") && device.role !== undefined && html`<button class="small" aria-pressed=${String(device.role === "mains")}
      onClick=${() => save({ role: device.role === "mains" ? null : "mains" }, t("device.role_changed"))}>${t("device.mains")}</button>`}
    ${open === "name" && html`<${Prompt} title=${t("device.rename")} label=${t("device.name")} value=${device.device_name}
      hint=${t("device.name_hint")} onSave=${rename} onClose=${() => setOpen(null)} />`}
    ${open === "groups" && html`<${Prompt} title=${t("device.groups")} label=${t("device.groups_label")} maxLength="500"
      value=${groups.join(", ")} hint=${t("device.groups_hint")} onSave=${regroup} onClose=${() => setOpen(null)} />`}
  </div>`;
}
