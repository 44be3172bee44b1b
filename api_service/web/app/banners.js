// What holds for every view: the server is away, or the data's "now" is not today.
import { isReachable } from "../lib/api.js";
import { DAY_MS, ago, dateTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { keptAt } from "../lib/kept.js";
import { site } from "../lib/site.js";

export function Banners() {
  return html`
    <div class="live" role="status">${!isReachable.value && html`<p class="banner bad">${away()}</p>`}</div>
    <${ClockBanner} />`;
}

const away = () => (keptAt.value === null ? t("banner.offline")
  : t("banner.offline_kept", { moment: dateTime(keptAt.value), ago: ago(keptAt.value, Date.now()) }));

function ClockBanner() {
  if (!site.value?.newest_reading) return null;
  const { clock, newest_reading: newest, timezone } = site.value;
  if (Date.now() - new Date(newest) < DAY_MS) return null;
  const values = { moment: dateTime(newest), zone: timezone, ago: ago(newest, Date.now()) };
  return clock === "latest"
    ? html`<p class="banner note" data-banner="clock">${t("banner.clock_latest", values)}</p>`
    : html`<p class="banner warn" data-banner="clock">${t("banner.clock_old", values)}</p>`;
}
