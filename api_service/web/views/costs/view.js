// Costs: the site's tariffs, and what the last week would have cost at them.
import { getJson, sendJson } from "../../lib/api.js";
import { html, useEffect, useId, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { toInput } from "../../lib/format.js";
import { useLoaded } from "../../lib/load.js";
import { now, offers } from "../../lib/site.js";
import { Empty, Failure, Loaded, Loading, NotOffered } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";
import { TariffEditor } from "./editor.js";
import { Preview } from "./preview.js";
import { newTariff } from "./prices.js";

const PATH = "/api/tariffs/";

export function CostsView() {
  const isOffered = offers(PATH, "put");
  return html`<div class="head"><h1>${t("nav.costs")}</h1></div>
    ${isOffered === null ? html`<${Loading} />` : isOffered ? html`<${Costs} />` : html`<${NotOffered} what=${t("costs.tariffs")} />`}`;
}

function Costs() {
  const state = useLoaded((signal) => getJson(PATH, {}, { signal }), []);
  return html`<${Loaded} state=${state}>${(stored) => html`<${Editor} stored=${stored} />`}</${Loaded}>`;
}

function Editor({ stored }) {
  const [currency, setCurrency] = useState(stored.currency ?? "EUR");
  const [tariffs, setTariffs] = useState(stored.tariffs ?? []);
  const [error, setError] = useState(null);
  const currencyId = useId();
  // Read again without a change (the server was away), what is being edited stays.
  useEffect(() => { setCurrency(stored.currency ?? "EUR"); setTariffs(stored.tariffs ?? []); }, [JSON.stringify(stored)]);
  const add = () => setTariffs([...tariffs, newTariff(toInput(now()).slice(0, 7) + "-01")]);
  const save = async (event) => {
    event.preventDefault();
    try {
      await sendJson("PUT", PATH, { currency, tariffs });
      setError(null);
      toast(t("costs.saved"));
    } catch (refused) {
      setError(refused);
    }
  };
  return html`<div class="costs"><form class="stack" onSubmit=${save}>
      ${tariffs.length === 0 && html`<div class="card"><${Empty} title=${t("costs.none")}><p>${t("costs.none_hint")}</p></${Empty}></div>`}
      ${tariffs.map((tariff, index) => html`<${TariffEditor} key=${index} tariff=${tariff}
        onChange=${(changed) => setTariffs(tariffs.map((one, at) => (at === index ? changed : one)))}
        onRemove=${() => setTariffs(tariffs.filter((_, at) => at !== index))} />`)}
      ${error && html`<${Failure} error=${error} />`}
      <div class="between"><button type="button" onClick=${add}>${t("costs.add_tariff")}</button>
        <div class="row"><label for=${currencyId}>${t("costs.currency")}</label>
          <input id=${currencyId} size="4" maxlength="3" pattern="[A-Z]{3}" required value=${currency} onChange=${(event) => setCurrency(event.target.value.toUpperCase())} />
          <button class="primary">${t("action.save")}</button></div></div>
    </form>
    <${Preview} tariffs=${tariffs} currency=${currency} /></div>`;
}
