"""The columns of a file's moments, the order of their dates, and the spacing of its readings."""

import re
from dataclasses import dataclass, replace

import numpy as np

from api_service.ingest.layout import Label, StampPlan
from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Decimals, Grid
from api_service.ingest.recognition.header import is_clock, is_moment
from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.recognition.stamps.date_order import Hints, find_order, parsed
from api_service.ingest.recognition.vocabulary import plain, vocabulary
from api_service.ingest.rows import BAD_STAMP
from api_service.ingest.time.timestamps import DAY_US
from api_service.ingest.time.zones import zone_in
from api_service.metering.blocks import IntArray
from shared.errors import MalformedFile

MINUTE_US = 60_000_000
_OFFSET = re.compile(r"(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|Z|[A-Z]{3,4}")
# Of the intervals of a meter so many have the same length; sessions of charging have none in common.
REGULAR_SHARE = 0.9


@dataclass(frozen=True)
class Moments:
    """How moments are written, and why that is thought; `us` are those of the sample (`BAD_STAMP`: none).

    `length_us` is the most common time from the start of an interval to its end, 0 where not both are named.
    """

    stamp: StampPlan
    us: IntArray
    why: str
    length_us: int = 0


def find_moments(
    meanings: list[Meaning], grid: Grid, decimals: Decimals, options: ReadOptions, stem: str
) -> Moments:
    """Find the columns of the moment; a date in the file's name `stem` may settle the order of dates.

    Raises `MalformedFile`, with the option that helps, if there is none.
    """
    places, label = _places(meanings, grid)
    places = _in_parts(meanings) or places
    if len(places) == 2 and options.label is None and _counts_ended_hours(grid, places[1]):
        label = Label.END
    texts = [" ".join(row[place].strip() for place in places) for row in grid.rows]
    names = [meaning.name for meaning in meanings]
    places = (*places, *_offsets(meanings, grid, places))
    period_us = _period_us(meanings, grid, places, options)
    hints = Hints(stem, options.likely_order, _is_day_first(names, decimals))
    dates = grid.texts(places[0]) if period_us else texts
    order, why = find_order(dates, grid, options.date_order, hints)
    zone = next((found for place in places if (found := zone_in(names[place]))), None) or _zone_beside(
        meanings, grid
    )
    stamp = StampPlan(places, order, options.label or label, zone=zone, period_us=period_us)
    us = parsed(texts, stamp)
    if options.label is None and label is not Label.START and _names_ended_day(us, grid):
        stamp = replace(stamp, midnight_ends_day=True, label=Label.END)
        us, why = parsed(texts, stamp), f"{why}; 00:00 carries the date of the day that it ends"
    lengths = _lengths_us(meanings, grid, stamp, us)
    length = _most_common(lengths)
    if np.count_nonzero(lengths == length) < REGULAR_SHARE * len(lengths):
        why = f"{why}; the intervals differ in length: each value is spread over {length // MINUTE_US} min"
    return Moments(stamp, us, why, length)


def _in_parts(meanings: list[Meaning]) -> tuple[int, ...]:
    """The columns of year, month, day, hour and so on; empty where the year has none."""
    found = {each.quantity: each.place for each in reversed(meanings) if each.quantity}
    if not {"year", "month", "date"} <= found.keys():
        return ()
    parts = ("year", "month", "date", "clock", "minute", "second")
    count = next((at for at, part in enumerate(parts) if part not in found), len(parts))
    return tuple(found[part] for part in parts[:count])


def _offsets(meanings: list[Meaning], grid: Grid, places: tuple[int, ...]) -> tuple[int, ...]:
    """The column of offsets from UTC, or of a zone's letters, that belongs behind the moments."""
    for each in meanings:
        texts = {text for text in grid.texts(each.place) if text} if each.quantity == "zone" else set()
        if texts and each.place not in places and all(map(_OFFSET.fullmatch, texts)):
            return (each.place,)
    return ()


def _zone_beside(meanings: list[Meaning], grid: Grid) -> str | None:
    """The one zone that a column names in all lines: `Europe/Madrid`."""
    for each in meanings:
        texts = {text for text in grid.texts(each.place) if text} if each.quantity == "zone" else set()
        if len(texts) == 1 and "/" in (name := texts.pop()):
            return zone_in(f"({name})")
    return None


def _lengths_us(meanings: list[Meaning], grid: Grid, stamp: StampPlan, us: IntArray) -> IntArray:
    """The lengths of the sample's intervals, where another column names their end."""
    ends = _ends(meanings, grid)
    if len(ends) != 1 or ends[0] in stamp.places or len(stamp.places) != 1:
        return np.empty(0, np.int64)
    end_us = parsed(grid.texts(ends[0]), replace(stamp, places=(ends[0],)))
    lengths: IntArray = (end_us - us)[(us > BAD_STAMP) & (end_us > BAD_STAMP)]
    return lengths[lengths > 0]


def _ends(meanings: list[Meaning], grid: Grid) -> list[int]:
    """The columns of ends of intervals; one and the same text in all lines is the end of the whole file."""
    places = [each.place for each in meanings if each.quantity == "end"]
    return [place for place in places if len(grid.rows) < 2 or len(set(grid.texts(place))) > 1]


def _most_common(steps: IntArray) -> int:
    if not len(steps):
        return 0
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


