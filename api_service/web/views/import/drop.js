// Where files are dropped or chosen.
import { html, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";

export function Drop({ onFiles }) {
  const [isOver, setOver] = useState(false);
  const input = useRef(null);
  const take = (files) => files.length && onFiles([...files]);
  const onDrag = (event, over) => { event.preventDefault(); setOver(over); };
  return html`<div class=${`drop ${isOver ? "over" : ""}`} onDragOver=${(event) => onDrag(event, true)} onDragLeave=${(event) => onDrag(event, false)}
      onDrop=${(event) => { onDrag(event, false); take(event.dataTransfer.files); }}>
    <p>${t("import.drop")}</p>
    <input ref=${input} class="hidden-visually" id="file" type="file" accept=".csv,.tsv,.txt,.gz,.zip,.zst,.parquet,.xlsx,.xml,text/csv" tabindex="-1" aria-hidden="true"
      onChange=${(event) => { take(event.target.files); event.target.value = ""; }} />
    <button class="primary" onClick=${() => input.current.click()}>${t("import.choose")}</button>
    <p class="small muted">${t("import.formats")}</p>
  </div>`;
}
