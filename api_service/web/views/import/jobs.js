// Imports: files that are looked at, the ones under way, and those that were.
import { dateTime, number, percent } from "../../lib/format.js";
import { html, useEffect, useState } from "../../lib/html.js";
import { t } from "../../lib/i18n.js";
import { useLoaded } from "../../lib/load.js";
import { Confirm } from "../../ui/dialog.js";
import { Loaded, reasonOf } from "../../ui/states.js";
import { toast } from "../../ui/toasts.js";
import { Drop } from "./drop.js";
import { FileCard } from "./file_card.js";
import { isEnded, listJobs, readJob, saveRejects, undo } from "./job_requests.js";

const LOOK_EVERY_MS = 1000;

export function Jobs() {
  const [files, setFiles] = useState([]);
  const list = useLoaded(listJobs, []);
  const dropFile = (file) => setFiles((old) => old.filter((one) => one !== file));
  return html`<section class="card stack"><${Drop} onFiles=${(more) => setFiles([...files, ...more])} /></section>
    ${files.map((file) => html`<${FileCard} key=${`${file.name} ${file.size} ${file.lastModified}`} file=${file}
      onDropped=${() => dropFile(file)} onStarted=${() => { dropFile(file); list.refresh(); }} />`)}
    <section class="card stack" aria-labelledby="imports-title"><h2 id="imports-title">${t("import.list")}</h2>
      <${Loaded} state=${list}>${(jobs) => (jobs.length === 0 ? html`<p class="muted">${t("import.list_empty")}</p>`
        : jobs.map((job) => html`<${Job} key=${job.id} job=${job} onChanged=${list.refresh} />`))}</${Loaded}></section>`;
}

function Job({ job: listed, onChanged }) {
  const [job, setJob] = useState(listed);
  const [isAsking, setAsking] = useState(false);
  useEffect(() => { setJob(listed); }, [listed]);
  useEffect(() => {
    if (isEnded(job)) return undefined;
    const timer = setInterval(() => readJob(job.id).then(setJob, () => {}), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [job.id, job.state]);
  const attempt = async (work, done) => {
    try { await work(); if (done) toast(done); } catch (error) { toast(reasonOf(error)); }
    onChanged();
  };
  return html`<article class="stack tight" data-import=${job.id} data-state=${job.state}>
    <div class="between"><h3 class="break">${job.file_name}</h3>
      <span class=${`badge ${job.state === "failed" ? "bad" : "on"}`}>${t(`import.state_${job.state}`)}</span></div>
    ${!isEnded(job) && html`<progress max="1" value=${job.progress ?? undefined} aria-label=${t("import.progress")}></progress>`}
    <p class="small">${t("import.counts", {
      accepted: number(job.accepted, 9), duplicates: number(job.duplicates, 9), conflicts: number(job.conflicts ?? 0, 9), rejected: number(job.rejected, 9),
    })}${!isEnded(job) && job.progress !== null ? ` · ${percent(job.progress)}` : ""} · <span class="muted">${dateTime(job.created_at)}</span></p>
    ${job.error && html`<p class="small bad-text">${job.error}</p>`}
    <div class="row">
      ${job.rejected > 0 && html`<button class="small" onClick=${() => attempt(() => saveRejects(job))}>${t("import.save_rejects")}</button>`}
      <button class="small" onClick=${() => setAsking(true)}>${t(isEnded(job) ? "import.undo" : "import.cancel")}</button></div>
    ${isAsking && html`<${Confirm} title=${t("import.undo_title")} text=${t("import.undo_text", { name: job.file_name })} action=${t(isEnded(job) ? "import.undo" : "import.cancel")}
      onYes=${() => attempt(() => undo(job.id), t("import.undone"))} onClose=${() => setAsking(false)} />`}
  </article>`;
}
