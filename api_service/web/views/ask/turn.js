// A question with its answer, or with what became of it.
import { html, useEffect, useRef } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { href } from "../../lib/router.js";
import { reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";
import { Answer } from "./answer.js";

const RUNNING = ["waiting", "queued", "running", "checking"];

export function Turn({ turn, isLatest, isAimed, sessionId, onAgain, onChoose }) {
  const element = useRef(null);
  const wasRunning = useRef(false);
  useEffect(() => {
    const isRunning = RUNNING.includes(turn.status);
    // A fresh answer is read from its question on; one that was there before stays where the reader is.
    if (isAimed || (isLatest && (isRunning || wasRunning.current))) element.current.scrollIntoView({ block: "start" });
    wasRunning.current = isRunning;
  }, [isAimed, turn.status, isLatest]);
  return html`<article class=${`turn ${isAimed ? "aimed" : ""}`} ref=${element} data-status=${turn.status} aria-label=${turn.question}>
    <p class="question">${turn.question}</p>
    <div class="answer card">
      ${turn.answer ? html`<${Answer} answer=${turn.answer} isLatest=${isLatest || isAimed} onChoose=${onChoose} />` : html`<${Progress} turn=${turn} />`}
      ${!RUNNING.includes(turn.status) && html`<${Actions} turn=${turn} sessionId=${sessionId} onAgain=${onAgain} />`}
    </div>
  </article>`;
}

function Progress({ turn }) {
  if (turn.status === "failed") return html`<p class="bad-text" role="alert">${reasonOf(turn.error ?? { status: 500 })}</p>`;
  if (turn.status === "cancelled") return html`<p class="muted">${t("ask.stopped")}</p>`;
  return html`${turn.words && html`<p class="words">${turn.words}</p>`}
    <p class="muted small" data-part="status">${t(`ask.status_${turn.status}`)}</p>`;
}

function Actions({ turn, sessionId, onAgain }) {
  const copy = (text) => navigator.clipboard.writeText(text).then(() => toast(t("ask.copied")), () => toast(t("ask.not_copied")));
  const link = () => new URL(href("ask", sessionId, {}, turn.messageId), location.href).href;
  return html`<div class="row">
    ${turn.answer && html`<button class="small quiet" onClick=${() => copy(turn.answer.response)}>${t("ask.copy")}</button>
      <button class="small quiet" onClick=${() => copy(link())}>${t("ask.copy_link")}</button>`}
    <button class="small quiet" onClick=${() => onAgain(turn)}>${t("ask.again")}</button>
  </div>`;
}
