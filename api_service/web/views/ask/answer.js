// One answer: its words, how sure it is and why, what it rests on.
import { getJson } from "../../lib/api.js";
import { percent, span } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t, tOr } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { hasField } from "../../lib/site.js";
import { Loaded } from "../../ui/states.js";
import { Chips, FULL_COVERAGE } from "./evidence.js";
import { planOf } from "./evidence_data.js";
import { EvidencePlot } from "./evidence_plot.js";

const CHIPS_SHOWN = 4;
const LEVELS = [[0.9, "high"], [0.7, "good"], [0.4, "low"], [0, "poor"]];

/** A refusal rests on nothing: neither a confidence nor an author would mean anything. */
export const isAnswered = (answer) => answer.evidence.length > 0;

export function Answer({ answer, isLatest, onChoose }) {
  const [isPlotted, setPlotted] = useState(isLatest);
  return html`<p class="words" data-part="words">${answer.response}</p>
    ${answer.choices?.length > 0 && html`<div class="suggestions" role="group" aria-label=${t("ask.choices")}>
      ${answer.choices.map((choice) => html`<button key=${choice} onClick=${() => onChoose(choice)}>${choice}</button>`)}</div>`}
    ${isAnswered(answer)
      ? html`<${Trust} answer=${answer} />
        <${Evidence} evidence=${answer.evidence} />
        ${planOf(answer.evidence) && (isPlotted
          ? html`<${EvidencePlot} evidence=${answer.evidence} />`
          : html`<div class="row"><button class="small" onClick=${() => setPlotted(true)}>${t("evidence.show_plot")}</button></div>`)}`
      : html`<span class="badge">${answer.choices?.length ? t("ask.asks_back") : t("ask.not_answered")}</span>`}`;
}

function Trust({ answer }) {
  const [isOpen, setOpen] = useState(false);
  const level = LEVELS.find(([from]) => answer.confidence >= from)[1];
  const { window } = answer;
  return html`<div class="row small muted">
      <span class="row tight"><span class="bar confidence" aria-hidden="true"><span style=${{ width: percent(answer.confidence).replace(/\s/g, "") }}></span></span>
        <span>${t(`confidence.${level}`)} (${percent(answer.confidence)})</span></span>
      ${window && html`<span data-part="window">${span(window.start, window.end)} · ${window.timezone}</span>`}
      <span>${t(`answered_by.${answer.answered_by}`)}</span>
    </div>
    <details class="small" onToggle=${(event) => setOpen(event.currentTarget.open)}><summary>${t("ask.why")}</summary>
      ${isOpen && html`<${Reasons} answer=${answer} />`}</details>`;
}

function Reasons({ answer }) {
  const lowest = Math.min(...answer.evidence.map((fact) => fact.coverage));
  return html`<ul>
      <li>${t(`answered_by.${answer.answered_by}_why`)}</li>
      <li>${lowest < FULL_COVERAGE ? t("reason.coverage_low", { share: percent(lowest) }) : t("reason.coverage_full")}</li>
      ${answer.window?.label && html`<li>${t("reason.window", { label: answer.window.label, span: span(answer.window.start, answer.window.end) })}</li>`}
      ${answer.devices.length > 0 && html`<li>${t("reason.devices", { names: answer.devices.join(", ") })}</li>`}
    </ul>
    <${Explanation} answer=${answer} />`;
}

/** What the server says it has understood, where it tells. */
function Explanation({ answer }) {
  const isOffered = hasField("Message", "explanation");
  const state = useLoaded(async (signal) => (isOffered
    ? (await getJson(`api/chat/messages/${answer.message_id}`, { explain: true }, { signal })).explanation : null), [answer.message_id, isOffered]);
  if (!isOffered) return null;
  return html`<${Loaded} state=${state}>${(explanation) => explanation && html`<div class="stack tight">
    <p><strong>${t("ask.understood")}</strong></p><dl class="facts">${Object.entries(explanation).map(([key, value]) => [key, inWords(value)]).filter(([, text]) => text)
      .map(([key, text]) => html`<div key=${key}><dt>${tOr(`explain.${key}`, key.replaceAll("_", " "))}</dt><dd>${text}</dd></div>`)}</dl>
  </div>`}</${Loaded}>`;
}

/** A part of an explanation as text; empty for what says nothing: nothing left over, factors of zero. */
function inWords(value) {
  if (Array.isArray(value)) return value.map(inWords).filter(Boolean).join(", ");
  if (value !== null && typeof value === "object") {
    return Object.entries(value).filter(([, one]) => one !== 0 && one !== null)
      .map(([name, one]) => `${name.replaceAll("_", " ")} ${inWords(one)}`).join(", ");
  }
  return typeof value === "number" ? String(Math.round(value * 1000) / 1000) : String(value ?? "");
}

function Evidence({ evidence }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? evidence : evidence.slice(0, CHIPS_SHOWN);
  return html`<${Chips} evidence=${shown} />
    ${evidence.length > shown.length && html`<div class="row"><button class="small quiet" onClick=${() => setOpen(true)}>
      ${t("evidence.more", { count: evidence.length - shown.length })}</button></div>`}`;
}
