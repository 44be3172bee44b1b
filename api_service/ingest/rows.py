"""Rows between reading and validation: columns as they were written, and what was set aside."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api_service.metering.blocks import MEASURES, BoolArray, FloatArray, IntArray

ObjectArray = NDArray[np.object_]

TEXTS = ("device_state", "device_name")
FIELDS = ("timestamp", "cluster", *MEASURES, *TEXTS)
POWER_FIELDS = ("real_power", "real_power_watt")
# `devices.file_name` holds 200 characters, and a state is part of an index that takes no long values.
MAX_TEXT_LENGTH = 200
MISSING_STAMP = np.iinfo(np.int64).min
BAD_STAMP = MISSING_STAMP + 1
NOT_A_NUMBER = -np.inf
"""Stands in a column of numbers for a cell that is none; +inf for one that is written as not finite."""
NULL_WORDS = (
    "", "null", "nan", "n/a", "na", "#n/a", "none", "nil", "-", "--", "---", "?", "*", "***",
    "unavailable", "unknown", "undefined", "missing", "no data", "nodata", "void", "void()",
)  # fmt: skip
"""What loggers write for "not measured", in lower case; other cases of them are nulls as well."""


@dataclass(frozen=True)
class Reject:
    """A row that was not stored: its line (or index), the field at fault (None: the whole row), and why.

    Reasons name the rule, not the value, so that they can be counted.
    """

    row: int
    field: str | None
    reason: str


@dataclass(frozen=True)
class Cells:
    """The used cells of some lines, by the place of their column; all arrays have length `len(row)`.

    `stamp_us` is UTC epoch microseconds, local ones where `naive` is set, `MISSING_STAMP` or `BAD_STAMP`.
    In `numbers` NaN is an empty cell, +inf one that is not finite and `NOT_A_NUMBER` one that is no number.
    """

    row: IntArray
    stamp_us: IntArray
    naive: BoolArray
    numbers: dict[int, FloatArray]
    texts: dict[int, ObjectArray]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: IntArray) -> "Cells":
        """The rows at these indexes, in this order."""
        return Cells(
            row=self.row[rows],
            stamp_us=self.stamp_us[rows],
            naive=self.naive[rows],
            numbers={place: column[rows] for place, column in self.numbers.items()},
            texts={place: column[rows] for place, column in self.texts.items()},
        )


@dataclass(frozen=True)
class RawRows:
    """Rows that could be read, column-wise, not yet validated; all columns have length `len(rows)`.

    `row` is the line in the file or the index in the request. `stamp_us` is UTC epoch microseconds, or local
    ones where `naive` is set, or `MISSING_STAMP`, `BAD_STAMP`. In `cluster` and `values` NaN is an empty
    field, +inf anything written that is not finite (`inf`, `1e999`) and `NOT_A_NUMBER` what is no number.
    """

    row: IntArray
    stamp_us: IntArray
    naive: BoolArray
    cluster: FloatArray
    values: dict[str, FloatArray]
    device_state: ObjectArray
    device_name: ObjectArray

    def __len__(self) -> int:
        return len(self.row)

    def take(self, rows: IntArray) -> "RawRows":
        """The rows at these indexes, in this order."""
        return RawRows(
            row=self.row[rows],
            stamp_us=self.stamp_us[rows],
            naive=self.naive[rows],
            cluster=self.cluster[rows],
            values={name: column[rows] for name, column in self.values.items()},
            device_state=self.device_state[rows],
            device_name=self.device_name[rows],
        )

    def replaced(self, stamp_us: IntArray, values: dict[str, FloatArray] | None = None) -> "RawRows":
        """The same rows at other moments, with other values where `values` is given."""
        return replace(self, stamp_us=stamp_us, values=self.values if values is None else values)


def objects(items: list[Any]) -> ObjectArray:
    """A one-dimensional object array of `items`."""
    array = np.empty(len(items), dtype=np.object_)
    array[:] = items
    return array


def in_order(first: Cells, second: Cells) -> Cells:
    """The rows of both, by ascending `row`."""
    if not len(second):
        return first
    if not len(first):
        return second
    order = np.argsort(np.concatenate([first.row, second.row]), kind="stable")

    def merged(one: NDArray[Any], two: NDArray[Any]) -> NDArray[Any]:
        joined: NDArray[Any] = np.concatenate([one, two])[order]
        return joined

    return Cells(
        row=merged(first.row, second.row),
        stamp_us=merged(first.stamp_us, second.stamp_us),
        naive=merged(first.naive, second.naive),
        numbers={place: merged(first.numbers[place], second.numbers[place]) for place in first.numbers},
        texts={place: merged(first.texts[place], second.texts[place]) for place in first.texts},
    )


def clean_text(text: str | None) -> str | None:
    """Surrounding blanks removed; nothing left is None. The text itself is data and stays as it is."""
    return (text.strip() or None) if text is not None else None


def text_fault(text: str | None) -> str | None:
    """Why this text cannot be stored, or None."""
    if text is None:
        return None
    if len(text) > MAX_TEXT_LENGTH:
        return f"longer than {MAX_TEXT_LENGTH} characters"
    if "\0" in text:
        return "contains a NUL character"
    # Lone surrogates: bytes that were not UTF-8, or half of a pair in JSON.
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "not valid UTF-8 text"
    return None
