// The conversation: questions one after the other, each with its answer as it comes; what fails keeps its question.
import { getJson, remove, request, sendJson } from "../../lib/api.js";
import { signal } from "../../lib/html.js";
import { events } from "../../lib/sse.js";

const PAGE = 1000;
const RESUME_MS = 1500;
const GIVE_UP_AFTER = 40;

export const sessionId = signal(null);
export const turns = signal([]);
export const loadError = signal(null);
/** What is read out when an answer is complete. */
export const announcement = signal("");

let queue = Promise.resolve();
let stopping = null;
let count = 0;

export const isBusy = () => turns.value.some((turn) => ["queued", "running", "checking", "waiting"].includes(turn.status));

function update(key, change) {
  turns.value = turns.value.map((turn) => (turn.key === key ? { ...turn, ...change } : turn));
}

export function newConversation() {
  sessionId.value = null;
  turns.value = [];
  loadError.value = null;
}

/** Show a stored conversation. */
export async function openConversation(id) {
  if (id === sessionId.value) return;
  newConversation();
  sessionId.value = id;
  try {
    const { items } = await getJson(`api/chat/sessions/${id}/messages`, { limit: PAGE });
    if (sessionId.value === id) turns.value = turnsOf(items);
  } catch (error) {
    if (sessionId.value === id) loadError.value = error;
  }
}

function turnsOf(messages) {
  const questions = new Map(messages.filter((one) => one.role === "user").map((one) => [one.message_id, one.content]));
  const answers = messages.filter((one) => one.role === "assistant");
  return answers.map((one, index) => ({
    key: one.message_id, messageId: one.message_id, status: one.status, words: one.content, answer: one.answer,
    error: one.error, question: questions.get(one.reply_to) ?? [...questions.values()][index] ?? "",
  }));
}

/** Put a question at the end; questions are answered in the order in which they were asked, in one session. */
export function ask(question, onSession) {
  const key = `local-${(count += 1)}`;
  turns.value = [...turns.value, { key, question, status: "waiting", words: "", answer: null, error: null }];
  queue = queue.then(() => answer(key, question, onSession));
  return queue;
}

/** Ask again what failed or was stopped, in its place. */
export function askAgain(turn, onSession) {
  update(turn.key, { status: "waiting", words: "", answer: null, error: null });
  queue = queue.then(() => answer(turn.key, turn.question, onSession));
}

export function stop() {
  const turn = turns.value.find((one) => ["queued", "running", "checking", "waiting"].includes(one.status));
  if (!turn) return;
  stopping?.abort();
  if (turn.messageId) remove(`api/chat/messages/${turn.messageId}`).catch(() => {});
  update(turn.key, { status: "cancelled" });
}

async function answer(key, question, onSession) {
  if (turns.value.find((turn) => turn.key === key)?.status !== "waiting") return;
  stopping = new AbortController();
  const progress = { key, lastId: 0, messageId: null, signal: stopping.signal };
  try {
    if (sessionId.value === null) {
      sessionId.value = (await sendJson("POST", "api/chat/sessions/", {})).session_id;
      onSession?.(sessionId.value);
    }
    await follow(progress, question);
  } catch (error) {
    if (stopping.signal.aborted) update(key, { status: "cancelled" });
    else update(key, { status: "failed", error });
  }
}

/** Read the question's events to their end; a stream that breaks is taken up where it broke. */
async function follow(progress, question) {
  const opening = {
    method: "POST", signal: progress.signal, headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user_message: question, session_id: sessionId.value }),
    onOpen: (response) => {
      progress.messageId = response.headers.get("Location")?.split("/").at(-1) ?? null;
      update(progress.key, { messageId: progress.messageId, status: "queued" });
    },
  };
  if (await read(progress, "api/chat/", opening).catch((error) => unlessAccepted(error, progress))) return;
  for (let round = 0; round < GIVE_UP_AFTER; round += 1) {
    await new Promise((done) => setTimeout(done, RESUME_MS));
    const resuming = { signal: progress.signal, headers: { "Last-Event-ID": String(progress.lastId) } };
    const path = `api/chat/messages/${progress.messageId}/events`;
    if (await read(progress, path, resuming).catch((error) => unlessAccepted(error, progress))) return;
    if (await isEnded(progress)) return;
  }
  throw new Error("no answer");
}

/** Once the server has accepted a question, a lost connection is waited out; before, it is a failure. */
function unlessAccepted(error, progress) {
  if (progress.messageId === null || progress.signal.aborted || error.status > 0) throw error;
  return false;
}

async function read(progress, path, options) {
  for await (const { id, event, data } of events(path, options)) {
    progress.lastId = Number(id ?? progress.lastId);
    if (take(progress.key, event, data)) return true;
  }
  return false;
}

function take(key, event, data) {
  if (event === "token") {
    const turn = turns.value.find((one) => one.key === key);
    update(key, { status: "running", words: turn.words + data.text });
  } else if (event === "status") {
    update(key, { status: data.status });
  } else if (event === "done") {
    update(key, { status: "succeeded", answer: data, words: data.response, messageId: data.message_id });
    announcement.value = data.response;
    return true;
  } else if (event === "error") {
    update(key, { status: data.status === "cancelled" ? "cancelled" : "failed", error: { message: data.detail } });
    return true;
  }
  return false;
}

/** After a 204 nothing more comes: what became of it stands in the message. */
async function isEnded(progress) {
  const response = await request(`api/chat/messages/${progress.messageId}`, { signal: progress.signal }).catch(() => null);
  const message = response && await response.json();
  if (!message?.finished_at) return false;
  return take(progress.key, message.answer ? "done" : "error", message.answer ?? { status: message.status, detail: message.error });
}
