"""The tables inside of a JSON document: lists of readings, wherever they stand, with what is around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api_service.ingest.time.spelled import in_figures
from api_service.ingest.time.timestamps import EARLIEST_US, LATEST_US, parse_timestamp

_DEEPEST = 12
_LOOKED_AT = 20
_MOST_NUMBERED = 4
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T ,].*)?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_STEPS = ("period", "interval", "step")
_MEASURED = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
Row = dict[str, Any]


@dataclass(frozen=True)
class JsonTable:
    """Rows of one list, the scalars of the objects around it, and the key that it stands under."""

    rows: list[Row]
    around: Row
    key: str


def find_tables(document: Any) -> list[JsonTable]:
    """The lists of a document whose items hold a moment and a number; without such, its longest list."""
    found = list(_tables(document, {}, "", _DEEPEST))
    timed = [table for table in found if _has_moments(table)]
    return timed or sorted(found, key=lambda table: -len(table.rows))[:1]


def _tables(value: Any, around: Row, key: str, depth: int) -> Iterator[JsonTable]:
    if isinstance(value, list) and depth:
        rows = _rows(value)
        if any(rows) and not any(_inner(item) for item in value[:_LOOKED_AT]):
            yield JsonTable(_filled_down(rows), around, key)
            return
        for item in value:
            yield from _tables(item, around, key, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _of_object(value, {**around, **_scalars(value)}, key, depth - 1)


def _of_object(value: Row, inside: Row, key: str, depth: int) -> Iterator[JsonTable]:
    """The tables of an object: its lists as columns, or each of them."""
    if named := _blocks(value):
        yield JsonTable(named, inside, key)
        return
    if columns := _columns(value):
        yield JsonTable(columns, inside, key)
    for name, item in value.items():
        if isinstance(item, dict):
            yield from _tables(item, inside, key, depth)
        elif isinstance(item, list) and not columns:
            yield from _tables(item, inside, name, depth)


def _rows(value: list[Any]) -> list[Row]:
    """The items of a list as rows: objects, or lists of scalars, of which the first may name the others."""
    if value and all(isinstance(item, dict) for item in value):
        return [flat(item) for item in value]
    if not value or not all(isinstance(item, list) for item in value):
        return []
    if any(isinstance(cell, dict | list) for item in value[:_LOOKED_AT] for cell in item):
        return []
    first = value[0]
    if first and not any(isinstance(cell, str) and not cell[:1].isdigit() for cell in first):
        names, body = ["timestamp", "value", *(f"value {n}" for n in range(2, len(first)))], value
    else:
        names, body = [str(cell) for cell in first], value[1:]
    return [dict(zip(names, row, strict=False)) for row in body]


def _columns(value: Row) -> list[Row]:
    """An object of lists that are as long as one another, or of names and lists of values, as rows."""
    names, lists = value.get("columns"), value.get("values")
    if isinstance(names, list) and isinstance(lists, list) and all(isinstance(row, list) for row in lists):
        return [dict(zip(map(str, names), row, strict=False)) for row in lists]
    scalars = {name: item for name, item in value.items() if isinstance(item, list) and len(item) > 1}
    if len(scalars) < 2 or len({len(item) for item in scalars.values()}) > 1:
        return []
    if any(isinstance(cell, dict | list) for item in scalars.values() for cell in item):
        return []
    found = [dict(zip(scalars, cells, strict=True)) for cells in zip(*scalars.values(), strict=True)]
    return found if any(map(is_moment, found[0].values())) else []


def _blocks(value: Row) -> list[Row]:
    """Blocks of rows under one list of names: each with its first moment and the time from row to row.

    `{"keys": ["power"], "data": [{"ts": 1709251200, "period": 60, "values": [[5.0], [6.0]]}]}`
    """
    lists = [item for item in value.values() if isinstance(item, list) and item]
    names = next((each for each in lists if all(isinstance(name, str) for name in each)), None)
    blocks = next((each for each in lists if all(isinstance(item, dict) for item in each)), None)
    if names is None or blocks is None:
        return []
    found: list[Row] = []
    for block in blocks:
        rows = [item for item in block.values() if isinstance(item, list) and item]
        moment = next(
            (item for item in block.values() if isinstance(item, int | float) and is_moment(item)), None
        )
        step = next((block[name] for name in _STEPS if isinstance(block.get(name), int | float)), None)
        if len(rows) != 1 or moment is None or step is None:
            return []
        if not all(isinstance(row, list) and len(row) == len(names) for row in rows[0]):
            return []
        found += [
            {"timestamp": moment + at * step, **dict(zip(names, row, strict=True))}
            for at, row in enumerate(rows[0])
        ]
    return found


def _inner(item: Any) -> bool:
    """Whether an item of a list holds a table of its own."""
    if not isinstance(item, dict):
        return False
    inner = [each for each in item.values() if isinstance(each, dict | list)]
    lists = [each for each in inner if isinstance(each, list) and len(each) > 1 and _rows(each)]
    return bool(lists) or any(_columns(each) or _inner(each) for each in inner if isinstance(each, dict))


def _filled_down(rows: list[Row]) -> list[Row]:
    """The rows with the texts that stand in the first of them alone: what all of them are of."""
    others = {name for row in rows[1:] for name in row}
    alone = {name: cell for name, cell in rows[0].items() if name not in others and isinstance(cell, str)}
    return [{**alone, **row} for row in rows] if len(rows) > 1 and alone else rows


def flat(item: Row, prefix: str = "") -> Row:
    """The scalars of an object and of those inside, short lists of numbers numbered from 1."""
    found: Row = {}
    for name, value in item.items():
        if isinstance(value, dict):
            found |= flat(value, prefix if name == "attributes" else f"{prefix}{name} ")
        elif not isinstance(value, list):
            found[prefix + name] = value
        elif name.startswith("by_"):
            continue  # `by_minute`: parts of what a total says
        elif len(value) <= _MOST_NUMBERED and all(isinstance(each, int | float) for each in value):
            found |= {f"{prefix}{name} {number}": each for number, each in enumerate(value, 1)}
    return found


def _scalars(value: Row) -> Row:
    """The scalars of an object and of its parts that hold nothing else, under their own names."""
    found = {name: item for name, item in value.items() if not isinstance(item, dict | list)}
    for item in value.values():
        if isinstance(item, dict) and not any(isinstance(each, dict | list) for each in item.values()):
            found |= item
    return found


def _has_moments(table: JsonTable) -> bool:
    """Whether most rows hold a number and a moment, or a time of day under a date around them."""
    has_date = any(map(is_moment, table.around.values()))
    looked_at = table.rows[:_LOOKED_AT]
    held = [
        row
        for row in looked_at
        if any(map(_is_value, row.values()))
        and any(is_moment(cell) or (has_date and _is_clock(cell)) for cell in row.values())
    ]
    return len(held) * 2 > len(looked_at)


def _is_clock(cell: Any) -> bool:
    return isinstance(cell, str) and _CLOCK.fullmatch(cell) is not None


def is_moment(cell: Any) -> bool:
    """Whether a scalar is a date, a date and time, or an epoch number."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return False
    text = str(cell).strip()
    if len(text) < len("1.1.2025"):
        return False
    stamp = parse_timestamp(text)
    if stamp is not None:
        return EARLIEST_US <= stamp.us < LATEST_US
    return _DATE.fullmatch(text) is not None or (
        text[:1].isalnum() and len(text) < 80 and in_figures(text) is not None
    )


def _is_value(cell: Any) -> bool:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return not is_moment(cell) and (is_number or (isinstance(cell, str) and bool(_MEASURED.fullmatch(cell))))
