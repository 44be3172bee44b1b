"""Rows of JSON: an array or one object a line, in the table's own columns."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from types import NoneType
from typing import Any

import numpy as np
from pydantic_core import from_json

from api_service.ingest.faults import refuse_too_many_faults
from api_service.ingest.rows import (
    FIELDS,
    MISSING_STAMP,
    TEXTS,
    RawRows,
    Reject,
    clean_text,
    objects,
)
from api_service.ingest.time.timestamps import is_rfc3339, parse_timestamp
from api_service.metering.blocks import MEASURES, FloatArray
from shared.errors import InvalidInput

MAX_NAMED_CHARACTERS = 60
_DECODER = json.JSONDecoder()
_BLANKS = re.compile(r"[ \t\n\r]*")
_KNOWN = frozenset(FIELDS)
_NUMBERS = ("cluster", *MEASURES)
WHOLE_BELOW = 1 << 20  # bytes: some 10 ms without another thread
ROWS_AT_ONCE = 5000  # also bounds the objects that are in memory at once


class _Fault(Exception):
    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class _NotJson:
    """A line that is no JSON; stands in for its row."""

    reason: str


def decode_array(body: bytes) -> Iterator[Any]:
    """The rows of a JSON array one by one, so that a large body blocks no other thread for long.

    Raises `InvalidInput`, perhaps after some rows, when the body is anything else.
    """
    try:
        if len(body) <= WHOLE_BELOW and (whole := _whole(body)) is not None:
            yield from whole
            return
        text = body.decode("utf-8-sig")
        at = _after_blanks(text, 0)
        if text[at : at + 1] != "[":
            _DECODER.raw_decode(text, at)
            raise InvalidInput("The body must be a JSON array of rows.")
        yield from _elements(text, _after_blanks(text, at + 1))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"The body is not JSON: {_reason(error)}.") from None


def decode_lines(body: bytes) -> Iterator[Any]:
    """The rows of NDJSON, one a line; a line that is no JSON stays in its place and is rejected later."""
    return (_decode_line(line) for line in BytesIO(body) if line.strip())


@dataclass(frozen=True)
class _Rows:
    """Rows that could be read; `table` has a column for each of `_NUMBERS`."""

    row: list[int]
    stamp_us: list[int]
    table: FloatArray
    states: list[str | None]
    names: list[str | None]


def read_objects(rows: Iterable[Any]) -> tuple[RawRows, list[Reject]]:
    """Objects to columns; a row with an unknown field or a value of the wrong type is rejected."""
    rejects: list[Reject] = []
    parts = [_Rows([], [], np.empty((0, len(_NUMBERS))), [], [])]
    first = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, ROWS_AT_ONCE)):
        parts.append(_read_columns(first, chunk) or _read_each(first, chunk, rejects))
        refuse_too_many_faults(len(rejects))
        first += len(chunk)
    table = np.concatenate([part.table for part in parts])
    read = RawRows(
        row=np.array([number for part in parts for number in part.row], dtype=np.int64),
        stamp_us=np.array([stamp for part in parts for stamp in part.stamp_us], dtype=np.int64),
        naive=np.zeros(len(table), dtype=np.bool_),
        cluster=table[:, 0].copy(),
        values={name: table[:, place + 1].copy() for place, name in enumerate(MEASURES)},
        device_state=objects([state for part in parts for state in part.states]),
        device_name=objects([name for part in parts for name in part.names]),
    )
    return read, rejects


def _read_columns(first: int, chunk: list[Any]) -> _Rows | None:
    """All rows column by column, several times faster; None where some row must be looked at by itself."""
    if not all(type(row) is dict and row.keys() <= _KNOWN for row in chunk):
        return None
    stamps_us: dict[Any, int] = {}
    try:
        for text in {row.get("timestamp") for row in chunk}:
            stamps_us[text] = _stamp(text)
        columns = [_number_column([row.get(name) for row in chunk]) for name in _NUMBERS]
        states, names = (_text_column([row.get(name) for row in chunk]) for name in TEXTS)
    except (_Fault, TypeError, ValueError, OverflowError):
        return None
    return _Rows(
        row=list(range(first, first + len(chunk))),
        stamp_us=[stamps_us[row.get("timestamp")] for row in chunk],
        table=np.array(columns).T,
        states=states,
        names=names,
    )


def _number_column(values: list[Any]) -> FloatArray:
    """The values as numbers, null as NaN; raises `ValueError` for anything that is neither."""
    kinds = set(map(type, values))
    if not kinds <= {float, int, NoneType}:
        raise ValueError("not numbers alone")
    column = np.array(values, dtype=np.float64)  # None becomes NaN
    if np.isnan(column).sum() != values.count(None) or np.isinf(column).any():
        raise ValueError("a number is not finite")
    return column


def _text_column(values: list[Any]) -> list[str | None]:
    known: dict[Any, str | None] = {}
    for value in set(values):
        if value is not None and not isinstance(value, str):
            raise ValueError("not texts alone")
        known[value] = clean_text(value)
    return [known[value] for value in values]


def _read_each(first: int, chunk: list[Any], rejects: list[Reject]) -> _Rows:
    """The rows one by one; those at fault go to `rejects`."""
    found = _Rows([], [], np.empty((0, len(_NUMBERS))), [], [])
    cells: list[float] = []
    for number, row in enumerate(chunk, start=first):
        try:
            _check_shape(row)
            stamp = _stamp(row.get("timestamp"))
            values = [_number(row.get(name), name) for name in _NUMBERS]
            state, name = (_text(row, text) for text in TEXTS)
        except _Fault as fault:
            rejects.append(Reject(number, fault.field, fault.reason))
            continue
        found.row.append(number)
        found.stamp_us.append(stamp)
        found.states.append(state)
        found.names.append(name)
        cells += values
    table = np.array(cells, dtype=np.float64).reshape(len(found.row), len(_NUMBERS))
    return replace(found, table=table)


def _whole(body: bytes) -> list[Any] | None:
    """A small array in one go; None for anything else, whose reason the slower way finds.

    Pydantic's parser takes a third of the time; what it refuses, such as NaN, Python's may still read.
    """
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError:
        return None
    return found if isinstance(found, list) else None


def _elements(text: str, at: int) -> Iterator[Any]:
    """The elements from `at`, just after the bracket; raises `JSONDecodeError` where the array is broken."""
    while text[at : at + 1] != "]":
        row, at = _DECODER.raw_decode(text, at)
        yield row
        at = _after_blanks(text, at)
        if text[at : at + 1] == ",":
            at = _after_blanks(text, at + 1)
            if text[at : at + 1] == "]":
                raise json.JSONDecodeError("Expecting value", text, at)
        elif text[at : at + 1] != "]":
            raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
    if (end := _after_blanks(text, at + 1)) < len(text):
        raise json.JSONDecodeError("Extra data", text, end)


def _after_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _decode_line(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return _NotJson(f"not JSON: {_reason(error)}")


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    if isinstance(error, RecursionError):
        return "nested too deep"
    return "not valid UTF-8 text" if isinstance(error, UnicodeError) else "a number has too many digits"


def _check_shape(row: Any) -> None:
    if isinstance(row, _NotJson):
        raise _Fault(None, row.reason)
    if not isinstance(row, dict):
        raise _Fault(None, "not an object")
    if not row.keys() <= _KNOWN:
        unknown = min(row.keys() - _KNOWN)[:MAX_NAMED_CHARACTERS]
        reason = "given by the database; leave it out" if unknown == "id" else "unknown field"
        raise _Fault(unknown.encode("utf-8", "replace").decode(), reason)


def _stamp(value: Any) -> int:
    if value is None:
        return MISSING_STAMP
    stamp = parse_timestamp(value) if isinstance(value, str) and is_rfc3339(value) else None
    if stamp is None:
        raise _Fault("timestamp", "not an RFC 3339 timestamp with a zone, such as 2026-03-09T14:30:00Z")
    return stamp.us


def _number(value: Any, name: str) -> float:
    if value is None:
        return math.nan
    if type(value) is float:
        # NaN is no JSON, and would pass for null further on.
        return value if math.isfinite(value) else math.inf
    if type(value) is not int:
        raise _Fault(name, "not a number")
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise _Fault(name, "not a text")
    return clean_text(value)
