// Tariffs as a form: each with the days from which it holds, its price, and bands by time of day.
import { locale, t } from "../../lib/i18n.js";
import { html, useId } from "../../lib/html.js";
import { Icon } from "../../ui/icons.js";
import { newBand } from "./prices.js";

// 5 January 1970 was a Monday.
const weekdayName = (weekday) => new Intl.DateTimeFormat(locale(), { weekday: "short", timeZone: "UTC" })
  .format(new Date(Date.UTC(1970, 0, 5 + weekday)));

function Field({ label, ...input }) {
  const id = useId();
  return html`<div class="field"><label for=${id}>${label}</label><input id=${id} ...${input} /></div>`;
}

const priceInput = { type: "number", step: "0.0001", required: true };

export function TariffEditor({ tariff, onChange, onRemove }) {
  const set = (name, value) => onChange({ ...tariff, [name]: value });
  const setBand = (index, band) => set("bands", tariff.bands.map((one, at) => (at === index ? band : one)));
  return html`<fieldset class="card stack"><legend class="hidden-visually">${t("costs.tariff", { day: tariff.valid_from })}</legend>
    <div class="row">
      <${Field} label=${t("costs.valid_from")} type="date" required value=${tariff.valid_from} onChange=${(event) => set("valid_from", event.target.value)} />
      <${Field} label=${t("costs.valid_to")} type="date" value=${tariff.valid_to ?? ""} onChange=${(event) => set("valid_to", event.target.value || null)} />
      <${Field} label=${t("costs.price")} ...${priceInput} value=${tariff.price_per_kwh} onChange=${(event) => set("price_per_kwh", Number(event.target.value))} />
      <button type="button" class="quiet" aria-label=${t("costs.remove_tariff", { day: tariff.valid_from })} onClick=${onRemove}><${Icon} name="trash" /></button>
    </div>
    ${tariff.bands.map((band, index) => html`<${Band} key=${index} band=${band} onChange=${(changed) => setBand(index, changed)}
      onRemove=${() => set("bands", tariff.bands.filter((_, at) => at !== index))} />`)}
    <div class="row"><button type="button" class="small" onClick=${() => set("bands", [...tariff.bands, newBand()])}>${t("costs.add_band")}</button></div>
  </fieldset>`;
}

function Band({ band, onChange, onRemove }) {
  const set = (name, value) => onChange({ ...band, [name]: value });
  const toggle = (weekday) => set("weekdays", band.weekdays.includes(weekday)
    ? band.weekdays.filter((one) => one !== weekday) : [...band.weekdays, weekday].sort());
  return html`<div class="row band">
    <${Field} label=${t("costs.from")} type="time" required value=${band.start} onChange=${(event) => set("start", event.target.value)} />
    <${Field} label=${t("costs.to")} type="time" required value=${band.end === "24:00" ? "00:00" : band.end} onChange=${(event) => set("end", event.target.value)} />
    <${Field} label=${t("costs.price")} ...${priceInput} value=${band.price_per_kwh} onChange=${(event) => set("price_per_kwh", Number(event.target.value))} />
    <div class="segments" role="group" aria-label=${t("costs.weekdays")}>${[0, 1, 2, 3, 4, 5, 6].map((weekday) => html`<button key=${weekday} type="button"
      aria-pressed=${String(band.weekdays.includes(weekday))} onClick=${() => toggle(weekday)}>${weekdayName(weekday)}</button>`)}</div>
    <button type="button" class="quiet" aria-label=${t("costs.remove_band")} onClick=${onRemove}><${Icon} name="trash" /></button>
  </div>`;
}
