// Marks on an evidence plot: a ring at the moment of a value, a dashed line at a value of the whole span.
import { quantity } from "../../lib/format.js";
import { colourOf, token } from "../../plots/colours.js";
import { valueIn } from "./evidence_data.js";

const RING = 6;
const LEVELS = ["mean", "min", "max", "median", "p95"];

/** Mark what was measured in the plot's own quantity; a fact that is told through another one has no place on it. */
export function drawMarks(plot, measure, lines) {
  const context = plot.ctx;
  const scale = devicePixelRatio;
  context.save();
  context.font = `${12 * scale}px system-ui, sans-serif`;
  lines.forEach((line, index) => line.facts.filter((fact) => fact.quantity === measure).forEach((fact) => {
    const value = valueIn(line.series.unit, fact);
    context.strokeStyle = colourOf(index);
    context.fillStyle = token("text");
    if (fact.at) ring(plot, context, Date.parse(fact.at) / 1000, value, scale);
    else if (LEVELS.includes(fact.statistic)) level(plot, context, value, scale);
    else return;
    const y = plot.valToPos(value, "y", true);
    const text = quantity(fact.value, fact.unit);
    const x = fact.at ? plot.valToPos(Date.parse(fact.at) / 1000, "x", true) : plot.bbox.left + 8 * scale;
    const isRight = x + context.measureText(text).width + 12 * scale > plot.bbox.left + plot.bbox.width;
    context.textAlign = isRight ? "right" : "left";
    context.fillText(text, x + (isRight ? -1 : 1) * (fact.at ? 10 * scale : 0), Math.max(plot.bbox.top + 12 * scale, y - 6 * scale));
  }));
  context.restore();
}

function ring(plot, context, seconds, value, scale) {
  context.lineWidth = 2.5 * scale;
  context.setLineDash([]);
  context.beginPath();
  context.arc(plot.valToPos(seconds, "x", true), plot.valToPos(value, "y", true), RING * scale, 0, 2 * Math.PI);
  context.stroke();
}

function level(plot, context, value, scale) {
  const y = plot.valToPos(value, "y", true);
  context.lineWidth = 1.5 * scale;
  context.setLineDash([6 * scale, 4 * scale]);
  context.beginPath();
  context.moveTo(plot.bbox.left, y);
  context.lineTo(plot.bbox.left + plot.bbox.width, y);
  context.stroke();
}
