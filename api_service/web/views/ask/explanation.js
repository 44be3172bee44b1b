// How a question was understood, and what speaks for and against its answer.
import { getJson } from "../../lib/api.js";
import { number, percent } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t, tOr } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { Loaded } from "../../ui/states.js";

// The log-odds by which one doubt moves a confidence; from here on its bar is full.
const FULL_EFFECT = 2;

/** The server's explanation of one answer. */
export function useExplanation(messageId) {
  return useLoaded(async (signal) => (await getJson(`api/chat/messages/${messageId}`, { explain: true }, { signal })).explanation,
    [messageId]);
}

export function Explanation({ answer }) {
  const state = useExplanation(answer.message_id);
  return html`<${Loaded} state=${state}>${(explanation) => explanation && html`<div class="stack" data-part="explanation">
    <${Understood} explanation=${explanation} /><${Factors} explanation=${explanation} /></div>`}</${Loaded}>`;
}

/** The question's words with what each slot was taken for, and the query that they were read as. */
function Understood({ explanation }) {
  const { masked, query, slots, leftovers } = explanation;
  const names = slots.map((slot) => slot.slice(slot.indexOf(": ") + 2));
  const left = leftovers.map((one) => one.words).join(", ");
  return html`<div class="stack tight"><strong>${t("ask.understood")}</strong>
    <p>${filled(masked, names)}</p>
    ${query && html`<p class="muted">${t("explain.query")} <code>${filled(query, names)}</code></p>`}
    ${left && html`<p class="warn-text">${t("explain.leftovers", { words: left })}</p>`}</div>`;
}

/** Slots such as `<extra_id_0>`, after the word for their kind or alone, replaced by what stands for them. */
function filled(text, names) {
  return text.split(/((?:\b(?:device|group|time|hours|number|state) )?<extra_id_\d+>)/).map((part, index) => {
    const slot = /<extra_id_(\d+)>$/.exec(part);
    return slot ? html`<mark key=${index}>${names[Number(slot[1])] ?? t("explain.inherited")}</mark>` : part;
  });
}

const probability = (logarithm) => percent(Math.exp(-logarithm));
// What a factor's sentence says of its value; every other one has none.
const VALUES = {
  reading_doubt: probability, names_doubt: probability, wording_doubt: probability,
  close_choice: percent, uncovered: percent, missing: percent, unfounded: number,
};

/** A factor in the page's language; one that the page does not know in the server's words. */
const reasonFor = (factor, features) => tOr(`factor.${factor.name}`, factor.why,
  { value: VALUES[factor.name]?.(Math.max(0, features?.[factor.name] ?? 0)) });

function Factors({ explanation: { factors, features } }) {
  if (!factors?.length) return null;
  const sorted = [...factors].sort((left, right) => Math.abs(right.effect) - Math.abs(left.effect));
  return html`<div class="stack tight"><strong>${t("explain.factors")}</strong>
    <ul class="factors">${sorted.map((factor) => html`<li key=${factor.name}>
      <span class=${`bar effect ${factor.effect < 0 ? "against" : ""}`} aria-hidden="true"><span style=${{ width: share(factor.effect) }}></span></span>
      <span>${t(factor.effect < 0 ? "explain.lowers" : "explain.raises")}: ${reasonFor(factor, features)}</span></li>`)}</ul></div>`;
}

const share = (effect) => `${Math.min(100, (100 * Math.abs(effect)) / FULL_EFFECT)}%`;
