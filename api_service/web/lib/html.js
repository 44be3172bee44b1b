// The view library in one place: htm bound to Preact, hooks, and signals that components read directly.
import htm from "../vendor/htm/htm.mjs";
import { Fragment, h, render } from "../vendor/preact/preact.mjs";

export {
  useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
} from "../vendor/preact/hooks.mjs";
export { batch, computed, effect, signal } from "../vendor/preact-signals/signals.mjs";
export { Fragment, h, render };
export const html = htm.bind(h);
