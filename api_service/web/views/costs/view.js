// Costs: what energy costs, by tariffs.
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { NotOffered } from "../../ui/states.js";

export function CostsView() {
  return html`<div class="head"><h1>${t("nav.costs")}</h1></div><${NotOffered} what=${t("nav.costs")} />`;
}
