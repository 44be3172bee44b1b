"""JSON as a table: lists of objects, of rows or of columns, one or several, or an object a line."""

import csv
import io
import json
import re
from typing import Any, BinaryIO

from api_service.ingest.formats.json_walk import JsonTable, Row, find_tables, flat, is_moment
from shared.errors import MalformedFile

_AFTER_BLANKS = re.compile(r"[\s,]*")
LARGEST_BYTES = 64 * 1024 * 1024
# What is said around a list and belongs to each of its readings, even where it is the same everywhere.
_KEPT = re.compile(
    r"units?|uom|unit_of_measurement|device(_id|_name)?|name|entity_id|metric|field|measurement|sensor|channel"
    r"|circuit|meter(_id)?|nmi|mpan|instance",
    re.IGNORECASE,
)
_DEVICES = re.compile(
    r"device|name|entity|sensor|channel|circuit|meter|nmi|mpan|instance|serial|plug", re.IGNORECASE
)
_QUANTITY = re.compile(
    r"metric|measurement|field|power|volt|current|amp|energy|consumption|watt|freq|factor|k?wh|export|import|produc|reactive|apparent",
    re.IGNORECASE,
)


_MEASURED = re.compile(rf"{_QUANTITY.pattern}|wnow|[vwa](?:rms)?$", re.IGNORECASE)


def is_json(begin: bytes) -> bool:
    """Whether a text begins like a JSON document."""
    text = begin.lstrip(b"\xef\xbb\xbf \t\r\n")
    objects = [
        line
        for line in text.splitlines()[:3]
        if line.strip().startswith(b"{") and line.rstrip().endswith(b"}")
    ]
    if text.startswith(b"{") and len(objects) > 1:
        return False  # an object a line is a log
    return text.startswith((b"[{", b"[[", b"{")) or (
        text[:1] == b"[" and text[1:].lstrip()[:1] in (b"{", b"[")
    )


def is_json_lines(begin: bytes) -> bool:
    """Whether each line is an object without others inside, that names what it measures."""
    lines = [line for line in begin.splitlines()[:20] if line.strip()]
    try:
        found = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return False
    flat_ones = [
        item for item in found if isinstance(item, dict) and not any(map(_holds_objects, item.values()))
    ]
    return len(found) > 1 and len(flat_ones) == len(found)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict) for each in value)
    )


def write_json(source: BinaryIO, target: BinaryIO) -> None:
    """All lists of readings of the document as CSV, one line for each of their items.

    What tells several lists apart stands before the items: the names around them, or the keys they are under.
    """
    if source.seek(0, 2) > LARGEST_BYTES:
        raise MalformedFile(
            f"A JSON file of more than {LARGEST_BYTES >> 20} MB is not read: export it as CSV, or in parts."
        )
    source.seek(0)
    try:
        document = _document(source.read().decode("utf-8-sig"))
        tables = find_tables(document)
    except (ValueError, RecursionError) as error:
        raise MalformedFile(f"The JSON cannot be read: {error}.") from error
    if not tables:
        raise MalformedFile("The JSON holds no list of readings.")
    columns = _columns_around(tables)
    _write(
        [{**around, **row} for table, around in zip(tables, columns, strict=True) for row in table.rows],
        target,
    )


def _document(text: str) -> Any:
    """The document of a text, or a list of those that follow one another."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := _AFTER_BLANKS.match(text, at).end()) < len(text):  # type: ignore[union-attr]
        document, at = decoder.raw_decode(text, at)
        found.append(document)
    return found[0] if len(found) == 1 else found


def is_json_documents(begin: bytes) -> bool:
    """Whether the first lines are objects of any depth."""
    lines = [line for line in begin.splitlines()[:20] if line.strip()]
    try:
        return len(lines) > 1 and all(isinstance(json.loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False


def write_json_lines(source: BinaryIO, target: BinaryIO) -> None:
    """One line of CSV for each line; lines that are no object are empty."""
    rows = []
    for line in source:
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            item = {}
        rows.append(flat(item) if isinstance(item, dict) else {})
    _write(rows, target)


def _columns_around(tables: list[JsonTable]) -> list[Row]:
    """What is put before the rows of each table."""
    arounds = [_renamed(table.around) for table in tables]
    names = dict.fromkeys(name for around in arounds for name in around)
    varying = [name for name in names if _varies([around.get(name) for around in arounds], name)]
    chosen = {name: name for name in names if name in varying or _KEPT.fullmatch(name)}
    words = [name for name in varying if not any(is_moment(around.get(name)) for around in arounds)]
    if words and not any(map(_DEVICES.search, words)) and not any(map(_QUANTITY.search, words)):
        chosen[words[0]] = "device"
    found = [{chosen[name]: around[name] for name in around if name in chosen} for around in arounds]
    keys = [table.key for table in tables]
    if len(set(keys)) == 1:
        return found
    # Of items with several numbers a key names no quantity, but whose they are.
    is_quantity = sum(bool(_QUANTITY.search(key)) for key in keys) * 2 > len(keys) and not any(
        len(_numbers(row)) > 1 for table in tables for row in table.rows[:1]
    )
    return [
        {**around, "metric" if is_quantity else "device": key}
        for around, key in zip(found, keys, strict=True)
    ]


def _numbers(row: Row) -> list[str]:
    return [
        name
        for name, cell in row.items()
        if isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and not is_moment(cell)
        and _MEASURED.search(name)
    ]


def _varies(values: list[Any], name: str) -> bool:
    """Whether texts, or the numbers of devices, differ from table to table."""
    is_text = all(isinstance(value, str) for value in values) or _DEVICES.search(name) or name.lower() == "id"
    return bool(is_text) and len(set(map(str, values))) > 1


def _renamed(around: Row) -> Row:
    """Names of databases' answers in the words of tables: a series' `name` is what it measures."""
    words = {"__name__": "metric", "instance": "device"}
    found = {words.get(name, name): value for name, value in around.items()}
    if "statement_id" in found and "name" in found:
        found["measurement"] = found.pop("name")
    return found


def _write(rows: list[Row], target: BinaryIO) -> None:
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    text.detach()


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
