// Short notes about what has just been done; read out politely, gone by themselves.
import { html, signal } from "../lib/html.js";

const SHOWN_MS = 6000;
const notes = signal([]);
let count = 0;

export function toast(text) {
  const id = (count += 1);
  notes.value = [...notes.value, { id, text }];
  setTimeout(() => { notes.value = notes.value.filter((note) => note.id !== id); }, SHOWN_MS);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${notes.value.map((note) => html`<p class="toast" key=${note.id}>${note.text}</p>`)}
  </div>`;
}
