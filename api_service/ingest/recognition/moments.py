"""The columns of a file's moments, the order of their dates, and the spacing of its readings."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from api_service.ingest.layout import DateOrder, Label, StampPlan
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Grid
from api_service.ingest.recognition.header import MOMENT, is_clock
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.rows import BAD_STAMP
from api_service.ingest.time.timestamps import DAY_US, parse_timestamp
from api_service.ingest.time.written import parse_written
from api_service.metering.blocks import IntArray
from shared.errors import MalformedFile

_ORDERS = {DateOrder.DMY: "day first", DateOrder.MDY: "month first", DateOrder.YMD: "year first"}


@dataclass(frozen=True)
class Moments:
    """How moments are written, and why that is thought; `us` are those of the sample (`BAD_STAMP`: none)."""

    stamp: StampPlan
    us: IntArray
    why: str


def find_moments(meanings: list[Meaning], grid: Grid, options: ReadOptions, stem: str) -> Moments:
    """Find the columns of the moment; a date in the file's name `stem` may settle the order of dates.

    Raises `MalformedFile`, with the option that helps, if there is none.
    """
    places, label = _places(meanings, grid)
    texts = [" ".join(row[place].strip() for place in places) for row in grid.rows]
    order, why = _order(texts, grid, options.date_order, stem)
    stamp = StampPlan(places, order, options.label or label)
    us = _parsed(texts, stamp)
    if options.label is None and _names_ended_day(us, grid):
        stamp = replace(stamp, midnight_ends_day=True, label=Label.END)
        us, why = _parsed(texts, stamp), f"{why}; 00:00 carries the date of the day that it ends"
    return Moments(stamp, us, why)


def spacing_us(moments: Moments, devices: list[str], grid: Grid) -> int:
    """The most common step between readings of one device that follow one another; 0 if there is none."""
    steps: list[int] = []
    start = 0
    for length in grid.runs:
        last: dict[str, int] = {}
        for at in range(start, start + length):
            if (now := int(moments.us[at])) > BAD_STAMP:
                steps += [abs(now - last[devices[at]])] if devices[at] in last else []
                last[devices[at]] = now
        start += length
    positive = [step for step in steps if step > 0]
    if not positive:
        return 0
    values, counts = np.unique(np.array(positive), return_counts=True)
    return int(values[np.argmax(counts)])


def _places(meanings: list[Meaning], grid: Grid) -> tuple[tuple[int, ...], Label]:
    found = {meaning.quantity: meaning.place for meaning in reversed(meanings) if meaning.quantity}
    by_name = [
        (("timestamp",), Label.INSTANT),
        (("date", "clock"), Label.INSTANT),
        (("date", "start"), Label.START),
        (("start",), Label.START),
        (("date", "end"), Label.END),
        (("end",), Label.END),
        (("date",), Label.INSTANT),
    ]
    for names, label in by_name:
        if all(name in found for name in names):
            places = tuple(found[name] for name in names)
            if names == ("timestamp",) and "date" in found and _are_clocks(grid, places[0]):
                return (found["date"], places[0]), label
            if names == ("date", "start") and not _are_clocks(grid, places[1]):
                continue
            return places, _from_end(label, names, found)
    width = len(meanings)
    by_content = [place for place in range(width) if _share(grid, place) > 0.9]
    if by_content:
        return (by_content[0],), Label.INSTANT
    raise MalformedFile(
        "No column holds moments: name it with --map COLUMN=timestamp"
        ", or the columns of a file without a header line with --columns timestamp,power[W]."
    )


def _from_end(label: Label, names: tuple[str, ...], found: dict[str, int]) -> Label:
    """A moment beside the end of its interval is the start of it."""
    return Label.START if "end" in found and "end" not in names else label


def _are_clocks(grid: Grid, place: int) -> bool:
    texts = [text for text in grid.texts(place) if text]
    return bool(texts) and sum(is_clock(text) for text in texts) * 2 > len(texts)


def _share(grid: Grid, place: int) -> float:
    texts = [text for text in grid.texts(place) if text]
    return sum(bool(MOMENT.fullmatch(text)) for text in texts) / len(texts) if texts else 0.0


def _order(texts: list[str], grid: Grid, given: DateOrder | None, stem: str) -> tuple[DateOrder, str]:
    if given is not None:
        return given, f"{_ORDERS[given]}, as given"
    filled = [text for text in texts if text and any(letter.isdigit() for letter in text)]
    if not filled or sum(parse_timestamp(text) is not None for text in filled) * 2 > len(filled):
        return DateOrder.ISO, "ISO 8601 or seconds since 1970"
    sound = {order: _sound(filled, order) for order in (DateOrder.YMD, DateOrder.DMY, DateOrder.MDY)}
    best = max(sound.values())
    fitting = [order for order, count in sound.items() if count == best and count * 2 > len(filled)]
    if not fitting:
        raise MalformedFile(
            f"{filled[0]!r} is no moment; if another column holds it: --map COLUMN=timestamp."
        )
    if len(fitting) == 1 or set(fitting) == {DateOrder.YMD}:
        return fitting[0], f"{_ORDERS[fitting[0]]}: the only order that gives dates"
    return _by_name(filled[0], stem) or _by_steps(texts, filled, grid, fitting)


def _by_name(text: str, stem: str) -> tuple[DateOrder, str] | None:
    """The order in which the first date is the one in the file's name."""
    match = re.search(r"((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)", stem)
    named = parse_timestamp("-".join(match.groups())) if match else None
    for order in (DateOrder.DMY, DateOrder.MDY) if named else ():
        us = int(parse_written(pa.array([text], pa.string()), StampPlan((0,), order))[0][0])
        if named and us > BAD_STAMP and us // DAY_US == named.us // DAY_US:
            return order, f"{_ORDERS[order]}, as the file's name says"
    return None


