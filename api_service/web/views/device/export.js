// What is shown, as a file: the points as CSV, the plot as a picture, the readings themselves where the server gives them.
import { reasonOf } from "../../ui/states.js";
import { request } from "../../lib/api.js";
import { csv, download, fileName } from "../../lib/download.js";
import { span } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { offers } from "../../lib/site.js";
import { token } from "../../plots/colours.js";
import { toast } from "../../ui/toasts.js";

const TITLE_ROOM = 32;

export function ExportMenu({ device, series, compared }) {
  const name = `${fileName(device.device_name)}-${series.quantity}`;
  return html`<div class="row" role="group" aria-label=${t("device.export")}>
    <button class="small" onClick=${() => download(`${name}.csv`, pointsAsCsv(series, compared))}>${t("device.export_csv")}</button>
    <button class="small" onClick=${() => plotAsPng(`${name}.png`, titleOf(series))}>${t("device.export_png")}</button>
    ${offers("/api/export") && html`<button class="small" onClick=${() => readings(device, series)}>${t("device.export_readings")}</button>`}
  </div>`;
}

/** The points that are drawn; those of a compared span beside the ones that they are drawn over. */
function pointsAsCsv(series, compared) {
  const unit = series.unit === "1" ? "" : `_${series.unit}`;
  const name = `${series.quantity}${unit}`;
  const header = ["start", ...["mean", "min", "max"].map((key) => `${name}_${key}`), "samples"];
  const rowOf = (point) => [point?.start, point?.mean, point?.min, point?.max, point?.samples];
  if (!compared) return csv(header, series.points.map(rowOf));
  const own = new Map(series.points.map((point) => [Date.parse(point.start), point]));
  const others = new Map(compared.series.points.map((point) => [Date.parse(point.start) + compared.shiftMs, point]));
  const times = [...new Set([...own.keys(), ...others.keys()])].sort((left, right) => left - right);
  const rows = times.map((at) => [...rowOf(own.get(at)), others.get(at)?.start, others.get(at)?.mean]);
  return csv([...header, "compared_start", `compared_${name}_mean`], rows);
}

const titleOf = (series) => `${series.device_name} · ${t(`quantity.${series.quantity}`)} · ${span(series.start, series.end)} (${series.timezone})`;

/** The plot as it is drawn, with a title above it that says what it shows. */
function plotAsPng(name, title) {
  const drawn = document.querySelector("#history-plot canvas");
  const room = TITLE_ROOM * devicePixelRatio;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawn.width, drawn.height + room];
  const context = canvas.getContext("2d");
  context.fillStyle = token("card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = token("text");
  context.font = `${14 * devicePixelRatio}px system-ui, sans-serif`;
  context.fillText(title, 12 * devicePixelRatio, 0.7 * room, canvas.width - 24 * devicePixelRatio);
  context.drawImage(drawn, 0, room);
  canvas.toBlob((blob) => download(name, blob), "image/png");
}

async function readings(device, series) {
  try {
    const query = { cluster: device.cluster, start: series.start, end: series.end, format: "csv" };
    download(`${fileName(device.device_name)}.csv`, await (await request("api/export", { query })).blob());
  } catch (error) {
    toast(reasonOf(error));
  }
}
