// Where a device's last day differs from its whole life by so much that it is marked.

// A distortion is marked where it is both half as much again as usual and 3 points above it.
const THD_RATIO = 1.5, THD_POINTS = 3;
// A power factor is marked where it is this far below the usual one.
const POWER_FACTOR_DROP = 0.1;
// A day spent in standby has the standby's power factor, which says nothing of the load: a day is judged only where
// the device drew at least this part of its usual power.
const JUDGED_POWER_SHARE = 0.5;

export const isDistortionUnusual = (thd, usual) => usual > 0 && thd > usual * THD_RATIO && thd > usual + THD_POINTS;

/** `day` and `life` hold `average_power_factor` and `average_power_w`; a generator's signs play no part. */
export function isPowerFactorUnusual(day, life) {
  const [factor, usual, power, usualPower] = [day.average_power_factor, life?.average_power_factor,
    day.average_power_w, life?.average_power_w];
  if ([factor, usual, power, usualPower].some((value) => value === null || value === undefined)) return false;
  return Math.abs(power) >= JUDGED_POWER_SHARE * Math.abs(usualPower)
    && Math.abs(factor) <= Math.abs(usual) - POWER_FACTOR_DROP;
}
