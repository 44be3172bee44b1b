// Data of a view: loading, there, failed; asked for anew when what it depends on changes, or on a timer.
import { ApiError } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./html.js";

const IDLE = { data: null, error: null, isLoading: true, isStale: false };

/**
 * `read(signal)` gives the data; `keys` say when it is another question. While a refresh fails, the older data stay
 * and `isStale` tells so.
 */
export function useLoaded(read, keys, { everyMs = 0 } = {}) {
  const [state, setState] = useState(IDLE);
  const latest = useRef(read);
  latest.current = read;
  const aborting = useRef(null);

  const refresh = useCallback(async (isFresh = false) => {
    aborting.current?.abort();
    const controller = new AbortController();
    aborting.current = controller;
    if (isFresh) setState((old) => ({ ...old, isLoading: true }));
    try {
      const data = await latest.current(controller.signal);
      if (!controller.signal.aborted) setState({ data, error: null, isLoading: false, isStale: false });
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof ApiError)) console.error(error);
      setState((old) => ({ ...old, error, isLoading: false, isStale: old.data !== null }));
    }
  }, []);

  useEffect(() => {
    refresh(true);
    const timer = everyMs ? setInterval(() => { if (!document.hidden) refresh(); }, everyMs) : null;
    const onBack = () => refresh();
    addEventListener("online", onBack);
    addEventListener("askwatt:back", onBack);
    return () => {
      clearInterval(timer);
      removeEventListener("online", onBack);
      removeEventListener("askwatt:back", onBack);
      aborting.current?.abort();
    };
  }, keys);

  return { ...state, refresh };
}
