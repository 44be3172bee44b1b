"""Made-up cells: the table of values of a random query, in the executor's form."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.execution.cells import Cell
from api_service.assistant.query.query import (
    PERIODS,
    Ask,
    DeviceScope,
    Per,
    Query,
)
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.measure import MeasureKind, Statistic
from api_service.metering.measures import MEASURES
from training.saying.home import Home, value_of

_COLLAPSED = frozenset((Statistic.MEAN, Statistic.MIN, Statistic.MAX, Statistic.MEDIAN))
_CALENDAR = frozenset((Per.HOUR, Per.DAY, Per.WEEK, Per.MONTH))
_SINGLE = frozenset((Ask.VALUE, Ask.WHEN, Ask.COMPARE, Ask.WHETHER))
_KEYS = {Per.HOUR_OF_DAY: 24, Per.WEEKDAY: 7, Per.WEEKDAY_OR_WEEKEND: 2}


@dataclass(frozen=True)
class CellMaker:
    """Makes up the table of a query on a home."""

    rng: random.Random
    home: Home
    query: Query
    bindings: Bindings

    @property
    def subjects(self) -> list[Subject]:
        """The query's subjects."""
        query, home = self.query, self.home
        named = [self.bindings.devices[slot] for slot in query.devices.slots]
        scope = query.devices.scope
        if query.grouping is Per.DEVICE:
            return named if scope is DeviceScope.THESE else list(home.devices)
        if query.grouping is Per.GROUP:
            return list(home.groups)
        if scope is DeviceScope.THESE:
            return named
        if scope is DeviceScope.BUT:
            return [Subject("", (1, 2))]
        if scope is DeviceScope.REST:
            return [Subject("", (1, 2, 3), minus=(2, 3))]
        return [Subject("", (1, 2, 3), is_site=True)]

    @property
    def statistic(self) -> Statistic:
        """The statistic after what the form of answer implies."""
        query = self.query
        if query.usual and query.windows is None and query.statistic is Statistic.LATEST:
            return Statistic.MEAN
        own = [c.bound.kind.value for c in query.where.bounds if c.measure is None]
        shows_mean = query.ask is Ask.WHETHER and query.statistic is Statistic.MEAN and query.having is None
        if own and shows_mean and MEASURES[query.measure].kind is MeasureKind.RECORDED:
            return Statistic.MIN if own[0] == "below" else Statistic.MAX
        return query.statistic

    def cells(self, side: int = 0) -> list[Cell]:
        """One table."""
        start, end = self.home.window_of(self.query, self.bindings, side)
        made = []
        for subject in self.subjects:
            for state in self.home.states if self.query.per is Per.STATE else (None,):
                made += self._of_subject(replace(self.blank(subject, start, end), state=state))
        return made

    def blank(self, subject: Subject, start: datetime, end: datetime) -> Cell:
        """A cell without a value."""
        row = MEASURES[self.query.measure]
        unit = "EUR" if row.key == "cost" else row.unit
        if self.statistic is Statistic.COUNT:
            unit = ""
        coverage = 1.0 if self.rng.random() < 0.85 else self.rng.uniform(0.2, 0.9)
        return Cell(
            subject, row.key, self.statistic.value, 0.0, unit, start, end, samples=100, coverage=coverage
        )

    def _of_subject(self, blank: Cell) -> list[Cell]:
        per, query = self.query.per, self.query
        row = MEASURES[query.measure]
        is_collapsed = row.additive_over_time and query.statistic in _COLLAPSED and per in _CALENDAR
        if per not in PERIODS or (is_collapsed and query.order is None and query.ask in _SINGLE):
            return [self.filled(blank)]
        period = Period(per.value)
        if per in _KEYS:
            keys = range(_KEYS[per])
            return [self.filled(replace(blank, period=period, key=key)) for key in keys]
        length = {Per.HOUR: 3600, Per.DAY: 86_400, Per.WEEK: 604_800, Per.MONTH: 2_592_000}[per]
        count = self.rng.choice((1, 2, 3, 4, 7, 7, 10, 24, 30))
        spans = [blank.end - timedelta(seconds=length * n) for n in range(count, 0, -1)]
        return [
            self.filled(replace(blank, period=period, key=n, start=at, end=at + timedelta(seconds=length)))
            for n, at in enumerate(spans)
        ]

    def filled(self, cell: Cell) -> Cell:
        """The cell with a made-up value and moment."""
        rng = self.rng
        statistic, key = Statistic(cell.statistic), cell.measure
        value = value_of(rng, key, statistic, self.home.states)
        if statistic is Statistic.TREND:
            return replace(
                cell, value=value, unit=f"{cell.unit}/day", period=Period.DAY, at=cell.start, until=cell.end
            )
        moment = cell.start + (cell.end - cell.start) * rng.random()
        if key == "last_seen":
            return replace(cell, value=moment, at=moment)
        if statistic is Statistic.LATEST and MEASURES[key].kind is not MeasureKind.DERIVED:
            fresh = rng.random() < 0.6
            moment = self.home.moment.now - timedelta(seconds=30 if fresh else rng.uniform(300, 90_000))
        cell = replace(cell, value=value)
        has_moment = statistic in (
            Statistic.MIN,
            Statistic.MAX,
            Statistic.LATEST,
            Statistic.FIRST,
            Statistic.LAST,
        )
        is_single = MEASURES[key].kind is not MeasureKind.DERIVED or key in ("on_time", "duration", "gaps")
        if not has_moment or not is_single or cell.period is not Period.WINDOW:
            return cell
        if MEASURES[key].kind is MeasureKind.DERIVED:
            return replace(cell, at=moment, until=moment + timedelta(seconds=float(value)))
        return replace(cell, at=moment)
