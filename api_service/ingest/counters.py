"""Power from a meter's index: the difference between two readings over the time between them."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from api_service.ingest.layout import COUNTER
from api_service.ingest.rows import NOT_A_NUMBER, RawRows, Reject
from api_service.ingest.time.timestamps import EARLIEST_US, LATEST_US
from api_service.metering.blocks import FloatArray, IntArray
from api_service.metering.units import SECONDS_PER_HOUR

SECOND_US = 1_000_000
# An index that falls by no more than this share of itself was corrected; one that falls further began anew.
CORRECTED_SHARE = 0.01
# One that falls from this near below a power of ten to as near above 0 passed its last digit.
ROLLOVER_SHARE = 0.01


OTHER_INDEX = "another index of the same device at the same moment"
INDEX_BETWEEN = (
    "an index from between two that were read already: the energy counts from one of those to the other"
)


class Known(NamedTuple):
    """The earliest and the latest index (Wh) of a device so far, with their moments."""

    first_us: int
    first_wh: float
    last_us: int
    last_wh: float


@dataclass(frozen=True)
class Differences:
    """The readings that follow from indexes, the rejected ones, and the rows that repeat an index."""

    rows: RawRows
    rejects: list[Reject] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)


@dataclass
class Counters:
    """The indexes known of each device, carried from block to block. Moments after `latest_us` are wrong.

    A reading's power is the mean from one index to the next, and stands at the start of that interval; a
    file may begin with the earliest or with the newest index. Where the index starts over, the energy since
    then is what it shows; the first index gives no reading.
    """

    last: dict[int, Known] = field(default_factory=dict)
    latest_us: int = LATEST_US

    def differences(self, rows: RawRows) -> Differences:
        """The readings that follow from the indexes in `rows` (in the order of the file)."""
        index = rows.values[COUNTER]
        is_moment = (rows.stamp_us >= EARLIEST_US) & (rows.stamp_us <= self.latest_us)
        usable = np.isfinite(index) & np.isfinite(rows.cluster) & is_moment
        # What is no index is reported by the rules for power; an empty one alone is no reading.
        others = [column for name, column in rows.values.items() if name != COUNTER]
        holds_more = (
            ~np.all([np.isnan(column) for column in others], axis=0) if others else np.isfinite(index)
        )
        bad = np.flatnonzero(~usable & (~np.isnan(index) | holds_more))
        chosen = np.flatnonzero(usable)
        order = chosen[np.argsort(rows.cluster[chosen], kind="stable")]
        began_us, power_w, lost = self._powers(rows, order)
        given = ~np.isnan(power_w)
        kept = np.concatenate((order[given], bad))
        stamps = np.concatenate((began_us[given], rows.stamp_us[bad]))
        own_w = rows.values.get("real_power_watt", np.full(len(rows), np.nan))[bad]
        watts = np.concatenate((power_w[given], np.where(np.isnan(index[bad]), own_w, NOT_A_NUMBER)))
        back = np.argsort(kept, kind="stable")
        values = {name: column[kept][back] for name, column in rows.values.items() if name != COUNTER}
        values["real_power_watt"] = watts[back]
        found = rows.take(kept[back]).replaced(stamp_us=stamps[back], values=values)
        rejects = [Reject(row, COUNTER, reason) for row, reason in lost if reason]
        return Differences(found, rejects, [row for row, reason in lost if not reason])

    def _powers(
        self, rows: RawRows, order: IntArray
    ) -> tuple[IntArray, FloatArray, list[tuple[int, str | None]]]:
        """The start and the mean power of each interval, and the rows that end none, with the reason."""
        began_us = np.zeros(len(order), dtype=np.int64)
        power_w = np.full(len(order), np.nan)
        lost: list[tuple[int, str | None]] = []
        cluster, moment = rows.cluster[order].astype(np.int64).tolist(), rows.stamp_us[order].tolist()
        for at, (device, now_us, index) in enumerate(
            zip(cluster, moment, rows.values[COUNTER][order].tolist(), strict=True)
        ):
            known = self.last.get(device)
            if known is None:
                self.last[device] = Known(now_us, index, now_us, index)
            elif now_us > known.last_us:
                began_us[at] = known.last_us
                power_w[at] = _mean_w(known.last_wh, index, now_us - known.last_us)
                self.last[device] = known._replace(last_us=now_us, last_wh=index)
            elif now_us < known.first_us:
                began_us[at] = now_us
                power_w[at] = _mean_w(index, known.first_wh, known.first_us - now_us)
                self.last[device] = known._replace(first_us=now_us, first_wh=index)
            else:
                lost.append((int(rows.row[order[at]]), _why_lost(now_us, index, known)))
        return began_us, power_w, lost


def _why_lost(now_us: int, index: float, known: Known) -> str | None:
    """Why an index gives no reading; None where it says once more what is known."""
    for moment_us, known_wh in ((known.last_us, known.last_wh), (known.first_us, known.first_wh)):
        if now_us == moment_us:
            return None if index == known_wh else OTHER_INDEX
    return INDEX_BETWEEN


def _mean_w(before: float, now: float, elapsed_us: int) -> float:
    return _used_wh(before, now) / (elapsed_us / SECOND_US / SECONDS_PER_HOUR)


def _used_wh(before: float, now: float) -> float:
    if before < 0 or now < 0:
        return -_used_wh(abs(before), abs(now))  # the index of what is exported
    if now >= before or before - now <= CORRECTED_SHARE * before:
        return now - before
    # A meter of so many digits begins again at 0 after the last number that they can show.
    end = 10.0 ** math.ceil(math.log10(before)) if before > 0 else 1.0
    passes_end = before >= (1 - ROLLOVER_SHARE) * end and now <= ROLLOVER_SHARE * end
    return now + end - before if passes_end else now
