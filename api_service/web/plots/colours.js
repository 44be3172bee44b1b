// Colours of series: told apart in both schemes, the same for a device wherever it is drawn.
import { computed, signal } from "../lib/html.js";

const LIGHT = ["#0f766e", "#c2410c", "#4f46e5", "#a16207", "#be185d", "#15803d", "#0369a1", "#7e22ce", "#57534e", "#b91c1c", "#0e7490", "#65a30d"];
const DARK = ["#2dd4bf", "#fb923c", "#a5b4fc", "#facc15", "#f472b6", "#4ade80", "#38bdf8", "#c084fc", "#a8a29e", "#f87171", "#67e8f9", "#a3e635"];

/** The grey of what is drawn together. */
export const REST = 8;

/** Counts the changes of scheme: what has kept a colour takes it anew. */
export const scheme = signal(0);
addEventListener("askwatt:theme", () => { scheme.value += 1; });

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

const palette = computed(() => (scheme.value >= 0 && isDark() ? DARK : LIGHT));

export const colourOf = (index) => palette.value[index % LIGHT.length];

/** A token of the style sheet as the browser has resolved it; canvases know no `light-dark()`. */
export function token(name) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
