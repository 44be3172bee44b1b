// Earlier conversations: found by what was said in them, renamed, deleted.
import { getJson, remove, sendJson } from "../../lib/api.js";
import { dateTime } from "../../lib/format.js";
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { href } from "../../lib/router.js";
import { offers } from "../../lib/site.js";
import { Confirm, Prompt } from "../../ui/dialog.js";
import { Icon } from "../../ui/icons.js";
import { Loaded, reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";

const SEARCH_FROM = 5;
const LIMIT = 200;
const TYPING_MS = 250; // a search begins when nothing has been typed for so long
const titleOf = (session) => session.title || dateTime(session.created_at);

/** The conversations that hold a text, in their titles or in what was said; without one the newest. */
function readSessions(search, signal) {
  // What is typed would fill what is kept for times without network, word by word.
  const options = search ? { signal, cache: "no-store" } : { signal };
  return getJson("api/chat/sessions/", { limit: LIMIT, ...(search && { search }) }, options);
}

export function Sessions({ currentId, version, onNew }) {
  const [sought, setSought] = useState("");
  const [search, setSearch] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSearch(sought.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [sought]);
  const state = useLoaded((signal) => readSessions(search, signal), [version, search]);
  const items = state.data?.items ?? [];
  return html`<aside class="sessions card stack" aria-labelledby="sessions-title">
    <div class="between"><h2 id="sessions-title">${t("ask.sessions")}</h2><button class="small" onClick=${onNew}>${t("ask.new")}</button></div>
    ${(sought || search || items.length >= SEARCH_FROM) && html`<input type="search" aria-label=${t("ask.search")} placeholder=${t("ask.search")}
      maxlength="200" value=${sought} onInput=${(event) => setSought(event.target.value)} />`}
    <${Loaded} state=${state}>${(page) => html`<${List} page=${page} empty=${t(search ? "ask.none_found" : "ask.no_sessions")}
      currentId=${currentId} refresh=${state.refresh} onNew=${onNew} />`}</${Loaded}>
  </aside>`;
}

function List({ page: { items, next_cursor: more }, empty, currentId, refresh, onNew }) {
  const [open, setOpen] = useState(null);
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
  if (items.length === 0) return html`<p class="small muted">${empty}</p>`;
  return html`<ul>${items.map((session) => html`<li key=${session.session_id} class=${session.session_id === currentId ? "current" : ""}>
      <a href=${href("ask", session.session_id)} aria-current=${session.session_id === currentId ? "true" : undefined}>
        <span class="clip">${titleOf(session)}</span><span class="small muted">${dateTime(session.last_active)}</span></a>
      ${offers("/api/chat/sessions/{session_id}", "patch") && html`<button class="quiet small" aria-label=${t("ask.rename", { title: titleOf(session) })}
        onClick=${() => setOpen({ session, what: "rename" })}><${Icon} name="edit" /></button>`}
      <button class="quiet small" aria-label=${t("ask.delete", { title: titleOf(session) })}
        onClick=${() => setOpen({ session, what: "delete" })}><${Icon} name="trash" /></button>
    </li>`)}</ul>
    ${more && html`<p class="small muted">${t("ask.older_sessions", { count: items.length })}</p>`}
    ${open?.what === "rename" && html`<${Prompt} title=${t("ask.rename_title")} label=${t("ask.title")} value=${titleOf(open.session)}
      onSave=${(title) => rename(open.session, title)} onClose=${() => setOpen(null)} />`}
    ${open?.what === "delete" && html`<${Confirm} title=${t("ask.delete_title")} text=${t("ask.delete_text", { title: titleOf(open.session) })}
      action=${t("action.delete")} onYes=${() => drop(open.session)} onClose=${() => setOpen(null)} />`}`;
}
