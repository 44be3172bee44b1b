// One answer: its words, how sure it is and why, what it rests on.
import { percent, span } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Chips, FULL_COVERAGE } from "./evidence.js";
import { planOf } from "./evidence_data.js";
import { EvidencePlot } from "./evidence_plot.js";
import { Explanation, useExplanation } from "./explanation.js";

const CHIPS_SHOWN = 4;
const LEVELS = [[0.9, "high"], [0.7, "good"], [0.4, "low"], [0, "poor"]];

// What is said without looking at readings, and still is an answer.
const TALK = ["explained", "greeting", "thanks", "help"];

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
      : html`<${WithoutEvidence} answer=${answer} onChoose=${onChoose} />`}`;
}

/** What rests on no reading: a definition, a greeting, a question back, or a refusal with questions that do work. */
function WithoutEvidence({ answer, onChoose }) {
  const { data, isLoading } = useExplanation(answer.message_id);
  const isAskedBack = answer.choices?.length > 0;
  const badge = isLoading ? null : badgeOf(isAskedBack, data);
  const examples = isAskedBack ? [] : questionsIn(answer.response);
  return html`${examples.length > 0 && html`<div class="suggestions" role="group" aria-label=${t("ask.suggestions")}>
      ${examples.map((text) => html`<button key=${text} onClick=${() => onChoose(text)}>${text}</button>`)}</div>`}
    ${badge && html`<span class="badge">${t(badge)}</span>`}`;
}

/** What an answer without readings is; where the server cannot tell its kind, only that it rests on none. */
function badgeOf(isAskedBack, explanation) {
  if (isAskedBack) return "ask.asks_back";
  if (!explanation) return "ask.no_readings";
  return TALK.includes(explanation.kind) ? null : "ask.not_answered";
}

/** The whole questions that an answer quotes as examples. */
const questionsIn = (text) => [...text.matchAll(/“([^”]+\?)”/g)].map((found) => found[1]);

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

function Evidence({ evidence }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? evidence : evidence.slice(0, CHIPS_SHOWN);
  return html`<${Chips} evidence=${shown} />
    ${evidence.length > shown.length && html`<div class="row"><button class="small quiet" onClick=${() => setOpen(true)}>
      ${t("evidence.more", { count: evidence.length - shown.length })}</button></div>`}`;
}
