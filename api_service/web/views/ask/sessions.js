// Earlier conversations: found by their words, renamed, deleted.
import { getJson, remove, sendJson } from "../../lib/api.js";
import { dateTime } from "../../lib/format.js";
import { html, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { href } from "../../lib/router.js";
import { offers } from "../../lib/site.js";
import { Confirm, Prompt } from "../../ui/dialog.js";
import { Icon } from "../../ui/icons.js";
import { Loaded, reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

const SEARCH_FROM = 5;
const titleOf = (session) => session.title || dateTime(session.created_at);

export function Sessions({ currentId, version, onNew }) {
  const state = useLoaded(async (signal) => (await getJson("api/chat/sessions/", { limit: 200 }, { signal })).items, [version]);
  return html`<aside class="sessions card stack" aria-labelledby="sessions-title">
    <div class="between"><h2 id="sessions-title">${t("ask.sessions")}</h2><button class="small" onClick=${onNew}>${t("ask.new")}</button></div>
    <${Loaded} state=${state}>${(items) => html`<${List} items=${items} currentId=${currentId} refresh=${state.refresh} onNew=${onNew} />`}</${Loaded}>
  </aside>`;
}

function List({ items, currentId, refresh, onNew }) {
  const [sought, setSought] = useState("");
  const [open, setOpen] = useState(null);
  const found = items.filter((session) => titleOf(session).toLowerCase().includes(sought.toLowerCase()));
  const attempt = async (work) => {
    try { await work(); } catch (error) { toast(reasonOf(error)); }
    refresh();
  };
  const rename = (session, title) => attempt(() => sendJson("PATCH", `api/chat/sessions/${session.session_id}`, { title: title || null }));
  const drop = (session) => attempt(async () => {
    await remove(`api/chat/sessions/${session.session_id}`);
    toast(t("ask.session_deleted"));
    if (session.session_id === currentId) onNew();
  });
  if (items.length === 0) return html`<p class="small muted">${t("ask.no_sessions")}</p>`;
  return html`${items.length >= SEARCH_FROM && html`<input type="search" aria-label=${t("ask.search")} placeholder=${t("ask.search")}
      value=${sought} onInput=${(event) => setSought(event.target.value)} />`}
    <ul>${found.map((session) => html`<li key=${session.session_id} class=${session.session_id === currentId ? "current" : ""}>
      <a class="clip" href=${href("ask", session.session_id)} aria-current=${session.session_id === currentId ? "true" : undefined}
        title=${dateTime(session.last_active)}>${titleOf(session)}</a>
      ${offers("/api/chat/sessions/{session_id}", "patch") && html`<button class="quiet small" aria-label=${t("ask.rename", { title: titleOf(session) })}
        onClick=${() => setOpen({ session, what: "rename" })}><${Icon} name="edit" /></button>`}
      <button class="quiet small" aria-label=${t("ask.delete", { title: titleOf(session) })}
        onClick=${() => setOpen({ session, what: "delete" })}><${Icon} name="trash" /></button>
    </li>`)}</ul>
    ${open?.what === "rename" && html`<${Prompt} title=${t("ask.rename_title")} label=${t("ask.title")} value=${titleOf(open.session)}
      onSave=${(title) => rename(open.session, title)} onClose=${() => setOpen(null)} />`}
    ${open?.what === "delete" && html`<${Confirm} title=${t("ask.delete_title")} text=${t("ask.delete_text", { title: titleOf(open.session) })}
      action=${t("action.delete")} onYes=${() => drop(open.session)} onClose=${() => setOpen(null)} />`}`;
}
