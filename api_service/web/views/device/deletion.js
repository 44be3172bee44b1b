// Taking a device out, with all of its readings.
import { request } from "../../lib/api.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { go, href } from "../../lib/router.js";
import { offers } from "../../lib/site.js";
import { Confirm } from "../../ui/dialog.js";
import { reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

export function Deletion({ device }) {
  const [isAsking, setAsking] = useState(false);
  if (!offers("/api/devices/{cluster}", "delete")) return null;
  const drop = async () => {
    try {
      await request(`api/devices/${device.cluster}`, { method: "DELETE" });
      toast(t("device.deleted", { name: device.device_name }));
      go(href("overview"));
    } catch (error) {
      toast(reasonOf(error));
    }
  };
  return html`<div class="row"><button class="small danger" onClick=${() => setAsking(true)}>${t("device.delete")}</button></div>
    ${isAsking && html`<${Confirm} title=${t("device.delete_title", { name: device.device_name })} text=${t("device.delete_text", { count: device.life.samples })}
      action=${t("action.delete")} onYes=${drop} onClose=${() => setAsking(false)} />`}`;
}
