"""In which order dates name day, month and year: by all dates of a sample, else by what speaks for one."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from api_service.ingest.layout import DateOrder, StampPlan
from api_service.ingest.recognition.grid import Grid
from api_service.ingest.recognition.header import is_clock
from api_service.ingest.rows import BAD_STAMP
from api_service.ingest.time.timestamps import DAY_US, EARLIEST_US, LATEST_US, parse_timestamp
from api_service.ingest.time.written import parse_written
from api_service.metering.blocks import IntArray
from shared.errors import MalformedFile

_ORDERS = {DateOrder.DMY: "day first", DateOrder.MDY: "month first", DateOrder.YMD: "year first"}

_ISO_WHY = "ISO 8601 or seconds since 1970"


@dataclass(frozen=True)
class Hints:
    """What speaks for an order of dates where they fit several: the file's name, its form, its language."""

    stem: str
    likely: DateOrder | None
    is_day_first: bool


def find_order(texts: list[str], grid: Grid, given: DateOrder | None, hints: Hints) -> tuple[DateOrder, str]:
    """The order of the dates in `texts`, and why; `given` by the user goes before all.

    Raises `MalformedFile` where they are no moments, or where nothing says the order.
    """
    filled = [text for text in texts if text and any(letter.isdigit() for letter in text)]
    odd = [text for text in filled if not _is_iso(text)]
    if filled and not odd:
        return DateOrder.ISO, _ISO_WHY
    if given is not None and odd:
        return given, f"{_ORDERS[given]}, as given"
    sound = {order: _moments_of(odd, order) for order in (DateOrder.DMY, DateOrder.MDY, DateOrder.YMD)}
    counts = {order: int(np.count_nonzero(us > BAD_STAMP)) for order, us in sound.items()}
    best = max(counts.values())
    if not best and len(odd) * 2 <= len(filled):
        return DateOrder.ISO, _ISO_WHY
    fitting = [order for order, count in counts.items() if count == best]
    if odd and all(map(is_clock, odd[:100])):
        raise MalformedFile(
            f"{odd[0]!r} is a time of day without a date: say that of the first line with --date 2024-03-01."
        )
    if not best or (best * 2 <= len(odd) and len(odd) * 2 > len(filled)):
        raise MalformedFile(
            f"{(odd or ['nothing'])[0]!r} is no moment; if another column holds it: --map COLUMN=timestamp."
        )
    if all(np.array_equal(sound[order], sound[fitting[0]]) for order in fitting):
        return _only(fitting, odd)
    if found := _by_name(odd[0], hints.stem) or _by_steps(texts, odd, grid, fitting):
        return found
    # A year of two figures that stands first is rare: only dates that fit nothing else are read so.
    fitting = [order for order in fitting if order is not DateOrder.YMD]
    alike = all(np.array_equal(sound[order], sound[fitting[0]]) for order in fitting)
    return _only(fitting, odd) if alike else _by_hints(odd, hints)


def _is_iso(text: str) -> bool:
    """ISO 8601 or an epoch number; a spreadsheet's date or figures without marks are no such number."""
    stamp = parse_timestamp(text)
    return stamp is not None and EARLIEST_US <= stamp.us < LATEST_US


def _only(fitting: list[DateOrder], odd: list[str]) -> tuple[DateOrder, str]:
    if len(fitting) == 1:
        return fitting[0], f"{_ORDERS[fitting[0]]}: the only order that gives dates"
    is_year_first = all(re.match(r"\s*\d{4}\D", text) for text in odd)
    order = DateOrder.YMD if is_year_first else fitting[0]
    return order, "year first" if is_year_first else "dates that every order reads alike"


def _by_name(text: str, stem: str) -> tuple[DateOrder, str] | None:
    """The order in which the first date is the one in the file's name."""
    match = re.search(r"((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)", stem)
    named = parse_timestamp("-".join(match.groups())) if match else None
    for order in (DateOrder.DMY, DateOrder.MDY) if named else ():
        us = int(parse_written(pa.array([text], pa.string()), StampPlan((0,), order))[0][0])
        if named and us > BAD_STAMP and us // DAY_US == named.us // DAY_US:
            return order, f"{_ORDERS[order]}, as the file's name says"
    return None


def _moments_of(texts: list[str], order: DateOrder) -> IntArray:
    return parse_written(pa.array(texts, pa.string()), StampPlan((0,), order))[0]


def _by_steps(
    texts: list[str], odd: list[str], grid: Grid, fitting: list[DateOrder]
) -> tuple[DateOrder, str] | None:
    """Of several orders the one in which the readings follow one another."""
    if all("." in text.split(" ")[0] for text in odd) and DateOrder.DMY in fitting:
        return DateOrder.DMY, "day first, as dates with points are"
    longest = {order: _longest_step(texts, grid, order) for order in fitting}
    low, high = sorted(longest.values())[:2]
    if high > 2 * low:
        order = min(longest, key=lambda each: longest[each])
        return order, f"{_ORDERS[order]}: the readings follow one another so"
    return None


def _by_hints(odd: list[str], hints: Hints) -> tuple[DateOrder, str]:
    """Of day first and month first what the form or the language of a file has.

    Raises `MalformedFile` where nothing says it, or where they differ.
    """
    has_halves = all(re.search(r"[AaPp]\.?[Mm]", text) for text in odd)
    found = dict.fromkeys((DateOrder.MDY, DateOrder.DMY), "")
    if has_halves:
        found[DateOrder.MDY] = "month first, as dates with AM and PM are (else: --date-order dmy)"
    if hints.is_day_first:
        found[DateOrder.DMY] = "day first, as where this file is from (else: --date-order mdy)"
    if hints.likely in found:
        found[hints.likely] = f"{_ORDERS[hints.likely]}, as files of this form have it"
    said = [(order, why) for order, why in found.items() if why]
    if len(said) == 1:
        return said[0]
    if has_halves and hints.likely is None:
        return DateOrder.MDY, found[DateOrder.MDY]
    raise MalformedFile(
        f"{odd[0]!r} can be day first or month first: say which with --date-order dmy or --date-order mdy."
    )


def _longest_step(texts: list[str], grid: Grid, order: DateOrder) -> int:
    us = parsed(texts, StampPlan((0,), order))
    longest, start = 0, 0
    for length in grid.runs:
        run = us[start : start + length]
        run = run[run > BAD_STAMP]
        longest = max(longest, int(np.abs(np.diff(run)).max(initial=0)))
        start += length
    return longest


def parsed(texts: list[str], stamp: StampPlan) -> IntArray:
    """The moments of texts that are written as `stamp` says, in microseconds; `BAD_STAMP` for others."""
    if stamp.order is DateOrder.ISO and len(stamp.places) == 1:
        found = [parse_timestamp(text) for text in texts]
        return np.array([BAD_STAMP if stamp is None else stamp.us for stamp in found], dtype=np.int64)
    us = parse_written(pa.array(texts, pa.string()), stamp)[0] if texts else np.empty(0, np.int64)
    if not stamp.period_us:
        return us
    parts = us % DAY_US
    return np.where(us > BAD_STAMP, us - parts + parts * stamp.period_us, us)
