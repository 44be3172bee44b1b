"""Random findings: a random query with values for its slots, and a result such as the executor would give.

No data are read: values are made up, but the form of the result (rows, roles, witnesses, counts) follows the
executor's rules, so that every wording is met.
"""

import random
from dataclasses import dataclass, replace
from datetime import timedelta

from api_service.assistant.execution.answers import shape as answers
from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell, Finding, Result, Role
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.query.query import (
    Ask,
    Per,
    Query,
    RelationKind,
)
from api_service.metering.measure import MeasureKind, Statistic
from api_service.metering.measures import MEASURES
from training.saying.cells import CellMaker
from training.saying.home import Home

_OF_TWO = frozenset((RelationKind.DIFFERENCE, RelationKind.RATIO, RelationKind.MORE, RelationKind.LESS))
NOTHING_CHANCE = 0.3


@dataclass(frozen=True)
class _Results(CellMaker):
    def result(self) -> Result:
        query = self.query
        conditioned = bool(query.where.state or query.where.bounds)
        if conditioned and query.measure != "last_seen" and self.rng.random() < NOTHING_CHANCE:
            return self._nothing()
        if query.ask is Ask.WHEN and self._asks_for_runs():
            return self._runs()
        rows = self.cells()
        kind = query.relation.kind if query.relation else None
        if query.usual:
            return self._usual(rows)
        if query.ask is Ask.COMPARE or kind in _OF_TWO:
            return self._compared(rows, kind)
        two = len(self.home.windows_of(query, self.bindings)) == 2
        if query.ask is Ask.WHEN and two and query.measure != "last_seen":
            kept = rows[:1]
            return Result(tuple(kept), (answers.side(self._other(kept[0], 1)),))
        return self._selected(rows, kind)

    def _asks_for_runs(self) -> bool:
        query = self.query
        if query.per is not None or query.order is not None or query.usual or self._is_now:
            return False
        ends = (Statistic.MIN, Statistic.MAX, Statistic.LATEST)
        if query.measure == "gaps":
            return query.statistic not in ends
        conditioned = query.where.state is not None or bool(query.where.bounds)
        recorded = MEASURES[query.measure].kind is not MeasureKind.DERIVED
        return recorded and conditioned and query.statistic not in ends[:2]

    @property
    def _is_now(self) -> bool:
        return self.query.windows is None and self.query.statistic is Statistic.LATEST

    def _runs(self) -> Result:
        start, end = self.home.window_of(self.query, self.bindings, 0)
        cells = []
        for subject in self.subjects:
            for _ in range(self.rng.choice((1, 1, 2, 3, 5, 12))):
                at = start + (end - start) * self.rng.random()
                until = at + timedelta(seconds=self.rng.choice((0, 300, 4000, 40_000)))
                cells.append(replace(self.blank(subject, at, until), value=1.0, unit="s", at=at, until=until))
        cells.sort(key=lambda cell: cell.start)
        if self.query.statistic in (Statistic.FIRST, Statistic.LAST):
            return Result(tuple(cells[:1]))
        return Result(tuple(cells), count=len(cells))

    def _nothing(self) -> Result:
        query = self.query
        witnesses = [replace(cell, role=Role.WITNESS) for cell in self.cells()[:1]]
        if query.measure == "state" or MEASURES[query.measure].kind is MeasureKind.RECORDED:
            context = tuple(witnesses)
        else:
            context = ()
        verdict = False if query.ask is Ask.WHETHER else None
        return Result((), context, verdict, 0 if query.ask is Ask.HOW_MANY else None, of=len(self.subjects))

    def _selected(self, rows: list[Cell], kind: RelationKind | None) -> Result:
        context: list[Cell] = []
        if kind is RelationKind.SHARE:
            shares = [
                replace(r, value=self.rng.uniform(1, 99), unit="%", role=Role.SHARE, at=None, until=None)
                for r in rows
            ]
            for row in rows:
                whole = row.subject if self.rng.random() < 0.3 else Subject("", (1, 2, 3), is_site=True)
                context += [answers.side(row), replace(row, subject=whole, role=Role.TOTAL)]
            rows = shares
        elif kind is RelationKind.TIMES:
            context = [answers.side(row) for row in rows]
            rows = [replace(row, role=Role.TIMES) for row in rows]
        elif self._has_total(rows):
            added = replace(rows[0], subject=Subject("", (1, 2)), role=Role.TOTAL)
            context = [replace(added, value=sum(row.number for row in rows), at=None, until=None)]
        return self._answer(rows, context)

    def _has_total(self, rows: list[Cell]) -> bool:
        adds = MEASURES[self.query.measure].additive_over_devices and self.statistic in answers.ADDABLE
        return adds and len(rows) > 1 and all(row.key is None and row.state is None for row in rows)

    def _answer(self, rows: list[Cell], context: list[Cell], of: int | None = None) -> Result:
        rng, query = self.rng, self.query
        tested = query.having is not None or query.where or query.measure in ("gaps", "last_seen")
        passed = [row for row in rows if rng.random() < 0.5] if tested else rows
        if query.ask is Ask.WHETHER:
            return self._verdict(rows, passed, context)
        numeric = bool(MEASURES[query.measure].scales) or query.measure == "last_seen"
        if query.order is not None and numeric:
            passed = answers.ordered(passed, _Ordering(query), self.bindings)  # type: ignore[arg-type]
        count = len(passed) if query.ask is Ask.HOW_MANY else None
        groups = {(cell.subject, cell.state, cell.key) for cell in passed}
        near = [
            c
            for c in context
            if c.role is Role.TOTAL or (c.subject, c.state, c.key) in groups or len(rows) == 1
        ]
        return Result(tuple(passed), tuple(near), None, count, len(rows) if of is None else of)

    def _verdict(self, rows: list[Cell], passed: list[Cell], context: list[Cell]) -> Result:
        if not (self.query.having or self.query.measure == "gaps"):
            passed = rows
        verdict = len(passed) == len(rows) if self.query.every else bool(passed)
        failed = [row for row in rows if row not in passed]
        shown = (failed or passed) if self.query.every else (passed or rows)
        return Result(tuple(shown), tuple(context), verdict, None, len(rows))

    def _other(self, cell: Cell, side: int) -> Cell:
        start, end = self.home.window_of(self.query, self.bindings, side)
        other = self.filled(replace(cell, start=start, end=end, at=None, until=None))
        return other if self.rng.random() > 0.07 else replace(other, value=cell.value)

    def _compared(self, rows: list[Cell], kind: RelationKind | None) -> Result:
        if self.statistic is Statistic.TREND:
            return Result(tuple(rows), (), self.rng.random() < 0.5)
        pairs = self._pairs(rows)
        both = [cell for pair in pairs for cell in pair]
        context = [cell for pair in pairs for cell in answers.beside(pair)]
        if kind in (RelationKind.MORE, RelationKind.LESS):
            first, second = pairs[0]
            is_more = kind is RelationKind.MORE
            return Result(
                tuple(both),
                tuple(context),
                (first.number > second.number) is is_more and first.number != second.number,
            )
        if self.query.ask is Ask.COMPARE or kind is None:
            return Result(tuple(both), tuple(context))
        return self._answer(answers.related(pairs, kind), [answers.side(cell) for cell in both])

    def _pairs(self, rows: list[Cell]) -> list[tuple[Cell, Cell]]:
        if self.query.per is Per.WEEKDAY_OR_WEEKEND:
            return list(zip(rows[::2], rows[1::2], strict=False))
        subjects = list(dict.fromkeys(row.subject for row in rows))
        by_time = len(self.home.windows_of(self.query, self.bindings)) == 2 or (
            self.query.where.hours is not None and len(self.query.where.hours.slots) == 2
        )
        if by_time or len(subjects) < 2:
            return [(row, self._other(row, 1)) for row in rows]
        firsts = [row for row in rows if row.subject == subjects[0]]
        return [(row, replace(self._other(row, 0), subject=subjects[1])) for row in firsts]

    def _usual(self, rows: list[Cell]) -> Result:
        query = self.query
        pairs = [(row, replace(self._other(row, 0), role=Role.USUAL, at=None, until=None)) for row in rows]
        kind = query.relation.kind if query.relation else None
        if kind in (RelationKind.DIFFERENCE, RelationKind.RATIO):
            return self._answer(
                answers.related(pairs, kind), [answers.side(cell) for pair in pairs for cell in pair]
            )
        if query.ask is Ask.COMPARE:
            context = [cell for pair in pairs for cell in answers.beside(pair)]
            return Result(tuple(cell for pair in pairs for cell in pair), tuple(context))
        odd = [pair for pair in pairs if self.rng.random() < 0.4]
        shown = pairs if query.ask is Ask.VALUE else odd
        if query.ask is Ask.WHETHER:
            shown = odd or pairs
        context = [cell for pair in shown for cell in (pair[1], *answers.beside(pair))]
        if query.ask is Ask.WHETHER:
            verdict = len(odd) == len(pairs) if query.every else bool(odd)
            return Result(tuple(pair[0] for pair in shown), tuple(context), verdict)
        return self._answer([pair[0] for pair in shown], context, of=len(pairs))


@dataclass(frozen=True)
class _Ordering:
    """What `answers.ordered` looks at."""

    query: Query


def random_finding(rng: random.Random, home: Home, query: Query) -> Finding:
    """A finding of a query on a home."""
    while True:
        bindings = home.bindings(rng, query)
        try:
            return Finding(query, bindings, _Results(rng, home, query, bindings).result())
        except CannotAnswer:
            continue  # a ratio to nothing: other values
