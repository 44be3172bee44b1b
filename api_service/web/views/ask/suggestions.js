// Questions that this very data can answer: made of the devices that there are.
import { getJson } from "../../lib/api.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { NoReadings } from "../../ui/states.js";

/** The devices that used most, by name; over all of their readings where the last day has none. */
async function readNames(signal) {
  const recent = await getJson("api/devices/", { hours: 24 }, { signal });
  if (recent.length) return { names: recent.map((row) => row.device_name), isRecent: true };
  const all = await getJson("api/devices/summary/", {}, { signal });
  return { names: all.map((row) => row.device_name), isRecent: false };
}

export function Suggestions({ onChoose }) {
  const { data } = useLoaded(readNames, []);
  if (!data) return null;
  if (!data.names.length) return html`<${NoReadings} />`;
  const [first, second = first, third = second] = data.names;
  const texts = [
    "suggest.most", t("suggest.energy", { name: first }), t("suggest.peak", { name: second }),
    t("suggest.now", { name: third }), "suggest.compare_days", "suggest.voltage",
  ].map((text) => (text.startsWith("suggest.") ? t(text) : text));
  return html`<p class="muted">${t("ask.intro")}</p>
    <div class="suggestions" role="group" aria-label=${t("ask.suggestions")}>
    ${texts.map((text) => html`<button key=${text} onClick=${() => onChoose(text)}>${text}</button>`)}</div>`;
}