def _counts_ended_hours(grid: Grid, place: int) -> bool:
    """Whether a column beside the date numbers the hours of the day from 1 to 24."""
    texts = {text for text in grid.texts(place) if text}
    hours = {int(match[1]) for text in texts if (match := re.fullmatch(r"(\d{1,2})(?::00){0,2}", text))}
    return len(texts) > 2 and len(hours) == len(texts) and max(hours) == 24 and 0 not in hours


def _is_day_first(names: list[str], decimals: Decimals) -> bool:
    """Whether the file is from where dates begin with the day: by decimal commas or the header's language."""
    words = {word for name in names for word in plain(name).split()}
    return decimals.point == "," or bool(words & vocabulary().day_first)


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
    return _most_common(np.array([step for step in steps if step > 0], dtype=np.int64))


def _places(meanings: list[Meaning], grid: Grid) -> tuple[tuple[int, ...], Label]:
    bounds = [each.place for each in meanings if each.quantity == "end"]
    whole = set(bounds) - set(_ends(meanings, grid))
    found = {
        each.quantity: each.place for each in reversed(meanings) if each.quantity and each.place not in whole
    }
    for name, label in (("start", Label.START), ("end", Label.END)):
        if pair := _date_and_clock([each.place for each in meanings if each.quantity == name], grid):
            return pair, label
    by_name = [
        (("timestamp",), Label.INSTANT),
        (("date", "clock"), Label.INSTANT),
        (("date", "period"), Label.START),
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
            if not _fits(names, grid, places):
                continue
            return places, _from_end(label, names, found)
    width = len(meanings)
    by_content = [place for place in range(width) if _share(grid, place) > 0.9]
    if by_content:
        # Meter numbers look like seconds since 1970, but do not change from line to line.
        place = max(by_content, key=lambda place: len(set(grid.texts(place))))
        is_apart = "clock" in found and _are_clocks(grid, found["clock"]) and not _has_clock(grid, place)
        return (place, found["clock"]) if is_apart else (place,), Label.INSTANT
    raise MalformedFile(
        "No column holds moments: name it with --map COLUMN=timestamp"
        ", or the columns of a file without a header line with --columns timestamp,power[W]."
    )


def _fits(names: tuple[str, ...], grid: Grid, places: tuple[int, ...]) -> bool:
    """Whether the column beside a date holds what its name says: the start of an interval, or its number."""
    if names == ("date", "start"):
        return _are_clocks(grid, places[1])
    return names != ("date", "period") or _are_numbers(grid, places[1])


def _date_and_clock(places: list[int], grid: Grid) -> tuple[int, int] | None:
    """Two columns of the start (or of the end) of intervals, of which one is the date and one the time."""
    clocks = [place for place in places if _are_clocks(grid, place)]
    days = [place for place in places if place not in clocks]
    return (days[0], clocks[0]) if len(clocks) == 1 == len(days) else None


def _from_end(label: Label, names: tuple[str, ...], found: dict[str, int]) -> Label:
    """A moment beside the end of its interval is the start of it."""
    return Label.START if "end" in found and "end" not in names else label


def _are_clocks(grid: Grid, place: int) -> bool:
    texts = [text for text in grid.texts(place) if text]
    return bool(texts) and sum(is_clock(text) for text in texts) * 2 > len(texts)


def _has_clock(grid: Grid, place: int) -> bool:
    return any(":" in text for text in grid.texts(place))


def _are_numbers(grid: Grid, place: int) -> bool:
    return all(text.isdecimal() for text in grid.texts(place) if text)


def _period_us(meanings: list[Meaning], grid: Grid, places: tuple[int, ...], options: ReadOptions) -> int:
    """The length of the numbered parts of a day, 0 where no column numbers them.

    Raises `MalformedFile` where the sample does not hold the last part of a day.
    """
    name = next((each.quantity for each in meanings if each.place == places[-1]), None)
    if name != "period" or len(places) != 2:
        return 0
    largest = max((int(text) for text in grid.texts(places[1]) if text.isdecimal()), default=0)
    # A day of 23 or 25 hours has fewer or more.
    minutes = next((each for each in (60, 30, 15, 5) if abs(largest - 1440 // each) * each <= 60), None)
    if options.interval_us is None and minutes is None:
        raise MalformedFile(
            f"How long each of the numbered parts of a day is cannot be seen, as no day has more than "
            f"{largest}: say it with --interval 30m."
        )
    return options.interval_us or (minutes or 0) * MINUTE_US


def _share(grid: Grid, place: int) -> float:
    texts = [text for text in grid.texts(place) if text]
    return sum(is_moment(text) for text in texts) / len(texts) if texts else 0.0


def _names_ended_day(us: IntArray, grid: Grid) -> bool:
    """Whether 00:00 stands between the evening of the day whose date it carries and the next day.

    Where the same day comes once more, for another device, its other times follow instead.
    """
    seen = ended = start = 0
    for length in grid.runs:
        run = us[start : start + length]
        start += length
        run = run[run > BAD_STAMP]
        midnight = np.flatnonzero(run[1:] % DAY_US == 0) + 1
        back_us = run[midnight - 1] - run[midnight]
        ahead_us = np.append(np.diff(run), DAY_US)[midnight]
        seen += len(midnight)
        is_ended = (back_us > DAY_US // 2) & (back_us < DAY_US) & (ahead_us > DAY_US // 2)
        ended += int(np.count_nonzero(is_ended))
    return seen > 0 and ended == seen
