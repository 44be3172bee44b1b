// Readings as they come: the server's stream of changes where it has one, else views ask again on a timer.
import { signal, useEffect } from "./html.js";
import { offers } from "./site.js";
import { events } from "./sse.js";

const PATH = "/api/devices/live";
const LONGEST_PAUSE_MS = 30_000;

/** The newest row of each device by its cluster; empty while nothing has come. */
export const liveRows = signal(new Map());

let users = 0;
let controller = null;

/** Follow the stream while a component that needs it is shown. */
export function useLive() {
  useEffect(() => {
    users += 1;
    if (users === 1) follow();
    return () => {
      users -= 1;
      if (users === 0) controller?.abort();
    };
  }, []);
}

async function follow() {
  controller = new AbortController();
  const { signal: ended } = controller;
  let pauseMs = 1000;
  while (!ended.aborted) {
    if (offers(PATH)) {
      try {
        for await (const event of events(PATH, { signal: ended })) {
          pauseMs = 1000;
          take(event.data);
        }
      } catch {
        // The banner says that the server is away; here it is only tried again.
      }
    }
    await new Promise((done) => setTimeout(done, pauseMs));
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

function take(data) {
  const rows = Array.isArray(data) ? data : data.devices ?? [data];
  const known = new Map(liveRows.value);
  for (const row of rows) if (row.cluster !== undefined) known.set(row.cluster, { ...known.get(row.cluster), ...row });
  liveRows.value = known;
}
