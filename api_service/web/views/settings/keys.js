// Keys: the one that this page uses, and all that the server knows, to make and to revoke.
import { getJson, keepKey, remove, sendJson, storedKey } from "../../lib/api.js";
import { dateTime } from "../../lib/format.js";
import { html, useId, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { refreshSite } from "../../lib/site.js";
import { Loaded, reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

const SCOPES = ["read", "write", "admin"];

export function KeySection() {
  const state = useLoaded((signal) => getJson("api/keys/", {}, { signal }), []);
  const [made, setMade] = useState(null);
  return html`<section class="card stack" aria-labelledby="keys-title"><h2 id="keys-title">${t("settings.keys")}</h2>
    <${OwnKey} />
    <p class="small muted">${t("keys.about")}</p>
    ${made && html`<${MadeKey} made=${made} onClose=${() => setMade(null)} />`}
    <${Loaded} state=${state}>${({ items }) => html`<${KeyTable} keys=${items} onChanged=${state.refresh} />`}</${Loaded}>
    ${state.data && html`<${KeyForm} onMade=${(key) => { setMade(key); state.refresh(); }} />`}</section>`;
}

function OwnKey() {
  const forget = () => { keepKey(null); refreshSite().catch(() => {}); };
  return storedKey() ? html`<div class="between"><p>${t("settings.key_used")}</p><button onClick=${forget}>${t("settings.key_forget")}</button></div>`
    : html`<p class="muted">${t("settings.key_none")}</p>`;
}

/** The key itself, shown once. */
function MadeKey({ made, onClose }) {
  const copy = async () => { await navigator.clipboard.writeText(made.key); toast(t("keys.copied")); };
  return html`<div class="banner note stack" role="status"><strong>${t("keys.shown_once", { name: made.name })}</strong>
    <code class="key">${made.key}</code>
    <div class="row">${navigator.clipboard && html`<button class="small" onClick=${copy}>${t("keys.copy")}</button>`}
      <button class="small" onClick=${onClose}>${t("keys.kept")}</button></div></div>`;
}

function KeyTable({ keys, onChanged }) {
  if (keys.length === 0) return html`<p class="muted">${t("keys.none")}</p>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="keys-title"><table>
    <thead><tr><th scope="col">${t("keys.name")}</th><th scope="col">${t("keys.allows")}</th><th scope="col" class="wide-only">${t("keys.made")}</th>
      <th scope="col">${t("keys.ends")}</th><th scope="col"><span class="hidden-visually">${t("settings.change")}</span></th></tr></thead>
    <tbody>${keys.map((key) => html`<${KeyRow} key=${key.key_id} apiKey=${key} onChanged=${onChanged} />`)}</tbody></table></div>`;
}

function KeyRow({ apiKey, onChanged }) {
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState(null);
  const revoke = async () => {
    try {
      await remove(`api/keys/${apiKey.key_id}`);
      onChanged();
    } catch (failure) {
      setError(failure);
    }
  };
  const ends = apiKey.revoked_at ? t("keys.revoked", { when: dateTime(apiKey.revoked_at) })
    : apiKey.expires_at ? dateTime(apiKey.expires_at) : t("keys.never");
  return html`<tr><th scope="row" class="name">${apiKey.name}</th><td>${apiKey.scopes.map((scope) => t(`keys.${scope}`)).join(", ")}</td>
    <td class="wide-only">${dateTime(apiKey.created_at)}</td><td>${ends}</td>
    <td>${!apiKey.revoked_at && (isAsking
      ? html`<span class="row"><button class="small danger" onClick=${revoke}>${t("keys.revoke_now")}</button>
          <button class="small" onClick=${() => setAsking(false)}>${t("action.cancel")}</button></span>`
      : html`<button class="small" aria-label=${t("keys.revoke_named", { name: apiKey.name })} onClick=${() => setAsking(true)}>${t("keys.revoke")}</button>`)}
      ${error && html`<span class="bad-text" role="alert">${reasonOf(error)}</span>`}</td></tr>`;
}

function KeyForm({ onMade }) {
  const [scope, setScope] = useState("read");
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const [name, end] = [useRef(null), useRef(null)];
  const id = useId();
  const make = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const day = end.current.value;
    try {
      const expires = day ? new Date(`${day}T23:59:59`).toISOString() : null;
      onMade(await sendJson("POST", "api/keys/", { name: name.current.value.trim(), scopes: [scope], expires_at: expires }));
      event.target.reset();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return html`<form class="row" onSubmit=${make}>
    <div class="field"><label for=${`${id}-name`}>${t("keys.whose")}</label><input id=${`${id}-name`} ref=${name} required maxlength="100" /></div>
    <div class="field"><label for=${`${id}-scope`}>${t("keys.allows")}</label>
      <select id=${`${id}-scope`} value=${scope} onChange=${(event) => setScope(event.target.value)}>
        ${SCOPES.map((one) => html`<option key=${one} value=${one}>${t(`keys.${one}_long`)}</option>`)}</select></div>
    <div class="field"><label for=${`${id}-end`}>${t("keys.until")}</label><input id=${`${id}-end`} ref=${end} type="date" /></div>
    <button class="primary" disabled=${isBusy}>${t("keys.make")}</button>
    ${error && html`<span class="bad-text" role="alert">${reasonOf(error)}</span>`}</form>`;
}
