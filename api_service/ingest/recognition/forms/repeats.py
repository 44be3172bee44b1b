"""Lines of one device and moment that hold different numbers: another column may tell them apart."""

from collections.abc import Iterable
from dataclasses import dataclass

from api_service.ingest.recognition.columns import Meaning
from api_service.ingest.recognition.grid import Grid
from api_service.ingest.rows import BAD_STAMP
from api_service.ingest.time.timestamps import DAY_US
from api_service.metering.blocks import IntArray
from shared.errors import MalformedFile

# Of all lines so many may repeat a moment by chance: a clock that goes back, a line that is sent twice.
DOUBTFUL_SHARE = 0.2
# Of the lines that repeat a moment a column must tell so many apart, and repeat its own texts.
TOLD_APART_SHARE = 0.95
FEWEST_LINES_OF_A_TEXT = 2


@dataclass(frozen=True)
class Keys:
    """Of each row of the sample its moment, and all that says which device and quantity it is of."""

    us: IntArray
    owners: tuple[tuple[str, ...], ...]
    values: tuple[int, ...]


def note_repeats(meanings: list[Meaning], keys: Keys, grid: Grid, *, may_ask: bool) -> list[str]:
    """What to tell of such lines. Raises `MalformedFile` where a column that is not used tells them apart."""
    total = len(grid.rows)
    _check_days(keys, total)
    count = _repeats(keys, grid)
    if count <= DOUBTFUL_SHARE * total:
        return []
    used = {*keys.values, *(each.place for each in meanings if each.is_measured)}
    for meaning in meanings if may_ask else ():
        texts = grid.texts(meaning.place)
        if meaning.place in used or len(set(texts)) * FEWEST_LINES_OF_A_TEXT > total or len(set(texts)) < 2:
            continue
        apart = Keys(
            keys.us, tuple((*own, text) for own, text in zip(keys.owners, texts, strict=True)), keys.values
        )
        if _repeats(apart, grid) <= (1 - TOLD_APART_SHARE) * count:
            raise MalformedFile(
                f"Lines of the same moment hold different numbers, and the column {meaning.name!r} tells "
                f"them apart: if it names devices, say --device-column '{meaning.name}'; otherwise give "
                "--device NAME, and the first line of each moment counts."
            )
    return [f"{count} of {total} lines looked at repeat a moment with other numbers: the first ones count"]


def _check_days(keys: Keys, total: int) -> None:
    """Raises `MalformedFile` where the moments are days, and several lines of a device have the same."""
    lines = [(now, own) for now, own in zip(keys.us.tolist(), keys.owners, strict=True) if now > BAD_STAMP]
    if any(now % DAY_US for now, _ in lines):
        return
    if len(lines) - len(set(lines)) > DOUBTFUL_SHARE * total:
        raise MalformedFile(
            "The column that was taken for the moment holds days, and several lines have the same: name the "
            "one with their time of day, with --map COLUMN=clock."
        )


def _repeats(keys: Keys, grid: Grid) -> int:
    """The rows that repeat the key of an earlier row with other numbers."""
    first: dict[tuple[object, ...], tuple[str, ...]] = {}
    count = 0
    for now, own, row in zip(keys.us.tolist(), keys.owners, grid.rows, strict=True):
        if now > BAD_STAMP:
            values = _of(row, keys.values)
            count += first.setdefault((now, own), values) != values
    return count


def _of(row: tuple[str, ...], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(row[place].strip() for place in places)
