"""Energies of intervals as lines of CSV, cut to one length where a file holds several.

A device has one length of its intervals. Where a meter changes from half hours to five minutes, a half hour
is written as six times five minutes with a sixth of its energy each, which is the same mean power.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TextIO

from shared.errors import MalformedFile

HEADER = ("start", "end", "meter", "read type", "unit", "value")
_ENERGIES = frozenset({"wh", "kwh", "mwh", "varh", "kvarh"})
SHORTEST_S = 60
MOST_PARTS = 1500


@dataclass(frozen=True)
class Interval:
    """A value of an interval of `length_s` seconds; `named` are its meter, the kind of reading, the unit."""

    start: datetime
    length_s: int
    named: tuple[str, str, str]
    value: str


def common_length_s(lengths: Mapping[int, int]) -> int:
    """The length in seconds that the intervals are cut to, from how often each length comes; 0 for none.

    Raises `MalformedFile` where the lengths have no part of a minute or more in common.
    """
    used = [length for length in lengths if length > 0]
    if not used:
        return 0
    base = math.gcd(*used)
    if len(used) > 1 and (base < SHORTEST_S or max(used) > base * MOST_PARTS):
        often = ", ".join(f"{length} s" for length, _ in Counter(lengths).most_common(5))
        raise MalformedFile(
            f"The intervals have different lengths ({often}) without a common part: export one length alone."
        )
    return base


def write_intervals(text: TextIO, intervals: Iterable[Interval | list[str]], length_s: int) -> None:
    """Write the header and a line for each part; a list goes through as it is, to be rejected."""
    writer: Any = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for item in intervals:
        writer.writerows([item] if isinstance(item, list) else _parts(item, length_s))


def _parts(item: Interval, length_s: int) -> Iterable[tuple[str, ...]]:
    parts = max(1, item.length_s // length_s) if length_s else 1
    value = item.value
    if parts > 1 and item.named[2].lower() in _ENERGIES:
        try:
            value = f"{float(value) / parts:.12g}" if value else value
        except ValueError:
            parts = 1  # no number: one line says so
    step = timedelta(seconds=length_s)
    for at in range(parts):
        start = item.start + at * step
        yield (start.isoformat(" "), (start + step).isoformat(" "), *item.named, value)
