"""A block of readings against what is stored: which rows are new, which differ, what changes; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from api_service.metering.blocks import BoolArray, ConflictRule, IntArray, ReadingBlock, WriteOptions
from api_service.metering.conflicts import differing, merged, places
from api_service.metering.spacings import Sequences
from api_service.repositories.device_repository import StoredDevice
from api_service.repositories.upkeep.stored_rows import Around

POWER = "real_power_watt"


@dataclass(frozen=True)
class Held:
    """A device that this transaction holds, with the number and the states of its readings stored before."""

    device: StoredDevice
    count: int
    states: Collection[str] = ()

    @property
    def is_new(self) -> bool:
        """True if no reading of it was stored."""
        return self.count == 0


@dataclass(frozen=True)
class Part:
    """The readings of one device: those to add, and those stored that change."""

    held: Held
    fresh: ReadingBlock
    changed: ReadingBlock
    around: Around | None


@dataclass(frozen=True)
class SortedBlock:
    """An ordered block against what is stored: which rows are new, which differ, and the work by device."""

    is_fresh: BoolArray
    differs: BoolArray
    parts: dict[int, Part]


def sort_out(
    block: ReadingBlock, held: Mapping[int, Held], around: Mapping[int, Around], options: WriteOptions
) -> SortedBlock:
    """An ordered block without repeats against the stored rows around it."""
    is_fresh, differs = np.ones(len(block), np.bool_), np.zeros(len(block), np.bool_)
    parts = {}
    nothing = block.take(np.empty(0, np.int64))
    for cluster, rows in rows_by_device(block).items():
        changed = nothing
        if cluster in around and len(stored := around[cluster].rows):
            place, found = places(block.timestamp_us[rows], stored.timestamp_us)
            is_fresh[rows[found]] = False
            pair = block.take(rows[found]), stored.take(place[found])
            differs[rows[found]] = differing(*pair)
            if options.on_conflict is not ConflictRule.KEEP:
                new = merged(*pair, options.on_conflict)
                changed = new.take(np.flatnonzero(differing(new, pair[1])))
        fresh = block.take(rows[is_fresh[rows]])
        parts[cluster] = Part(held[cluster], fresh, changed, around.get(cluster))
    return SortedBlock(is_fresh, differs, parts)


def _order(columns: ReadingBlock) -> IntArray:
    return np.lexsort((columns.timestamp_us, columns.cluster))


def _is_first(columns: ReadingBlock, order: IntArray) -> BoolArray:
    cluster, moment = columns.cluster[order], columns.timestamp_us[order]
    repeats = (cluster[1:] == cluster[:-1]) & (moment[1:] == moment[:-1])
    return np.concatenate(([True], ~repeats))


def first_of_each(columns: ReadingBlock) -> IntArray:
    """Rows ordered by (cluster, timestamp), of equal ones only the first of the block."""
    order = _order(columns)
    return order[_is_first(columns, order)]


def differing_repeats(columns: ReadingBlock, rows: IntArray, without: IntArray) -> IntArray:
    """Rows that repeat an earlier one of the block with other values, but for those of `without`.

    `rows` are the first ones of each.
    """
    if len(rows) + len(without) == len(columns):
        return np.empty(0, np.int64)
    order = _order(columns)
    order = order[~np.isin(order, without)]
    is_first = _is_first(columns, order)
    earlier = rows[np.cumsum(is_first) - 1]
    repeats, originals = order[~is_first], earlier[~is_first]
    return repeats[differing(columns.take(repeats), columns.take(originals))]


def sequences_of(part: Part) -> tuple[Sequences, Sequences]:
    """The moments of a device's readings near this write, before and after it."""
    nothing = np.empty(0, np.int64)
    before = part.around.known if part.around else Sequences(nothing, nothing)
    both = (part.fresh, part.changed)
    powered = [rows.timestamp_us[~np.isnan(rows.measure(POWER))] for rows in both]
    after = Sequences(
        _merged(before.all_us, part.fresh.timestamp_us),
        _merged(before.powered_us, powered[0] if not len(powered[1]) else np.union1d(*powered)),
    )
    return before, after


def _merged(earlier: IntArray, later: IntArray) -> IntArray:
    """The moments of both, ascending, each once; both are so themselves."""
    if len(earlier) and len(later) and earlier[-1] >= later[0]:
        return np.union1d(earlier, later)
    return np.concatenate((earlier, later))


def rows_by_device(block: ReadingBlock) -> dict[int, IntArray]:
    """The rows of each device in a block ordered by device."""
    clusters, starts = np.unique(block.cluster, return_index=True)
    rows = np.split(np.arange(len(block)), starts[1:])
    return dict(zip(clusters.tolist(), rows, strict=True))
