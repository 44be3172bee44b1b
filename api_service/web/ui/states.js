// What a view shows while there is nothing to show: loading, empty, failed, not offered.
import { html } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { href } from "../lib/router.js";

export function Loading({ size = "mid" }) {
  return html`<div role="status"><span class="hidden-visually">${t("state.loading")}</span>
    <span class=${`skeleton ${size}`} aria-hidden="true"></span></div>`;
}

export function Empty({ title, children }) {
  return html`<div class="empty"><strong>${title}</strong>${children}</div>`;
}

/** Before the first reading. */
export function NoReadings() {
  return html`<section class="card"><${Empty} title=${t("overview.nothing")}><p>${t("overview.nothing_hint")}</p>
    <a class="button" href=${href("import")}>${t("overview.nothing_action")}</a></${Empty}></section>`;
}

/** Why something failed, in words that say what to do. */
export function reasonOf(error) {
  if (error.status === 0) return t("error.unreachable");
  if (error.status === 401) return t("error.key");
  if (error.status === 403) return error.message || t("error.scope");
  if (error.status === undefined) return t("error.page", { detail: error.message });
  return error.message || t("error.status", { status: error.status });
}

export function Failure({ error, onRetry }) {
  return html`<div class="banner bad" role="alert">
    <span class="grow">${reasonOf(error)}</span>
    ${onRetry && html`<button class="small" onClick=${onRetry}>${t("action.retry")}</button>`}
  </div>`;
}

export function Stale({ onRetry }) {
  return html`<div class="banner warn"><span class="grow">${t("state.stale")}</span>
    <button class="small" onClick=${onRetry}>${t("action.retry")}</button></div>`;
}

/** For what this server does not offer: said plainly instead of a button that does nothing. */
export function NotOffered({ what }) {
  return html`<p class="banner note">${t("state.not_offered", { what })}</p>`;
}

/** One of the states, or what `children` makes of the data. */
export function Loaded({ state, size, children }) {
  if (state.data === null && state.isLoading) return html`<${Loading} size=${size} />`;
  if (state.data === null && state.error) return html`<${Failure} error=${state.error} onRetry=${() => state.refresh(true)} />`;
  return html`${state.isStale && html`<${Stale} onRetry=${() => state.refresh()} />`}${children(state.data)}`;
}
