// The page's only script: ask a question, list the devices. Everything shown is put in as text, never as HTML.
const conversation = document.getElementById("conversation");
const rows = document.querySelector("#devices tbody");
const note = document.getElementById("note");
const REFRESH_MS = 10000;
const STILL_WAITING = 202;
let sessionId = null;

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

const decimals = (value, digits, unit) => (value === null ? "–" : `${value.toFixed(digits)} ${unit}`);

async function problemText(response) {
  const problem = await response.json().catch(() => ({}));
  return problem.detail || `The server answered ${response.status}.`;
}

async function finishedAnswer(response) {
  let current = response;
  while (current.status === STILL_WAITING) {
    const location = current.headers.get("Location");
    const polled = await fetch(`${location}?wait=20`);
    const message = await polled.json();
    if (message.status === "succeeded") return message.answer;
    if (["failed", "cancelled"].includes(message.status)) throw new Error(`The question ${message.status}.`);
    current = response;
  }
  if (!current.ok) throw new Error(await problemText(current));
  return current.json();
}

function evidenceLine(fact) {
  const value = typeof fact.value === "number" ? Number(fact.value.toPrecision(6)) : fact.value;
  return `${fact.device ?? "whole site"}: ${fact.statistic} ${fact.quantity.replaceAll("_", " ")} ${value} ${fact.unit}`;
}

function showAnswer(card, answer) {
  card.append(element("p", answer.response, "answer"));
  const by = answer.answered_by === "model" ? "in the model's words" : "composed from the facts";
  card.append(element("p", `confidence ${answer.confidence.toFixed(2)} · ${by}`, "small"));
  if (answer.evidence.length === 0) return;
  const details = element("details", "");
  details.append(element("summary", "Evidence", "small"));
  for (const fact of answer.evidence) details.append(element("p", evidenceLine(fact), "small"));
  card.append(details);
}

async function ask(text) {
  const card = element("article", "");
  card.append(element("p", text, "question"));
  const waiting = element("p", "…", "small");
  card.append(waiting);
  conversation.prepend(card);
  try {
    const response = await fetch("./api/chat/", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user_message: text, session_id: sessionId }),
    });
    const answer = await finishedAnswer(response);
    sessionId = answer.session_id;
    waiting.remove();
    showAnswer(card, answer);
  } catch (error) {
    waiting.textContent = error.message;
    waiting.className = "error";
  }
}

function deviceRow(device) {
  const row = document.createElement("tr");
  row.append(
    element("td", device.device_name),
    element("td", device.device_state ?? "–"),
    element("td", decimals(device.average_power_w, 1, "W"), "number"),
    element("td", decimals(device.average_thd_percent, 1, "%"), "number"),
    element("td", decimals(device.energy_kwh, 2, "kWh"), "number"),
    element("td", new Date(device.last_seen).toLocaleString()),
  );
  return row;
}

async function refreshDevices() {
  try {
    const response = await fetch("./api/devices/");
    if (!response.ok) throw new Error(await problemText(response));
    const devices = await response.json();
    rows.replaceChildren(...devices.map(deviceRow));
    note.textContent = devices.length ? "" : "No readings in the last 24 hours. Import some: make import FILE=…";
  } catch (error) {
    note.textContent = error.message;
  }
}

document.getElementById("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = document.getElementById("question");
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  ask(text);
});

refreshDevices();
setInterval(refreshDevices, REFRESH_MS);
