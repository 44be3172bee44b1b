// Server-sent events over fetch: unlike EventSource it can POST and carry a key.
import { request } from "./api.js";

/**
 * Yields `{id, event, data}` with `data` parsed from JSON, until the stream or `signal` ends; `onOpen` gets the
 * response first, for its headers.
 */
export async function* events(path, { onOpen, ...options } = {}) {
  const headers = { Accept: "text/event-stream", ...options.headers };
  const response = await request(path, { ...options, headers });
  onOpen?.(response);
  if (response.status === 204 || !response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    while (true) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer = (buffer + value).replaceAll("\r\n", "\n");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop();
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  const found = { id: null, event: "message", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") found.data += (found.data ? "\n" : "") + value;
    else if (name in found) found[name] = value;
  }
  return found.data ? { ...found, data: JSON.parse(found.data) } : null;
}
