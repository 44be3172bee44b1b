"""Rows between reading and validation: columns as they were written, and what was set aside."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Reject:
    """A row that was not stored: its line (or index), the field at fault (None: the whole row), and why.

    Reasons name the rule, not the value, so that they can be counted.
    """

    row: int
    field: str | None
    reason: str


@dataclass(frozen=True)
class RawRows:
    """Rows that could be read, column-wise, not yet validated; all columns have length `len(rows)`.

    `row` is the line in the file or the index in the request. `stamp_us` is UTC epoch microseconds, or local
    ones where `naive` is set, or `MISSING_STAMP`. In `cluster` and `values` NaN is an empty field and
    an infinity is anything written that is not finite (`nan`, `inf`, `1e999`).
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


def objects(items: list[Any]) -> ObjectArray:
    """A one-dimensional object array of `items`."""
    array = np.empty(len(items), dtype=np.object_)
    array[:] = items
    return array


def in_order(first: RawRows, second: RawRows) -> RawRows:
    """The rows of both, by ascending `row`."""
    if not len(second):
        return first
    if not len(first):
        return second
    order = np.argsort(np.concatenate([first.row, second.row]), kind="stable")

    def merged(one: NDArray[Any], two: NDArray[Any]) -> NDArray[Any]:
        joined: NDArray[Any] = np.concatenate([one, two])[order]
        return joined

    return RawRows(
        row=merged(first.row, second.row),
        stamp_us=merged(first.stamp_us, second.stamp_us),
        naive=merged(first.naive, second.naive),
        cluster=merged(first.cluster, second.cluster),
        values={name: merged(first.values[name], second.values[name]) for name in first.values},
        device_state=merged(first.device_state, second.device_state),
        device_name=merged(first.device_name, second.device_name),
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
