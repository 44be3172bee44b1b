// The evidence of an answer as chips: device, quantity, value, span, readings, coverage.
import { percent, quantity, span, timeWithSeconds, dateTime, number } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t, tOr } from "../../lib/i18n.js";
import { href } from "../../lib/router.js";

export const FULL_COVERAGE = 0.95;

/** What was measured and how, without saying a word twice (a share is not a "share of share"). */
export function measureName({ quantity: name, statistic }) {
  const measure = tOr(`quantity.${name}`, name.replaceAll("_", " "));
  if (statistic === name || (name === "energy" && statistic === "sum")) return measure;
  return t("evidence.measure", { measure, statistic: tOr(`stat.${statistic}`, statistic.replaceAll("_", " ")) });
}

export function Chips({ evidence }) {
  return html`<ul class="chips" aria-label=${t("evidence.title")}>${evidence.map((fact, index) => html`<${Chip} key=${index} fact=${fact} />`)}</ul>`;
}

function Chip({ fact }) {
  const isPartial = fact.coverage < FULL_COVERAGE;
  const isMoment = fact.start === fact.end;
  return html`<li class="chip">
    <span>${fact.cluster === null || fact.cluster === undefined ? t("evidence.site") : html`<a href=${href("device", fact.cluster)}>${fact.device}</a>`}
      ${" · "}${measureName(fact)}</span>
    <b>${quantity(fact.value, fact.unit, 4)}</b>
    <span class="muted small">${isMoment ? dateTime(fact.end) : span(fact.start, fact.end)}</span>
    ${fact.at && !isMoment && html`<span class="muted small">${t("evidence.at", { moment: `${dateTime(fact.at)}`, seconds: timeWithSeconds(fact.at) })}</span>`}
    <span class=${`small ${isPartial ? "warn-text" : "muted"}`}>${fact.samples > 0 ? t("evidence.samples", { count: fact.samples, shown: number(fact.samples, 6) }) : ""}
      ${fact.samples > 0 && !isMoment ? ` · ${t("evidence.coverage", { share: percent(fact.coverage) })}` : ""}</span>
  </li>`;
}
