// What the import view asks of the server: a dry run, the import itself, how it stands, its undoing.
import { getJson, remove, request } from "../../lib/api.js";
import { download, fileName } from "../../lib/download.js";

/** Columns may be read as these; `-` leaves one out. */
export const MEANINGS = [
  "-", "timestamp", "date", "clock", "cluster", "device", "device_state", "power[W]", "power[kW]", "energy[Wh]", "energy[kWh]",
  "counter[Wh]", "counter[kWh]", "voltage[V]", "current[A]", "power_factor", "frequency[Hz]", "thd[%]", "reactive_power[kvar]",
  "apparent_power[kVA]",
];
const ENDED = ["completed", "failed", "cancelled"];

function formOf(file, options) {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one) form.append(name, one);
  }
  form.append("file", file, file.name);
  return form;
}

export async function dryRun(file, options) {
  const response = await request("api/imports/", { method: "POST", query: { dry_run: true }, body: formOf(file, options) });
  return response.json();
}

/** Start an import; the id of its job. */
export async function startImport(file, options) {
  const response = await request("api/imports/", { method: "POST", body: formOf(file, options) });
  const body = await response.json().catch(() => ({}));
  return body.id ?? response.headers.get("Location").split("/").at(-1);
}

export const readJob = (id, signal) => getJson(`api/imports/${id}`, {}, { signal });
export const isEnded = (job) => ENDED.includes(job.state);
export const undo = (id) => remove(`api/imports/${id}`);

export async function listJobs(signal) {
  const body = await getJson("api/imports/", {}, { signal });
  return body.items ?? body;
}

export async function saveRejects(job) {
  const response = await request(`api/imports/${job.id}/rejects`);
  download(`${fileName(job.file_name)}-rejects.csv`, await response.blob());
}
