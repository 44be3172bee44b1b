// A file before anything of it is stored: how each column was read, and a way to say otherwise.
import { dateTime, number } from "../../lib/format.js";
import { html, useId } from "../../lib/html.js";
import { t, tOr } from "../../lib/i18n.js";
import { MEANINGS } from "./job_requests.js";

const shown = (values) => (values ?? []).slice(0, 3).map((value) => (value === null || value === "" ? "–" : String(value))).join(" · ");

/** Columns that nothing is read from; they may be given a meaning too. */
const leftOut = (found) => (found.ignored ?? []).map((column) => ({ column, quantity: null, why: t("import.not_recognised") }));

export function Columns({ found, mapping, onMap }) {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("import.columns")}><table class="read-columns">
    <thead><tr><th scope="col">${t("import.column")}</th><th scope="col">${t("import.read_as")}</th>
      <th scope="col">${t("import.before")}</th><th scope="col">${t("import.after")}</th><th scope="col">${t("import.why")}</th></tr></thead>
    <tbody>${[...found.columns, ...leftOut(found)].map((one) => html`<tr key=${one.column}>
      <th scope="row" class="name">${one.column}</th>
      <td><${Meaning} column=${one} chosen=${mapping[one.column]} onChoose=${(meaning) => onMap(one.column, meaning)} /></td>
      <td class="small" data-label=${t("import.before")}>${shown(one.before)}</td>
      <td class="small" data-label=${t("import.after")}>${shown(one.after)}</td><td class="small muted">${one.why}</td></tr>`)}</tbody>
  </table></div>`;
}

/** `power[kW]` in words: Power (kW). */
function inWords(meaning) {
  if (meaning === "-") return t("import.ignored");
  const [, name, unit] = /^([^[]*)(?:\[(.*)\])?$/.exec(meaning);
  const words = tOr(`meaning.${name}`, tOr(`quantity.${name}`, name));
  return unit ? `${words} (${unit})` : words;
}

function Meaning({ column, chosen, onChoose }) {
  const understood = column.quantity ? `${column.quantity}${column.unit && column.unit !== "1" ? `[${column.unit}]` : ""}` : "-";
  return html`<select aria-label=${t("import.meaning_of", { column: column.column })} value=${chosen ?? ""}
    onChange=${(event) => onChoose(event.target.value)}>
    <option value="">${inWords(understood)}</option>
    ${MEANINGS.map((one) => html`<option key=${one} value=${one}>${inWords(one)}</option>`)}</select>`;
}

export function Devices({ found }) {
  return html`<ul class="chips" aria-label=${t("settings.devices")}>${(found.devices ?? []).map((one, index) => html`<li class="chip" key=${index}>
    <b>${one.device ?? one.cluster}</b><span class="small">${t("evidence.samples", { count: one.readings, shown: number(one.readings, 9) })}</span>
    <span class="small muted">${dateTime(one.first)} – ${dateTime(one.last)}</span></li>`)}</ul>`;
}

/** What cannot be found out from the file alone. */
export function Options({ options, onChange }) {
  const [zoneId, deviceId, conflictId] = [useId(), useId(), useId()];
  const set = (name) => (event) => onChange({ ...options, [name]: event.target.value });
  return html`<div class="columns">
    <div class="field"><label for=${zoneId}>${t("import.timezone")}</label>
      <input id=${zoneId} defaultValue=${options.timezone} placeholder="Europe/Madrid" onChange=${set("timezone")} /><span class="hint">${t("import.timezone_hint")}</span></div>
    <div class="field"><label for=${deviceId}>${t("import.device")}</label>
      <input id=${deviceId} defaultValue=${options.device} onChange=${set("device")} /><span class="hint">${t("import.device_hint")}</span></div>
    <div class="field"><label for=${conflictId}>${t("import.on_conflict")}</label>
      <select id=${conflictId} value=${options.on_conflict} onChange=${set("on_conflict")}>
        ${["fill", "keep", "replace"].map((name) => html`<option key=${name} value=${name}>${t(`import.conflict_${name}`)}</option>`)}</select></div>
  </div>`;
}

export function Notes({ found }) {
  const counted = (reasons) => Object.entries(reasons ?? {}).map(([reason, count]) => `${count} × ${reason}`);
  const notes = [...counted(found.rejects), ...counted(found.left_out), ...(found.warnings ?? []), ...(found.notes ?? [])];
  if (notes.length === 0) return null;
  return html`<ul class="small">${notes.map((note, index) => html`<li key=${index}>${note}</li>`)}</ul>`;
}
