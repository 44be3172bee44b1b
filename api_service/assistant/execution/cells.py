"""The result of a query: cells, each one value with what it rests on; pure and frozen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.execution.refusals import Refused
from api_service.assistant.query.query import Query, Summary
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.metering.analysis.calendar.periods import Period


class Role(StrEnum):
    """What a cell is in the answer: a row of it, or something beside."""

    ROW = "row"
    SIDE = "side"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    SHARE = "share"
    TIMES = "times"
    TOTAL = "total"
    USUAL = "usual"
    WITNESS = "witness"


@dataclass(frozen=True)
class Cell:
    """One value, and its evidence.

    `value` is in `unit` (that of the measure; "%" for shares, "" for ratios, the currency's code for costs,
    "measure unit/day" for trends), a text for states, a moment for `last_seen`. `[start, end)` is what it was
    computed over; `at` (to `until`) is the moment (or span) of an extreme, a single reading or a run.
    `samples` counts readings that fulfil the conditions, `coverage` is the covered part of the time, 0 to 1.
    `key` is the period's number as `analysis.periods` counts it, None without periods.
    """

    subject: Subject
    measure: str
    statistic: str
    value: float | str | datetime
    unit: str
    start: datetime
    end: datetime
    at: datetime | None = None
    until: datetime | None = None
    samples: int = 0
    coverage: float = 1.0
    period: Period = Period.WINDOW
    key: int | None = None
    state: str | None = None
    rank: int | None = None
    role: Role = Role.ROW

    @property
    def number(self) -> float:
        """The value as a number (moments as epoch seconds); raises `TypeError` for a text."""
        if isinstance(self.value, str):
            raise TypeError("a text is no number")
        return self.value.timestamp() if isinstance(self.value, datetime) else self.value


def added(cells: Sequence[Cell]) -> Cell:
    """One cell for the sum of several numbers, over all of their time and without a moment of its own."""
    return replace(
        cells[0],
        value=sum(cell.number for cell in cells),
        start=min(cell.start for cell in cells),
        end=max(cell.end for cell in cells),
        at=None,
        until=None,
        samples=sum(cell.samples for cell in cells),
    )


@dataclass(frozen=True)
class Result:
    """The answer's rows in their order, what stands beside them, and the answer's own form.

    `verdict` answers a yes/no question, `count` a "how many" (of `of` groups that had a value). No rows mean
    that nothing fulfilled the conditions; `context` then holds what there is without them. `missing` says why
    named devices have no row, and which devices are silent where it is about now. `implied` is the window
    that was taken where the query names none; it is labelled "so far" for the whole record. `incomplete`
    counts the periods that would rank before the rows, had they not been cut or measured in part only.
    """

    rows: tuple[Cell, ...]
    context: tuple[Cell, ...] = ()
    verdict: bool | None = None
    count: int | None = None
    of: int | None = None
    missing: tuple[Refused, ...] = ()
    implied: Window | None = None
    incomplete: int = 0

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All evidence."""
        return (*self.rows, *self.context)


@dataclass(frozen=True)
class Finding:
    """A query, what its slots stand for, and what the data answered."""

    query: Query
    bindings: Bindings
    result: Result


@dataclass(frozen=True)
class Findings:
    """All that an answer may say: one part for a query, several for a summary.

    `devices` are all of the site, "now" is `moment`.
    """

    request: Query | Summary
    parts: tuple[Finding, ...]
    moment: Moment
    devices: tuple[DeviceRef, ...] = ()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All evidence, part by part."""
        return tuple(cell for part in self.parts for cell in part.result.cells)
