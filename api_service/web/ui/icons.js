// Line icons on a 24 by 24 grid; decoration only, the words beside them carry the meaning.
import { html } from "../lib/html.js";

const PATHS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  ask: "M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 4v-4H6a2 2 0 0 1-2-2z",
  import: "M12 15V4m0 0L8 8m4-4 4 4M4 16v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2",
  costs: "M15 7.500A4 4 0 0 0 12 6c-2 0-3.500 1-3.500 2.700 0 4 7 2 7 6 0 2-1.700 3.300-3.500 3.300a4.500 4.500 0 0 1-3.700-1.800M12 4v2m0 12v2",
  settings: "M5 7h9m4 0h1M5 17h1m4 0h9M16 5v4M8 15v4M5 12h14",
  send: "M5 12h13m-5-6 6 6-6 6",
  stop: "M7 7h10v10H7z",
  close: "m6 6 12 12M18 6 6 18",
  edit: "m5 19 1-4L16 5l3 3L9 18z",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
};

export function Icon({ name }) {
  return html`<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
