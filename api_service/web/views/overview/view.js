// Overview: the site at a glance.
import { html, signal, useMemo, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { liveRows, useLive } from "../../lib/live.js";
import { useLoaded } from "../../lib/load.js";
import { now } from "../../lib/site.js";
import { dateTime } from "../../lib/format.js";
import { Loaded, NoReadings } from "../../ui/states.js";
import { DeviceCard, SilentCard } from "./cards.js";
import { readDevices, readSparks, readToday } from "./data.js";
import { Day } from "./day.js";
import { Tiles } from "./tiles.js";

const REFRESH_MS = 10_000, TODAY_MS = 60_000, SPARK_MS = 300_000;
const ORDERS = {
  power: (left, right) => (right.power_now_w ?? -1) - (left.power_now_w ?? -1),
  energy: (left, right) => right.energy_kwh - left.energy_kwh,
  name: (left, right) => left.device_name.localeCompare(right.device_name),
  last_seen: (left, right) => right.last_seen.localeCompare(left.last_seen),
};
const MOST_CARDS = 60;
const FILTER_FROM = 7; // fewer cards are found by eye
// Kept while other views are shown.
const order = signal("power");
const filter = signal("");
const group = signal("");

export function OverviewView() {
  useLive();
  const state = useLoaded(readDevices, [], { everyMs: REFRESH_MS });
  const today = useLoaded(readToday, [], { everyMs: TODAY_MS });
  return html`<div class="head"><h1>${t("nav.overview")}</h1>
      <span class="muted small">${t("overview.as_of", { moment: dateTime(now()) })}</span></div>
    <${Loaded} state=${state} size="tall">${(devices) => (devices.active.length + devices.silent.length === 0
      ? html`<${NoReadings} />`
      : html`<${Site} devices=${withLive(devices)} today=${today} />`)}</${Loaded}>`;
}

function withLive({ active, silent }) {
  const fresh = liveRows.value;
  return { silent, active: active.map((row) => {
    const live = fresh.get(row.cluster);
    if (!live || live.last_seen < row.last_seen) return row;
    return { ...row, ...live, power_now_w: live.power_w ?? row.power_now_w };
  }) };
}

function Site({ devices, today }) {
  const byEnergy = useMemo(() => devices.active.filter((row) => row.role !== "mains").sort(ORDERS.energy), [devices.active.map((row) => row.cluster).sort().join()]);
  const silent = devices.silent.filter((row) => row.role !== "mains");
  return html`<${Tiles} devices=${devices} today=${today} />
    ${byEnergy.length > 0 && html`<${Day} active=${byEnergy} silent=${silent} />`}
    <${Cards} devices=${devices} />`;
}

function Cards({ devices }) {
  const groups = [...new Set(devices.active.flatMap((row) => row.groups ?? []))].sort();
  const [isWhole, setWhole] = useState(false);
  const matches = (row) => row.device_name.toLowerCase().includes(filter.value.toLowerCase())
    && (!group.value || row.groups?.includes(group.value));
  const found = devices.active.filter(matches).sort(ORDERS[order.value]);
  const active = isWhole ? found : found.slice(0, MOST_CARDS);
  const clusters = active.map((row) => row.cluster);
  const sparks = useLoaded((signal) => readSparks(clusters, signal), [[...clusters].sort().join()], { everyMs: SPARK_MS });
  const silent = devices.silent.filter(matches);
  return html`<section class="stack" aria-labelledby="active-title">
    <div class="between">
      <h2 id="active-title">${t("overview.active")}</h2>
      <div class="row device-tools">
        ${devices.active.length + devices.silent.length >= FILTER_FROM && html`<input type="search" aria-label=${t("overview.filter")}
          placeholder=${t("overview.filter")} value=${filter.value} onInput=${(event) => { filter.value = event.target.value; }} />`}
        ${groups.length > 0 && html`<select aria-label=${t("overview.group")} value=${group.value}
          onChange=${(event) => { group.value = event.target.value; }}>
          <option value="">${t("overview.all_groups")}</option>${groups.map((name) => html`<option key=${name}>${name}</option>`)}</select>`}
        <select aria-label=${t("overview.order")} value=${order.value} onChange=${(event) => { order.value = event.target.value; }}>
          ${Object.keys(ORDERS).map((key) => html`<option key=${key} value=${key}>${t(`overview.by_${key}`)}</option>`)}</select>
      </div>
    </div>
    ${active.length
      ? html`<ul class="devices">${active.map((row) => html`<${DeviceCard} key=${row.cluster} device=${row} series=${sparks.data?.get(row.cluster)} />`)}</ul>`
      : html`<p class="muted">${filter.value || group.value ? t("overview.no_match") : t("overview.none_active")}</p>`}
    ${found.length > active.length && html`<div class="row"><button onClick=${() => setWhole(true)}>${t("overview.show_all", { count: found.length })}</button></div>`}
    ${silent.length > 0 && html`<h2>${t("overview.silent")}</h2>
      <ul class="devices">${silent.map((row) => html`<${SilentCard} key=${row.cluster} device=${row} />`)}</ul>`}
  </section>`;
}
