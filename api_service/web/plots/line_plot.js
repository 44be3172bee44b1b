// One quantity over time: its mean as a line, its extremes as a band behind it, so that no peak is lost.
import { html, useMemo } from "../lib/html.js";
import { t } from "../lib/i18n.js";
import { colourOf, scheme, token } from "./colours.js";
import { columnsOf, overlaid } from "./grid.js";
import { Plot } from "./plot.js";

const DASHES = [6, 4];

/** `compared` is `{series, shiftMs, label}` of another span, drawn dashed over this one. */
export function LinePlot({ series, compared, label, ...more }) {
  const data = useMemo(() => {
    if (compared) return overlaid(series, compared.series, compared.shiftMs);
    const [times, means, lows, highs] = columnsOf(series);
    return [times, highs, lows, means];
  }, [series, compared?.series]);
  const lines = useMemo(() => [
    { label: t("stat.max"), unit: series.unit, colour: "transparent", width: 0 },
    { label: t("stat.min"), unit: series.unit, colour: "transparent", width: 0 },
    { label: t("stat.mean"), unit: series.unit, colour: colourOf(0) },
    ...(compared ? [{ label: compared.label, unit: series.unit, colour: colourOf(1), dash: DASHES }] : []),
  ], [series, compared?.series, scheme.value]);
  const bands = useMemo(() => [{ series: [1, 2], fill: token("band") }], [series, scheme.value]);
  return html`<${Plot} data=${data} series=${lines} bands=${bands} unit=${series.unit} label=${label}
    range=${undefined} ...${more} />`;
}
