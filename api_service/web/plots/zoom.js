// Zooming and moving a plot's span by wheel and by keys; every change is told in seconds, the plot itself stays.
const STEP = 0.25;

/** `[from, to]` after zooming by `factor` around the place at `share` (0 left, 1 right) of the span. */
export function zoomed([from, to], factor, share = 0.5) {
  const length = (to - from) * factor;
  const centre = from + (to - from) * share;
  return [centre - length * share, centre + length * (1 - share)];
}

const spanOf = (plot) => [plot.scales.x.min, plot.scales.x.max];

/** Ctrl and the wheel zoom, and so does the wheel alone while the plot has the focus: pages still scroll over it. */
export function zoomByWheel(plot, onZoom) {
  let waiting = null;
  let span = null;
  const onWheel = (event) => {
    const hasFocus = plot.root.parentElement === document.activeElement;
    if (!event.ctrlKey && !hasFocus) return;
    event.preventDefault();
    const box = plot.over.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    span = zoomed(span ?? spanOf(plot), event.deltaY > 0 ? 1 + STEP : 1 - STEP, share);
    plot.setScale("x", { min: span[0], max: span[1] });
    clearTimeout(waiting);
    waiting = setTimeout(() => onZoom(...span), 250);
  };
  plot.over.addEventListener("wheel", onWheel, { passive: false });
  return () => { clearTimeout(waiting); plot.over.removeEventListener("wheel", onWheel); };
}

export function zoomByKeys(plot, host, onZoom, onReset) {
  const moved = (share) => {
    const [from, to] = spanOf(plot);
    return [from + (to - from) * share, to + (to - from) * share];
  };
  const actions = {
    ArrowLeft: () => onZoom(...moved(-STEP)),
    ArrowRight: () => onZoom(...moved(STEP)),
    "+": () => onZoom(...zoomed(spanOf(plot), 0.5)),
    "-": () => onZoom(...zoomed(spanOf(plot), 2)),
    0: () => onReset?.(),
  };
  const onKey = (event) => {
    if (event.target !== host || event.ctrlKey || event.metaKey || !(event.key in actions)) return;
    event.preventDefault();
    actions[event.key]();
  };
  host.addEventListener("keydown", onKey);
  return () => host.removeEventListener("keydown", onKey);
}
