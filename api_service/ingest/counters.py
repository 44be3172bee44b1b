"""Power from a meter's index: the difference between two readings over the time between them."""

import math
from dataclasses import dataclass, field

import numpy as np

from api_service.ingest.layout import COUNTER
from api_service.ingest.rows import BAD_STAMP, NOT_A_NUMBER, RawRows
from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.units import SECONDS_PER_HOUR

SECOND_US = 1_000_000
# An index that falls by no more than this share of itself was corrected; one that falls further began anew.
CORRECTED_SHARE = 0.01
# One that falls from this near below a power of ten to as near above 0 passed its last digit.
ROLLOVER_SHARE = 0.01


@dataclass
class Counters:
    """The last index (Wh) and its moment of each device, carried from block to block.

    A reading's power is the mean since the one before it, and stands at that one's moment: it is the start of
    the interval. Where the index starts over, the energy since then is what it shows; the first index and an
    index at the same moment give no reading.
    """

    last: dict[int, tuple[int, float]] = field(default_factory=dict)

    def differences(self, rows: RawRows) -> RawRows:
        """The readings that follow from the indexes in `rows` (in order of time per device)."""
        index = rows.values[COUNTER]
        usable = np.isfinite(index) & np.isfinite(rows.cluster) & (rows.stamp_us > BAD_STAMP)
        # What is no index is reported by the rules for power; an empty one alone is no reading.
        others = [column for name, column in rows.values.items() if name != COUNTER]
        holds_more = (
            ~np.all([np.isnan(column) for column in others], axis=0) if others else np.isfinite(index)
        )
        bad = np.flatnonzero(~usable & (~np.isnan(index) | holds_more))
        chosen = np.flatnonzero(usable)
        order = chosen[np.argsort(rows.cluster[chosen], kind="stable")]
        began_us, power_w = self._powers(rows, order)
        given = ~np.isnan(power_w)
        kept = np.concatenate((order[given], bad))
        stamps = np.concatenate((began_us[given], rows.stamp_us[bad]))
        own_w = rows.values.get("real_power_watt", np.full(len(rows), np.nan))[bad]
        has_bad_index = np.isinf(index[bad])
        watts = np.concatenate((power_w[given], np.where(has_bad_index, NOT_A_NUMBER, own_w)))
        back = np.argsort(kept, kind="stable")
        values = {name: column[kept][back] for name, column in rows.values.items() if name != COUNTER}
        values["real_power_watt"] = watts[back]
        return rows.take(kept[back]).replaced(stamp_us=stamps[back], values=values)

    def _powers(self, rows: RawRows, order: IntArray) -> tuple[IntArray, FloatArray]:
        began_us = np.zeros(len(order), dtype=np.int64)
        power_w = np.full(len(order), np.nan)
        cluster, moment = rows.cluster[order].astype(np.int64).tolist(), rows.stamp_us[order].tolist()
        for at, (device, now_us, index) in enumerate(
            zip(cluster, moment, rows.values[COUNTER][order].tolist(), strict=True)
        ):
            before = self.last.get(device)
            if before is None or now_us > before[0]:
                self.last[device] = (now_us, index)
            if before is None or now_us <= before[0]:
                continue
            began_us[at] = before[0]
            hours = (now_us - before[0]) / SECOND_US / SECONDS_PER_HOUR
            power_w[at] = _used_wh(before[1], index) / hours
        return began_us, power_w


def _used_wh(before: float, now: float) -> float:
    if before < 0 or now < 0:
        return -_used_wh(abs(before), abs(now))  # the index of what is exported
    if now >= before or before - now <= CORRECTED_SHARE * before:
        return now - before
    # A meter of so many digits begins again at 0 after the last number that they can show.
    end = 10.0 ** math.ceil(math.log10(before)) if before > 0 else 1.0
    passes_end = before >= (1 - ROLLOVER_SHARE) * end and now <= ROLLOVER_SHARE * end
    return now + end - before if passes_end else now
