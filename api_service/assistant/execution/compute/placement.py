"""Rows of rollups, grouped by the database, placed in the periods of a query."""

import numpy as np

from api_service.metering.analysis.calendar.local_time import LocalClock
from api_service.metering.analysis.calendar.periods import Pieces
from api_service.metering.analysis.sums import Sums, merged
from api_service.metering.power_curve import DAY_US
from api_service.metering.rollups import NEVER
from api_service.repositories.queries.grained_rollups import (
    Grain,
    GrainedRows,
)


def placed(rows: GrainedRows, grain: Grain, pieces: Pieces, clock: LocalClock) -> Sums:
    """Grained rows as sums by period; those that no kept piece holds are left out."""
    kept = np.flatnonzero(pieces.key >= 0)
    if not len(rows.cluster) or not len(kept):
        return merged([])
    place = _piece_of(rows, grain, pieces, clock)
    inside = np.flatnonzero(place >= 0)
    place = place[inside]
    values = {name: column[inside] for name, column in rows.values.items()}
    never = np.full(len(inside), NEVER)
    energy_wh = np.nan_to_num(values["energy_wh"])
    price = np.zeros(len(inside)) if pieces.price is None else pieces.price[place]
    return Sums(
        cluster=rows.cluster[inside],
        key=pieces.key[place],
        instance=pieces.instance[place],
        n=np.nan_to_num(values["n"]).astype(np.int64),
        count=np.nan_to_num(values["count"]).astype(np.int64),
        total=np.nan_to_num(values["total"]),
        weight=np.nan_to_num(values["weight"]),
        low=values["low"],
        high=values["high"],
        low_at=never,
        high_at=never,
        energy_wh=energy_wh,
        cost=energy_wh / 1000.0 * price,
        covered_s=np.nan_to_num(values["covered_s"]),
        record_s=np.nan_to_num(values["record_s"]),
    )


def _piece_of(rows: GrainedRows, grain: Grain, pieces: Pieces, clock: LocalClock) -> np.ndarray:
    """One piece of each row's period: the grain lies in that period wholly."""
    kept = np.flatnonzero(pieces.key >= 0)
    if grain is Grain.ALL:
        return np.full(len(rows.cluster), kept[0])
    if grain is Grain.HOUR:
        return pieces.of(np.clip(rows.grain, pieces.edges_us[0], pieces.edges_us[-1] - 1))
    local_day = clock.local_us(pieces.edges_us[:-1]) // DAY_US
    labels = pieces.key if grain is Grain.HOUR_OF_DAY else local_day
    found = {int(labels[place]): int(place) for place in reversed(kept.tolist())}
    return np.array([found.get(label, -1) for label in rows.grain.tolist()], np.int64)
