// Energy of hours or days as bars.
import uPlot from "../vendor/uplot/uPlot.esm.js";
import { html, useMemo } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { colourOf, scheme } from "./colours.js";
import { aligned } from "./grid.js";
import { Plot } from "./plot.js";

const bars = uPlot.paths.bars({ size: [0.75, 60], align: 1 });

export function BarsPlot({ series, label, ...more }) {
  const data = useMemo(() => {
    const columns = aligned([series]);
    // A last empty place gives the last bar its width.
    const last = columns[0].at(-1);
    if (last !== undefined) { columns[0].push(last + series.bucket_s); columns[1].push(null); }
    return columns;
  }, [series]);
  const lines = useMemo(() => [
    { label: t("quantity.energy"), unit: series.unit, colour: colourOf(0), fill: colourOf(0), width: 0, paths: bars },
  ], [series, scheme.value]);
  return html`<${Plot} data=${data} series=${lines} unit=${series.unit} label=${label} ...${more} />`;
}
