// Light, dark, or as the system says.
import { signal } from "../lib/html.js";

const STORED = "askwatt.theme";
export const theme = signal(localStorage.getItem(STORED) ?? "system");

export function chooseTheme(name) {
  theme.value = name;
  if (name === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, name);
  show();
}

function show() {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  dispatchEvent(new Event("askwatt:theme"));
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();
