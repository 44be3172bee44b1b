"""The date, the month or the year that stands in the lines above a table, or in a file's name."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api_service.ingest.formats.shapes.shape import FileContext
from api_service.ingest.time.spelled import in_figures, words
from shared.errors import MalformedFile

_FIGURES = re.compile(r"(?<![\d.:-])(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?![\d:-])")
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?([0-3]\d)(?!\d)")
_REVERSED_IN_NAME = re.compile(r"(?<!\d)(\d{1,2})[-_.](\d{1,2})[-_.]((?:19|20)\d\d)(?!\d)")
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_./ ]?(0[1-9]|1[0-2])(?!\d)")
_MONTH_YEAR = re.compile(r"(?<![\d./-])(0?[1-9]|1[0-2])[-_./]((?:19|20)\d\d)(?!\d)")
_YEAR = re.compile(r"(?<![\d.,])((?:19|20)\d\d)(?![\d.,])")
_WORD = re.compile(r"[^\W\d_]+")
_ORDERS = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}


@dataclass(frozen=True)
class Month:
    """A month of a year; a `number` of None is the whole year."""

    year: int
    number: int | None = None


def day_above(lines: Sequence[str], context: FileContext) -> date | None:
    """The date of a table: as its user says, else in the lines above it, else in the file's name.

    Raises `MalformedFile` for a date that may be day first or month first.
    """
    if context.day is not None:
        return context.day
    ranked: dict[int, set[date]] = {0: set(), 1: set()}
    for line in lines:
        found = day_in(line, context)
        named = set(_words(line))
        if found is not None and not (named & words().no_begin and not named & words().begin):
            ranked[0 if named & words().begin else 1].add(found)
    for days in ranked.values():
        if days:
            return days.pop() if len(days) == 1 else None
    return _in_name(context)


def day_in(line: str, context: FileContext) -> date | None:
    """The first date of a line."""
    if match := _FIGURES.search(line):
        return _of_figures(match, line, context.order)
    for part in re.split(r"[,;\t|]", line):
        text = part.strip().strip('"')
        # `Date: March 1, 2024` and `Date March 1 2024`: what stands behind the label, and the whole.
        for worded in (text.partition(":")[2].strip(), text.partition(" ")[2].strip(), text):
            figures = in_figures(worded) if any(map(str.isdigit, worded)) and len(worded) > 7 else None
            if figures and re.match(r"\d{4}-\d{1,2}-\d{1,2}", figures) and not worded.isdigit():
                return _date(*figures[:10].split(" ")[0].split("-"))
    return None


def _of_figures(match: re.Match[str], line: str, given: str | None) -> date | None:
    parts = (match[1], match[3], match[4])
    if len(match[1]) == 4:
        return _date(*parts)
    if len(match[1]) > 2 or len(match[4]) not in (2, 4):
        return None
    is_day_first = match[2] == "." or bool(set(_words(line)) & words().day_first)
    order = given or ("dmy" if is_day_first else None)
    if order is not None:
        return _date(*(parts[place] for place in _ORDERS[order]))
    both = {_date(*(parts[place] for place in _ORDERS[order])) for order in ("dmy", "mdy")} - {None}
    if len(both) > 1:
        raise MalformedFile(
            f"{match[0]!r} can be day first or month first: say which with --date-order dmy "
            "or --date-order mdy."
        )
    return both.pop() if both else None


def _in_name(context: FileContext) -> date | None:
    if match := _IN_NAME.search(context.stem):
        return _date(*match.groups())
    if match := _REVERSED_IN_NAME.search(context.stem):
        text = f"{match[1]}-{match[2]}-{match[3]}"
        figures = _FIGURES.fullmatch(text)
        return _of_figures(figures, context.stem, context.order) if figures else None
    return None


def month_in(text: str) -> Month | None:
    """The month of a cell or a line, with its year: `2024-03`, `03/2024`, `March 2024`."""
    if match := _YEAR_MONTH.search(text):
        return Month(int(match[1]), int(match[2]))
    if match := _MONTH_YEAR.search(text):
        return Month(int(match[2]), int(match[1]))
    years = _YEAR.findall(text) or [f"20{short}" for short in re.findall(r"(?<=[-' ])(\d\d)$", text)]
    months = {number for word in _words(text) if (number := month_named(word))}
    return Month(int(years[0]), months.pop()) if len(set(years)) == 1 and len(months) == 1 else None


def month_named(word: str) -> int | None:
    """The number of a month's name in any of the known languages."""
    return words().months.get(_plain(word).strip("."))


def month_above(lines: Sequence[str], context: FileContext) -> Month | None:
    """The one month of a table, else its one year: in the lines above it, else in the file's name."""
    if context.day is not None:
        return Month(context.day.year, context.day.month)
    for texts in (lines, (context.stem,)):
        dated = [line for line in texts if not set(_words(line)) & words().no_begin]
        if found := {month for line in dated if (month := month_in(line))}:
            return found.pop() if len(found) == 1 else None
        if years := {int(year) for line in dated for year in _YEAR.findall(line)}:
            return Month(years.pop()) if len(years) == 1 else None
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _date(year: str, month: str, day: str) -> date | None:
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 80 else 1900)
    try:
        return date(full, int(month), int(day))
    except ValueError:
        return None
