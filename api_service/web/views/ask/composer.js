// Where questions are typed: Enter asks, Escape stops, arrow up brings the last question back.
import { html, useEffect, useRef } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { Icon } from "../../ui/icons.js";

const LONGEST = 2000;

export function Composer({ initial, isBusy, lastQuestion, onAsk, onStop }) {
  const input = useRef(null);
  useEffect(() => {
    if (initial) input.current.value = initial;
    if (!matchMedia("(pointer: coarse)").matches) input.current.focus({ preventScroll: true });
  }, [initial]);
  const submit = (event) => {
    event.preventDefault();
    const text = input.current.value.trim();
    if (!text) return;
    input.current.value = "";
    onAsk(text);
  };
  const onKey = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
    else if (event.key === "Escape" && isBusy) onStop();
    else if (event.key === "ArrowUp" && input.current.value === "" && lastQuestion) {
      event.preventDefault();
      input.current.value = lastQuestion;
    }
  };
  return html`<div class="composer"><form onSubmit=${submit}>
      <label class="hidden-visually" for="question">${t("ask.label")}</label>
      <textarea id="question" ref=${input} rows="1" maxlength=${LONGEST} placeholder=${t("ask.placeholder")} onKeyDown=${onKey}></textarea>
      ${isBusy && html`<button type="button" onClick=${onStop} data-action="stop"><${Icon} name="stop" />${t("ask.stop")}</button>`}
      <button class="primary" aria-label=${t("ask.send")}><${Icon} name="send" /></button>
    </form><p class="hint small muted">${t("ask.keys")}</p></div>`;
}
