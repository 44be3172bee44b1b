// The frame around every view: navigation, banners, the view itself, notes.
import { needsKey } from "../lib/api.js";
import { base } from "../lib/base.js";
import { html, useEffect, useRef } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { href, route } from "../lib/router.js";
import { site } from "../lib/site.js";
import { Icon } from "../ui/icons.js";
import { KeyGate } from "../ui/key_gate.js";
import { Toasts } from "../ui/toasts.js";
import { AskView } from "../views/ask/view.js";
import { CostsView } from "../views/costs/view.js";
import { DeviceView } from "../views/device/view.js";
import { ImportView } from "../views/import/view.js";
import { OverviewView } from "../views/overview/view.js";
import { SettingsView } from "../views/settings/view.js";
import { Banners } from "./banners.js";

const VIEWS = {
  overview: OverviewView, ask: AskView, import: ImportView, costs: CostsView, settings: SettingsView, device: DeviceView,
};
const TABS = ["overview", "ask", "import", "costs", "settings"];

export function Shell() {
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("nav.skip")}</a>
    <div class="frame">
      <${Rail} />
      ${needsKey.value ? html`<${KeyGate} />` : html`<${Main} />`}
    </div>
    <${Toasts} />`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function Rail() {
  const current = route.value.name === "device" ? "overview" : route.value.name;
  return html`<nav class="rail" aria-label=${t("nav.label")}>
    <a class="brand" href=${href("overview")}><img src=${new URL("../icons/icon.svg", import.meta.url).href} alt="" />AskWatt</a>
    <ul>${TABS.map((name) => html`<li key=${name}>
      <a href=${href(name)} aria-current=${name === current ? "page" : undefined}><${Icon} name=${name} />${t(`nav.${name}`)}</a>
    </li>`)}</ul>
    <footer>
      <a href=${new URL("docs", base).href}>${t("nav.api")}</a>
      ${site.value && html`<span>${site.value.timezone}</span><span>AskWatt ${site.value.version}</span>`}
    </footer>
  </nav>`;
}

function Main() {
  const element = useRef(null);
  const { name, id } = route.value;
  const View = VIEWS[name] ?? OverviewView;
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${t(`nav.${name in VIEWS ? name : "overview"}`)} · AskWatt`;
    // After a change of view a reader starts at its top, unless the view has taken the focus itself.
    if (!isFirst.current) {
      if (!element.current.contains(document.activeElement)) element.current.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    isFirst.current = false;
  }, [name, name === "device" ? id : ""]);
  return html`<main id="main" tabindex="-1" ref=${element}><${Banners} /><${View} key=${name} /></main>`;
}
