// What the whole app knows of the site: its zone, its "now", what the server offers.
import { getJson } from "./api.js";
import { computed, signal } from "./html.js";

export const site = signal(null);
export const zone = computed(() => site.value?.timezone ?? "UTC");
const offered = signal(null);

/** Read the site's facts anew; "now" moves with the clock or with the newest reading. */
export async function refreshSite() {
  site.value = await getJson("api/site/");
}

/** The site's "now": its clock moves on from when it was read, or stands at the newest reading. */
export function now() {
  return site.value ? new Date(site.value.now) : new Date();
}

let reading = null;
/** Read once what the server offers, from its own description. */
export function loadOffers() {
  reading ??= getJson("api/openapi.json").then(
    (description) => { offered.value = description; },
    () => { reading = null; },
  );
  return reading;
}

/** Whether the server offers `method` at `path` (as its description writes it); null while not known. */
export function offers(path, method = "get") {
  if (!offered.value) return null;
  const bare = (text) => text.replace(/\/$/, "").replace(/\{[^}]*\}/g, "{}");
  const found = Object.entries(offered.value.paths).find(([name]) => bare(name) === bare(path));
  return Boolean(found && method in found[1]);
}

/** Whether a request body's or an answer's schema has a field. */
export function hasField(schema, field) {
  return Boolean(offered.value?.components?.schemas?.[schema]?.properties?.[field]);
}

/** The values that a parameter of a GET allows, by the description. */
export function allowedValues(path, name) {
  const parameters = offered.value?.paths?.[path]?.get?.parameters ?? [];
  const schema = parameters.find((one) => one.name === name)?.schema ?? {};
  return schema.enum ?? offered.value?.components?.schemas?.[schema.$ref?.split("/").at(-1)]?.enum ?? [];
}
