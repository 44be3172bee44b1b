// The site as the server has it, and how its zone and clock are changed.
import { dateTime } from "../../lib/format.js";
import { html, useId, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { site } from "../../lib/site.js";

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function SiteFacts() {
  if (!site.value) return null;
  const { timezone, clock, now, newest_reading: newest } = site.value;
  const facts = [
    [t("settings.zone"), timezone], [t("settings.clock"), t(`settings.clock_${clock}`)], [t("settings.now"), dateTime(now)],
    [t("settings.newest"), newest ? dateTime(newest) : t("settings.none")],
  ];
  return html`<section class="card stack" aria-labelledby="site-title"><h2 id="site-title">${t("settings.site")}</h2>
    <dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${timezone !== ownZone() && html`<p class="small" data-part="other-zone">${t("settings.other_zone", { own: ownZone(), site: timezone })}</p>`}
    <${Change} timezone=${timezone} clock=${clock} /></section>`;
}

/** The lines of the server's settings: what is read at its start is not changed from here. */
function Change({ timezone, clock }) {
  const [zone, setZone] = useState(ownZone());
  const [moment, setMoment] = useState(clock);
  const [zoneId, clockId] = [useId(), useId()];
  const zones = [...new Set(["UTC", timezone, ownZone(), ...Intl.supportedValuesOf("timeZone")])].sort();
  return html`<details class="stack"><summary>${t("settings.change_site")}</summary><div class="stack">
    <div class="columns">
      <div class="field"><label for=${zoneId}>${t("settings.zone")}</label>
        <select id=${zoneId} value=${zone} onChange=${(event) => setZone(event.target.value)}>
          ${zones.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select></div>
      <div class="field"><label for=${clockId}>${t("settings.clock")}</label>
        <select id=${clockId} value=${moment} onChange=${(event) => setMoment(event.target.value)}>
          ${["wall", "latest"].map((name) => html`<option key=${name} value=${name}>${t(`settings.clock_${name}`)}</option>`)}</select></div></div>
    <p class="small">${t("settings.site_lines")}</p>
    <pre class="sunken" data-part="site-lines">${`SITE_TIMEZONE=${zone}\nCLOCK=${moment}`}</pre>
    <p class="small muted">${t("settings.site_hint")}</p></div></details>`;
}
