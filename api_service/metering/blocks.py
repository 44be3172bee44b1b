"""Readings as columns: what ingest hands over and what the repositories compute on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from api_service.metering.measure import Measure
from api_service.metering.measures import source_columns

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

MEASURES = tuple(source_columns())
"""The measured columns of `electrical_data`, in the registry's order."""


@dataclass(frozen=True)
class ReadingBlock:
    """One block of validated readings; every column has length `len(block)`, rows in any order.

    `timestamp_us` counts microseconds since 1970-01-01 UTC. `values` maps `MEASURES` to arrays in the
    table's units; NaN is null, a missing key is a column of nulls. `device_name` maps clusters to names found
    in the file and may be empty. `interval_us` maps clusters to the length of the interval that each of their
    readings is the mean of, stamped at its start; devices that are not in it give instants. The block
    belongs to the caller and is never changed.
    """

    timestamp_us: IntArray
    cluster: IntArray
    values: Mapping[str, FloatArray]
    device_state: Sequence[str | None]
    device_name: Mapping[int, str] = field(default_factory=dict)
    interval_us: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.timestamp_us)

    def measure(self, name: str) -> FloatArray:
        """The column `name` of `MEASURES`; all NaN where the block has none."""
        column = self.values.get(name)
        return np.full(len(self), np.nan) if column is None else column

    def quantity(self, row: Measure) -> FloatArray:
        """A recorded measure in its unit: of its columns the first one that has a value."""
        first, *others = (self.measure(column.name) * column.to_unit for column in row.columns)
        for other in others:
            first = np.where(np.isnan(first), other, first)
        return first

    def take(self, rows: IntArray) -> "ReadingBlock":
        """The block of these rows, in this order."""
        return ReadingBlock(
            timestamp_us=self.timestamp_us[rows],
            cluster=self.cluster[rows],
            values={name: column[rows] for name, column in self.values.items()},
            device_state=list(map(self.device_state.__getitem__, rows.tolist())),
            device_name=self.device_name,
            interval_us=self.interval_us,
        )


def distinct(values: IntArray) -> list[int]:
    """The different values, ascending."""
    # A plain set beats numpy's own hashing of a column by far.
    return sorted(set(values.tolist()))


def joined(first: ReadingBlock, second: ReadingBlock) -> ReadingBlock:
    """All rows of both blocks, those of `first` before those of `second`."""
    return ReadingBlock(
        timestamp_us=np.concatenate((first.timestamp_us, second.timestamp_us)),
        cluster=np.concatenate((first.cluster, second.cluster)),
        values={name: np.concatenate((first.measure(name), second.measure(name))) for name in MEASURES},
        device_state=[*first.device_state, *second.device_state],
        device_name={**first.device_name, **second.device_name},
        interval_us={**first.interval_us, **second.interval_us},
    )


class ConflictRule(StrEnum):
    """What becomes of a reading whose key is stored with other values.

    `KEEP`: the stored values stay. `REPLACE`: the new values win, where there are any. `FILL`: only what is
    empty is taken from the new reading, so that a second quantity of the same times is merged.
    """

    KEEP = "keep"
    REPLACE = "replace"
    FILL = "fill"


@dataclass(frozen=True)
class WriteOptions:
    """How a block is to be stored. `import_number` is kept with each row that it adds, for undoing."""

    on_conflict: ConflictRule = ConflictRule.KEEP
    import_number: int | None = None


@dataclass(frozen=True)
class WriteResult:
    """What became of a block: rows stored, and the row indexes of those whose key was stored already.

    `duplicates` (ascending) also names rows that repeat an earlier row of the same block. `conflicts`, some
    of them, are the ones with other values than those stored; `changed` counts the stored readings that were
    replaced or filled. `expired` rows are older than the single readings that are kept of their device.
    """

    accepted: int
    duplicates: IntArray
    conflicts: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    changed: int = 0
    expired: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
