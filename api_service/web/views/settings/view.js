// Settings: how the page looks, the site, the devices, the keys, and how the server is.
import { html } from "../../lib/html.js";
import { LANGUAGES, chooseLanguage, language, t } from "../../lib/i18n.js";
import { chooseTheme, theme } from "../../app/theme.js";
import { Segments } from "../../ui/segments.js";
import { DeviceTable } from "./devices.js";
import { Health } from "./health.js";
import { KeySection } from "./keys.js";
import { SiteFacts } from "./site_facts.js";

export function SettingsView() {
  return html`<div class="head"><h1>${t("nav.settings")}</h1></div>
    <div class="columns"><${Look} /><${SiteFacts} /></div>
    <${Health} /><${DeviceTable} /><${KeySection} />`;
}

function Look() {
  return html`<section class="card stack" aria-labelledby="look-title"><h2 id="look-title">${t("settings.look")}</h2>
    <div class="field"><label for="language">${t("settings.language")}</label>
      <select id="language" value=${language.value} onChange=${(event) => chooseLanguage(event.target.value)}>
        ${Object.entries(LANGUAGES).map(([code, name]) => html`<option key=${code} value=${code} lang=${code}>${name}</option>`)}</select></div>
    <div class="field"><span>${t("settings.theme")}</span>
      <${Segments} label=${t("settings.theme")} value=${theme.value} onChange=${chooseTheme}
        options=${["system", "light", "dark"].map((name) => [name, t(`settings.theme_${name}`)])} /></div></section>`;
}
