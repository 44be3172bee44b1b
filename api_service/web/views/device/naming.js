// What a user may set of a device: its name, its groups.
import { sendJson } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { hasField } from "../../lib/site.js";
import { Prompt } from "../../ui/dialog.js";
import { Icon } from "../../ui/icons.js";
import { reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

export function Naming({ device, onChanged }) {
  const [open, setOpen] = useState(null);
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
    ${hasField("DeviceChange", "groups") && html`<button class="small" onClick=${() => setOpen("groups")}>${t("device.groups")}</button>`}
    ${open === "name" && html`<${Prompt} title=${t("device.rename")} label=${t("device.name")} value=${device.device_name}
      hint=${t("device.name_hint")} onSave=${rename} onClose=${() => setOpen(null)} />`}
    ${open === "groups" && html`<${Prompt} title=${t("device.groups")} label=${t("device.groups_label")} maxLength="500"
      value=${(device.groups ?? []).join(", ")} hint=${t("device.groups_hint")} onSave=${regroup} onClose=${() => setOpen(null)} />`}
  </div>`;
}
