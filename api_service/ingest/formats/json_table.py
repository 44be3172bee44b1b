"""JSON as a table: an array of objects or of rows, an object that holds one, or an object a line."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from shared.errors import MalformedFile

LARGEST_BYTES = 256 * 1024 * 1024
_NESTED = 3


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
    except ValueError:
        return False
    flat = [
        item
        for item in found
        if isinstance(item, dict) and not any(isinstance(v, dict) for v in item.values())
    ]
    return len(found) > 1 and len(flat) == len(found)


def write_json(source: BinaryIO, target: BinaryIO) -> None:
    """The longest array of the document as CSV, one line for each of its items."""
    if source.seek(0, 2) > LARGEST_BYTES:
        raise MalformedFile(
            f"A JSON file of more than {LARGEST_BYTES >> 20} MB is not read: export it as CSV."
        )
    source.seek(0)
    try:
        document = json.loads(source.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise MalformedFile(f"The JSON cannot be read: {error}.") from error
    rows = max(_arrays(document, _NESTED), key=len, default=[])
    if not rows:
        raise MalformedFile("The JSON holds no list of readings.")
    _write(rows, target)


def write_json_lines(source: BinaryIO, target: BinaryIO) -> None:
    """One line of CSV for each line; the first thousand lines say which columns there are."""
    rows = []
    for line in source:
        try:
            rows.append(json.loads(line))
        except ValueError:
            rows.append({})
    _write(rows, target)


def _arrays(value: Any, depth: int) -> Iterable[list[Any]]:
    """Lists of objects or of rows, as far as `depth` levels down."""
    if isinstance(value, list):
        if value and all(isinstance(item, dict | list) for item in value[:100]):
            yield value
        return
    if isinstance(value, dict) and depth:
        for item in value.values():
            yield from _arrays(item, depth - 1)


def _write(rows: list[Any], target: BinaryIO) -> None:
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    if isinstance(rows[0], list):
        # Pairs of a moment and a value, as graphs are fed with.
        if not any(isinstance(cell, str) and not cell[:1].isdigit() for cell in rows[0]):
            writer.writerow(["timestamp", "value", *(f"value {n}" for n in range(2, len(rows[0])))])
        writer.writerows([_cell(cell) for cell in row] for row in rows if isinstance(row, list))
    else:
        flat = [_flat(row) if isinstance(row, dict) else {} for row in rows]
        names = list(dict.fromkeys(name for row in flat for name in row))
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in flat)
    text.detach()


def _flat(row: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name} ")
        elif not isinstance(value, list):
            found[prefix + name] = _cell(value)
    return found


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
