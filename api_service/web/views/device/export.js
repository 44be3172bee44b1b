// What is shown, as a file: the points as CSV, the plot as a picture, the readings themselves where the server gives them.
import { reasonOf } from "../../ui/states.js";
import { request } from "../../lib/api.js";
import { csv, download, fileName } from "../../lib/download.js";
import { html } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { offers } from "../../lib/site.js";
import { token } from "../../plots/colours.js";
import { toast } from "../../ui/toasts.js";

export function ExportMenu({ device, series }) {
  const name = `${fileName(device.device_name)}-${series.quantity}`;
  return html`<div class="row" role="group" aria-label=${t("device.export")}>
    <button class="small" onClick=${() => download(`${name}.csv`, pointsAsCsv(series))}>${t("device.export_csv")}</button>
    <button class="small" onClick=${() => plotAsPng(`${name}.png`)}>${t("device.export_png")}</button>
    ${offers("/api/export") && html`<button class="small" onClick=${() => readings(device, series)}>${t("device.export_readings")}</button>`}
  </div>`;
}

function pointsAsCsv(series) {
  const unit = series.unit === "1" ? "" : `_${series.unit}`;
  const header = ["start", ...["mean", "min", "max"].map((key) => `${series.quantity}${unit}_${key}`), "samples"];
  return csv(header, series.points.map((point) => [point.start, point.mean, point.min, point.max, point.samples]));
}

function plotAsPng(name) {
  const drawn = document.querySelector("#history-plot canvas");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawn.width, drawn.height];
  const context = canvas.getContext("2d");
  context.fillStyle = token("card");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(drawn, 0, 0);
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
