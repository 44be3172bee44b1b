"""What a payload holds: JSON or a bare value, members by their path, numbers as meters write them."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from api_service.ingest.line_protocol.meaning import NO_STATES

CHANNEL = "{channel}"
_NUMBER = re.compile(r"([-+]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][-+]?\d+)?)\s*([^\W\d_]+|%)?")
# "1,234" is 1.234 to some and 1234 to others; "0,234" is 0.234 to all.
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Member:
    """A value inside a payload; `channel` is what stands for `{channel}` in its path."""

    value: Any
    channel: str = ""


@dataclass(frozen=True)
class Number:
    """A finite number and the unit written behind it, if any."""

    value: float
    unit: str = ""


def decode(payload: bytes) -> Any:
    """The payload as JSON, else as the text that it is; None for bytes that are neither.

    NaN and Infinity, which are no JSON but are sent, stay numbers and are sorted out later.
    """
    try:
        text = payload.decode("utf-8-sig").strip()
        return json.loads(text)
    except UnicodeDecodeError:
        return None
    except (ValueError, RecursionError):
        return text


def members(document: Any, path: str) -> Iterator[Member]:
    """The values at a path such as `params.switch:{channel}.apower`; "" is the whole payload.

    A level named `{channel}` in part stands for all members that fit, a number for a place in a list.
    """
    found = [Member(document)]
    for level in path.split(".") if path else ():
        found = [inner for outer in found for inner in _inside(outer, level)]
    yield from (member for member in found if member.value is not None)


def number_of(value: Any) -> Number | None:
    """A number, or a text that is one, perhaps with its unit ("0.4 kW"); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Number(float(value)) if abs(value) < 1e300 and math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    match = _NUMBER.fullmatch(value.strip())
    if match is None or _THOUSANDS.fullmatch(match[1]):
        return None
    number = float(match[1].replace(",", "."))
    return Number(number, match[2] or "") if math.isfinite(number) else None


def state_of(value: Any) -> str | None:
    """The state that a value tells: a text in lower case, or on and off for true, false, 1 and 0.

    None for anything else, and for the words of `NO_STATES`.
    """
    if isinstance(value, str):
        state = value.strip().lower()
        return state if state and state not in NO_STATES else None
    if isinstance(value, bool | int | float) and value in (0, 1):
        return "on" if value else "off"
    return None


def _inside(outer: Member, level: str) -> Iterator[Member]:
    if isinstance(outer.value, list) and level.isdecimal() and int(level) < len(outer.value):
        yield Member(outer.value[int(level)], outer.channel)
    if not isinstance(outer.value, dict):
        return
    if CHANNEL not in level:
        yield Member(outer.value.get(level), outer.channel)
        return
    for name, value in outer.value.items():
        if match := _level(level).fullmatch(name):
            yield Member(value, match[1])


@lru_cache(maxsize=1024)
def _level(level: str) -> re.Pattern[str]:
    before, _, after = level.partition(CHANNEL)
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}")
