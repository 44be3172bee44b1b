// A few choices side by side, one of them chosen.
import { html } from "../lib/html.js";

export function Segments({ label, options, value, onChange }) {
  return html`<div class="segments" role="group" aria-label=${label}>
    ${options.map(([key, text]) => html`<button key=${key} type="button" aria-pressed=${String(key === value)}
      onClick=${() => onChange(key)}>${text}</button>`)}
  </div>`;
}
