// The interface's language: one catalogue a language, all with the same keys.
import { signal } from "./html.js";
import english from "../locales/en.js";

const STORED = "askwatt.language";
export const LANGUAGES = { en: "English", es: "Español" };
const LOADERS = { en: async () => english, es: async () => (await import("../locales/es.js")).default };

const catalogue = signal(english);
export const language = signal("en");

/** The browser's own form of the language (en-GB, es-MX) for numbers and dates. */
export function locale() {
  return navigator.languages.find((one) => one.startsWith(language.value)) ?? language.value;
}

export async function useLanguage(code) {
  catalogue.value = await LOADERS[code]();
  language.value = code;
  document.documentElement.lang = code;
}

export async function startLanguage() {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages.map((one) => one.slice(0, 2))];
  await useLanguage(wanted.find((code) => code in LANGUAGES) ?? "en");
}

export function chooseLanguage(code) {
  localStorage.setItem(STORED, code);
  return useLanguage(code);
}

/** The text of `key` with its `{names}` filled in; plural texts are picked by `count`. */
export function t(key, values = {}) {
  let text = catalogue.value[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  if (typeof text === "object") {
    text = text[new Intl.PluralRules(language.value).select(values.count)] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The text of `key` where the catalogue has it, else `fallback` (names that come from the server). */
export const tOr = (key, fallback, values) => (key in catalogue.value ? t(key, values) : fallback);