def _sound(texts: list[str], order: DateOrder) -> int:
    us = parse_written(pa.array(texts, pa.string()), StampPlan((0,), order))[0]
    return int(np.count_nonzero(us > BAD_STAMP))


def _by_steps(
    texts: list[str], filled: list[str], grid: Grid, fitting: list[DateOrder]
) -> tuple[DateOrder, str]:
    """Of two orders the one in which the readings follow one another."""
    if DateOrder.YMD in fitting:
        fitting = [order for order in fitting if order is not DateOrder.YMD] if len(fitting) > 2 else fitting
    if all("." in text.split(" ")[0] for text in filled):
        return DateOrder.DMY, "day first, as dates with points are"
    longest = {order: _longest_step(texts, grid, order) for order in fitting}
    low, high = sorted(longest.values())[:2]
    if high > 2 * low:
        order = min(longest, key=lambda each: longest[each])
        return order, f"{_ORDERS[order]}: the readings follow one another so"
    if all(re.search(r"[AaPp]\.?[Mm]", text) for text in filled):
        return DateOrder.MDY, "month first, as dates with AM and PM are (else: --date-order dmy)"
    raise MalformedFile(
        f"{filled[0]!r} can be day first or month first: say which with --date-order dmy or --date-order mdy."
    )


def _longest_step(texts: list[str], grid: Grid, order: DateOrder) -> int:
    us = _parsed(texts, StampPlan((0,), order))
    longest, start = 0, 0
    for length in grid.runs:
        run = us[start : start + length]
        run = run[run > BAD_STAMP]
        longest = max(longest, int(np.abs(np.diff(run)).max(initial=0)))
        start += length
    return longest


def _parsed(texts: list[str], stamp: StampPlan) -> IntArray:
    if stamp.order is DateOrder.ISO and len(stamp.places) == 1:
        found = [parse_timestamp(text) for text in texts]
        return np.array([BAD_STAMP if stamp is None else stamp.us for stamp in found], dtype=np.int64)
    return parse_written(pa.array(texts, pa.string()), stamp)[0] if texts else np.empty(0, np.int64)


def _names_ended_day(us: IntArray, grid: Grid) -> bool:
    """Whether 00:00 follows the evening of the day whose date it carries, wherever that can be seen."""
    seen = ended = start = 0
    for length in grid.runs:
        run = us[start : start + length]
        start += length
        run = run[run > BAD_STAMP]
        midnight = np.flatnonzero(run[1:] % DAY_US == 0) + 1
        back_us = run[midnight - 1] - run[midnight]
        seen += len(midnight)
        ended += int(np.count_nonzero((back_us > DAY_US // 2) & (back_us < DAY_US)))
    return seen > 0 and ended == seen
