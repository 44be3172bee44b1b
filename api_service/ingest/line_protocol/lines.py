"""Points to lines of Influx line protocol, in microseconds: what `read_points` reads back."""

import re
from collections.abc import Iterable

from api_service.ingest.line_protocol.points import FieldValue, Point

_NAME = re.compile(r"([,= \\])")
_MEASUREMENT = re.compile(r"([, \\])")
_TEXT = re.compile(r'(["\\])')
_BLANKS = re.compile(r"[\s\x1c-\x1f\x85]+")


def line_of(point: Point) -> str:
    """The line of a point; line feeds and other blanks in names become one blank."""
    head = [_MEASUREMENT.sub(r"\\\1", _one_line(point.measurement))]
    head += [f"{_name(tag)}={_name(value)}" for tag, value in point.tags.items() if _one_line(value)]
    fields = ",".join(f"{_name(name)}={_value(value)}" for name, value in point.fields.items())
    stamp = "" if point.stamp_us is None else f" {point.stamp_us}"
    return f"{','.join(head)} {fields}{stamp}"


def body_of(points: Iterable[Point]) -> bytes:
    """A body of lines for `precision=us`; what is no Unicode text becomes question marks."""
    return "\n".join(line_of(point) for point in points).encode("utf-8", "replace")


def _name(text: str) -> str:
    return _NAME.sub(r"\\\1", _one_line(text))


def _value(value: FieldValue) -> str:
    if isinstance(value, str):
        text = _TEXT.sub(r"\\\1", _one_line(value))
        return f'"{text}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(float(value))


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()
