// One quantity over time: its mean as a line, its extremes as a band behind it, so that no peak is lost.
import { html, useMemo } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { colourOf, token } from "./colours.js";
import { columnsOf } from "./grid.js";
import { Plot } from "./plot.js";

export function LinePlot({ series, label, ...more }) {
  const data = useMemo(() => {
    const [times, means, lows, highs] = columnsOf(series);
    return [times, highs, lows, means];
  }, [series]);
  const lines = useMemo(() => [
    { label: t("stat.max"), unit: series.unit, colour: "transparent", width: 0 },
    { label: t("stat.min"), unit: series.unit, colour: "transparent", width: 0 },
    { label: t("stat.mean"), unit: series.unit, colour: colourOf(0) },
  ], [series]);
  const bands = useMemo(() => [{ series: [1, 2], fill: token("band") }], [series]);
  return html`<${Plot} data=${data} series=${lines} bands=${bands} unit=${series.unit} label=${label}
    range=${undefined} ...${more} />`;
}
