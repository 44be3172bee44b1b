// A modal dialog: the browser's own, which keeps the focus inside and closes on Escape.
import { html, useEffect, useId, useRef } from "../lib/html.js";
import { t } from "../lib/i18n.js";

export function Dialog({ title, onClose, children }) {
  const element = useRef(null);
  const titleId = useId();
  useEffect(() => { element.current.showModal(); }, []);
  return html`<dialog ref=${element} aria-labelledby=${titleId} onClose=${onClose}
    onClick=${(event) => event.target === element.current && element.current.close()}>
    <div class="stack"><h2 id=${titleId}>${title}</h2>${children}</div>
  </dialog>`;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, text, action, onYes, onClose }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    <div class="row end">
      <button onClick=${onClose}>${t("action.cancel")}</button>
      <button class="danger" onClick=${() => { onClose(); onYes(); }}>${action}</button>
    </div>
  </${Dialog}>`;
}

/** Asks for one line of text. */
export function Prompt({ title, label, value, hint, maxLength = 200, onSave, onClose }) {
  const input = useRef(null);
  const id = useId();
  const save = (event) => {
    event.preventDefault();
    onSave(input.current.value.trim());
    onClose();
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form class="stack" onSubmit=${save}>
      <div class="field"><label for=${id}>${label}</label>
        <input id=${id} ref=${input} defaultValue=${value} maxlength=${maxLength} autofocus />
        ${hint && html`<span class="hint">${hint}</span>`}</div>
      <div class="row end"><button type="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button class="primary">${t("action.save")}</button></div>
    </form>
  </${Dialog}>`;
}
