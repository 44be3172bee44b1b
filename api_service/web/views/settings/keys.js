// Keys: the one that this page uses, and all that the server knows, to make, to replace and to revoke.
import { getJson, logOut, remove, sendJson } from "../../lib/api.js";
import { dateTime } from "../../lib/format.js";
import { html, useId, useRef, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { storedToken } from "../../lib/login.js";
import { Loaded, reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

const SCOPES = ["read", "write", "admin"];

export function KeySection() {
  const state = useLoaded((signal) => getJson("api/keys/", {}, { signal }), []);
  const [made, setMade] = useState(null);
  const show = (key) => { setMade(key); state.refresh(); };
  return html`<section class="card stack" aria-labelledby="keys-title"><h2 id="keys-title">${t("settings.keys")}</h2>
    <${OwnKey} />
    <p class="small muted">${t("keys.about")}</p>
    ${made && html`<${MadeKey} made=${made} onClose=${() => setMade(null)} />`}
    <${Loaded} state=${state}>${({ items }) => html`<${KeyTable} keys=${items} onChanged=${state.refresh} onMade=${show} />`}</${Loaded}>
    ${state.data && html`<${KeyForm} onMade=${show} />`}</section>`;
}

function OwnKey() {
  const [error, setError] = useState(null);
  return storedToken() ? html`<div class="between"><p>${t("settings.key_used")}</p>
      ${error && html`<span class="bad-text" role="alert">${reasonOf(error)}</span>`}
      <button onClick=${() => logOut().catch(setError)}>${t("settings.log_out")}</button></div>`
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

function KeyTable({ keys, onChanged, onMade }) {
  if (keys.length === 0) return html`<p class="muted">${t("keys.none")}</p>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="keys-title"><table>
    <thead><tr><th scope="col">${t("keys.name")}</th><th scope="col" class="wide-only">${t("keys.owner")}</th><th scope="col">${t("keys.allows")}</th>
      <th scope="col" class="wide-only">${t("keys.made")}</th><th scope="col">${t("keys.ends")}</th>
      <th scope="col"><span class="hidden-visually">${t("settings.change")}</span></th></tr></thead>
    <tbody>${keys.map((key) => html`<${KeyRow} key=${key.key_id} apiKey=${key} onChanged=${onChanged} onMade=${onMade} />`)}</tbody></table></div>`;
}

function KeyRow({ apiKey, onChanged, onMade }) {
  const { name, owner, scopes, created_at: createdAt, previous_until: oldUntil } = apiKey;
  const isOldValid = oldUntil && new Date(oldUntil) > Date.now();
  return html`<tr><th scope="row" class="name">${name}</th><td class="wide-only">${owner}</td><td>${scopes.map((scope) => t(`keys.${scope}`)).join(", ")}</td>
    <td class="wide-only">${dateTime(createdAt)}</td>
    <td>${endOf(apiKey)}${isOldValid && html`<br /><span class="small muted">${t("keys.old_until", { when: dateTime(oldUntil) })}</span>`}</td>
    <td>${!hasEnded(apiKey) && html`<${KeyActions} apiKey=${apiKey} onChanged=${onChanged} onMade=${onMade} />`}</td></tr>`;
}

const hasEnded = ({ revoked_at: revokedAt, expires_at: expiresAt }) => Boolean(revokedAt) || (expiresAt && new Date(expiresAt) <= Date.now());

function endOf({ revoked_at: revokedAt, expires_at: expiresAt }) {
  if (revokedAt) return t("keys.revoked", { when: dateTime(revokedAt) });
  return expiresAt ? dateTime(expiresAt) : t("keys.never");
}

/** Replace or revoke; each asks once more first. */
function KeyActions({ apiKey: { key_id: id, name }, onChanged, onMade }) {
  const [asked, setAsked] = useState(null);
  const [error, setError] = useState(null);
  const attempt = (work) => async () => {
    try {
      await work();
      setAsked(null);
    } catch (failure) {
      setError(failure);
    }
  };
  const rotate = attempt(async () => onMade(await sendJson("POST", `api/keys/${id}/rotate`, {})));
  const revoke = attempt(async () => { await remove(`api/keys/${id}`); onChanged(); });
  const cancel = html`<button class="small" onClick=${() => setAsked(null)}>${t("action.cancel")}</button>`;
  return html`${asked === "rotate" && html`<span class="row"><span class="small muted">${t("keys.rotate_text")}</span>
      <button class="small primary" onClick=${rotate}>${t("keys.rotate_now")}</button>${cancel}</span>`}
    ${asked === "revoke" && html`<span class="row"><button class="small danger" onClick=${revoke}>${t("keys.revoke_now")}</button>${cancel}</span>`}
    ${asked === null && html`<span class="row"><button class="small" aria-label=${t("keys.rotate_named", { name })} onClick=${() => setAsked("rotate")}>${t("keys.rotate")}</button>
      <button class="small" aria-label=${t("keys.revoke_named", { name })} onClick=${() => setAsked("revoke")}>${t("keys.revoke")}</button></span>`}
    ${error && html`<span class="bad-text" role="alert">${reasonOf(error)}</span>`}`;
}

function KeyForm({ onMade }) {
  const [scope, setScope] = useState("read");
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const [name, owner, end] = [useRef(null), useRef(null), useRef(null)];
  const id = useId();
  const make = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const day = end.current.value;
    try {
      const expires = day ? new Date(`${day}T23:59:59`).toISOString() : null;
      const whose = { name: name.current.value.trim(), owner: owner.current.value.trim() || null };
      onMade(await sendJson("POST", "api/keys/", { ...whose, scopes: [scope], expires_at: expires }));
      event.target.reset();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return html`<form class="row" onSubmit=${make}>
    <div class="field"><label for=${`${id}-name`}>${t("keys.whose")}</label><input id=${`${id}-name`} ref=${name} required maxlength="100" /></div>
    <div class="field"><label for=${`${id}-owner`}>${t("keys.owner_field")}</label>
      <input id=${`${id}-owner`} ref=${owner} maxlength="100" title=${t("keys.owner_hint")} /></div>
    <div class="field"><label for=${`${id}-scope`}>${t("keys.allows")}</label>
      <select id=${`${id}-scope`} value=${scope} onChange=${(event) => setScope(event.target.value)}>
        ${SCOPES.map((one) => html`<option key=${one} value=${one}>${t(`keys.${one}_long`)}</option>`)}</select></div>
    <div class="field"><label for=${`${id}-end`}>${t("keys.until")}</label><input id=${`${id}-end`} ref=${end} type="date" /></div>
    <button class="primary" disabled=${isBusy}>${t("keys.make")}</button>
    ${error && html`<span class="bad-text" role="alert">${reasonOf(error)}</span>`}</form>`;
}
