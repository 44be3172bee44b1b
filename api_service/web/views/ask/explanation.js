// How a question was understood, and what speaks for and against its answer.
import { getJson } from "../../lib/api.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
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
    <${Understood} explanation=${explanation} /><${Factors} factors=${explanation.factors} /></div>`}</${Loaded}>`;
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

function Factors({ factors }) {
  if (!factors?.length) return null;
  const sorted = [...factors].sort((left, right) => Math.abs(right.effect) - Math.abs(left.effect));
  return html`<div class="stack tight"><strong>${t("explain.factors")}</strong>
    <ul class="factors">${sorted.map((factor) => html`<li key=${factor.name}>
      <span class=${`bar effect ${factor.effect < 0 ? "against" : ""}`} aria-hidden="true"><span style=${{ width: share(factor.effect) }}></span></span>
      <span>${t(factor.effect < 0 ? "explain.lowers" : "explain.raises")}: ${factor.why}</span></li>`)}</ul></div>`;
}

const share = (effect) => `${Math.min(100, (100 * Math.abs(effect)) / FULL_EFFECT)}%`;
