// Where keys are set, the page asks for one and logs in with it; the key itself is kept nowhere.
import { logIn } from "../lib/api.js";
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { storedToken } from "../lib/login.js";
import { refreshSite } from "../lib/site.js";

export function KeyGate() {
  const [isRefused, setRefused] = useState(Boolean(storedToken()));
  const [isBusy, setBusy] = useState(false);
  const key = useRef(null);
  const isForDevice = useRef(null);
  useEffect(() => { key.current.focus(); }, []);
  const enter = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await logIn(key.current.value.trim(), isForDevice.current.checked);
      await refreshSite();
      dispatchEvent(new Event("askwatt:back"));
    } catch (error) {
      setRefused(error.status === 401);
    }
    setBusy(false);
  };
  return html`<main id="main" tabindex="-1"><form class="card stack gate" onSubmit=${enter}>
    <h1>${t("key.title")}</h1>
    <p class="muted">${t("key.why")}</p>
    <div class="field"><label for="key">${t("key.label")}</label>
      <input id="key" ref=${key} type="password" autocomplete="current-password" required
        aria-describedby=${isRefused ? "key-refused" : undefined} aria-invalid=${String(isRefused)} />
      ${isRefused && html`<span id="key-refused" class="bad-text" role="alert">${t("key.refused")}</span>`}</div>
    <label class="row"><input type="checkbox" ref=${isForDevice} /> ${t("key.keep")}</label>
    <div class="row"><button class="primary" disabled=${isBusy}>${t("key.enter")}</button></div>
    <details class="small muted"><summary>${t("key.how_title")}</summary><p>${t("key.how")}</p>
      <pre>python -m api_service.scripts.keys create me</pre></details>
  </form></main>`;
}
