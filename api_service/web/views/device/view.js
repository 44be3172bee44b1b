// One device: its history, its days, its events, and what a user may change.
import { getJson } from "../../lib/api.js";
import { ago, dateTime, quantity } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { locale, t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { href, route } from "../../lib/router.js";
import { now, offers } from "../../lib/site.js";
import { Empty, Loaded } from "../../ui/states.js";
import { DailyEnergy } from "./energy.js";
import { Events } from "./events.js";
import { History } from "./history.js";
import { Naming } from "./naming.js";
import { spanOf } from "./span.js";
import { Deletion } from "./deletion.js";
import { States } from "./states.js";

const REFRESH_MS = 15_000;

/** The device's life and its last day, in one object. */
async function readDevice(cluster, signal) {
  const [all, recent] = await Promise.all([
    getJson("api/devices/summary/", {}, { signal }), getJson("api/devices/", { hours: 24 }, { signal }),
  ]);
  const life = all.find((row) => row.cluster === cluster);
  if (!life) return undefined;
  return { ...life, ...recent.find((row) => row.cluster === cluster), ...await readDetails(cluster, signal), life };
}

/** Groups and role, where the server tells of one device. */
async function readDetails(cluster, signal) {
  if (!offers("/api/devices/{cluster}")) return {};
  const { groups = [], role = null } = await getJson(`api/devices/${cluster}`, {}, { signal });
  return { groups, role };
}

export function DeviceView() {
  const cluster = Number(route.value.id);
  const state = useLoaded(async (signal) => (await readDevice(cluster, signal)) ?? { isMissing: true }, [cluster], { everyMs: REFRESH_MS });
  return html`<p><a href=${href("overview")}>${t("device.back")}</a></p>
    <${Loaded} state=${state} size="tall">${(device) => (device.isMissing
      ? html`<section class="card"><${Empty} title=${t("device.missing", { cluster })}><a href=${href("overview")}>${t("device.back")}</a></${Empty}></section>`
      : html`<${Device} device=${device} onChanged=${state.refresh} />`)}</${Loaded}>`;
}

function Device({ device, onChanged }) {
  const span = spanOf(device);
  const question = t("device.ask_text", { name: device.device_name });
  return html`<div class="head"><div class="stack tight"><h1 class="break">${device.device_name}</h1>
      <div class="row small muted">
        ${device.device_state && html`<span class="badge on">${device.device_state}</span>`}
        ${device.role === "mains" && html`<span class="badge on">${t("device.mains")}</span>`}
        ${(device.groups ?? []).map((group) => html`<span class="badge" key=${group}>${group}</span>`)}
        <span>${t("device.last_seen", { moment: dateTime(device.last_seen), ago: ago(device.last_seen, now()) })}</span>
        <span>${t("device.cluster", { cluster: device.cluster })}</span></div></div>
    <div class="row"><a class="button small" href=${href("ask", "", { q: question })}>${t("device.ask")}</a>
      <${Naming} device=${device} onChanged=${onChanged} /></div></div>
    <${States} device=${device} span=${span} />
    <${History} device=${device} span=${span} />
    <div class="columns"><${DailyEnergy} device=${device} /><${Life} device=${device} /></div>
    <${Events} device=${device} span=${span} />`;
}

function Life({ device }) {
  const { life } = device;
  const facts = [
    [t("device.average_power"), quantity(life.average_power_w, "W")], [t("device.average_thd"), quantity(life.average_thd_percent, "%")],
    [t("device.usual_state"), life.most_common_state ?? "–"], [t("quantity.samples"), life.samples.toLocaleString(locale())],
    [t("device.first_seen"), dateTime(life.first_seen)], [t("device.last_reading"), dateTime(life.last_seen)],
  ];
  return html`<section class="card stack" aria-labelledby="life-title"><h2 id="life-title">${t("device.life")}</h2>
    <dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl><${Deletion} device=${device} /></section>`;
}
