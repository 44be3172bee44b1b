"""What a text about one finding may state: its cells with what each belongs to, and its pairs; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell, Result, Role
from api_service.assistant.query.query import Ask, Per, Query, WindowForm
from api_service.assistant.rendering.results.view import View
from api_service.assistant.types import DeviceRef, Moment
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.blocks import IntArray
from api_service.metering.measure import Statistic
from api_service.metering.moments import epoch_us
from api_service.metering.power_curve import DAY_US, MICROSECONDS

SubjectKey = tuple[tuple[int, ...], tuple[int, ...]]
TimeKey = tuple[str, int]
WINDOW: TimeKey = ("window", 0)
USUAL: TimeKey = ("usual", 0)
_SIDES = frozenset((Role.SIDE, Role.ROW))
RELATED = frozenset((Role.DIFFERENCE, Role.RATIO))
FOREIGN_MEASURES = frozenset(("power_factor", "coverage", "state", "last_seen"))
"""Measures whose statistics are told by other words than those of levels."""


def subject_key(subject: Subject) -> SubjectKey:
    """What tells subjects apart: their devices, and those that are subtracted."""
    return subject.clusters, subject.minus


@dataclass(frozen=True)
class Item:
    """A cell at its place in the result, with the time that tells it from others of its role.

    `is_usual`: it is what is usual for that time."""

    place: int
    cell: Cell
    subject: SubjectKey
    time: TimeKey
    is_usual: bool = False

    @property
    def unit(self) -> str:
        """The unit in which it is written, as `Written` has it."""
        cell = self.cell
        if cell.role is Role.SHARE:
            return "%"
        if cell.role is Role.RATIO:
            return "times"
        if cell.statistic == Statistic.COUNT:
            return "gap" if cell.measure == "gaps" else "times"
        counted = {"switch_ons": "times", "samples": "reading"}
        return counted.get(cell.measure, cell.unit.removesuffix("/day"))

    @property
    def is_slope(self) -> bool:
        """Whether it is an amount per day."""
        return self.cell.unit.endswith("/day")

    @property
    def is_number(self) -> bool:
        """Whether its value is written as a number."""
        return isinstance(self.cell.value, float | int)


@dataclass(frozen=True)
class Material:
    """One finding as the check looks at it; `known` are all devices of the site."""

    view: View
    known: tuple[DeviceRef, ...]

    @property
    def query(self) -> Query:
        """The query."""
        return self.view.query

    @property
    def result(self) -> Result:
        """Its result."""
        return self.view.result

    @property
    def moment(self) -> Moment:
        """Now, and the site's zone."""
        return self.view.moment

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every cell, in the order of the result."""
        counts = {Role.ROW: 0, Role.SIDE: 0}
        items = []
        for place, cell in enumerate(self.result.cells):
            number = counts.get(cell.role, 0)
            counts[cell.role] = number + 1
            is_usual = cell.role is Role.USUAL or (
                self.query.usual and cell.role is Role.SIDE and number % 2 == 1
            )
            items.append(Item(place, cell, subject_key(cell.subject), self._time(cell, number), is_usual))
        return tuple(items)

    @property
    def rows(self) -> tuple[Item, ...]:
        """The answer's own cells."""
        return self.items[: len(self.result.rows)]

    @cached_property
    def pairs(self) -> tuple[tuple[Item, Item], ...]:
        """The cells that are compared: both sides, and values with what is usual for them."""
        usual = {(i.subject, i.cell.key, i.cell.state): i for i in self.items if i.is_usual}
        if usual:
            others = [i for i in self.items if not i.is_usual and i.cell.role in _SIDES]
            found = [(i, usual.get((i.subject, i.cell.key, i.cell.state))) for i in others]
            return tuple((item, other) for item, other in found if other is not None)
        sides = [item for item in self.rows if item.cell.role is Role.ROW]
        beside = [item for item in self.items if item.cell.role is Role.SIDE]
        if self._is_chosen:
            return tuple(zip(sides, beside, strict=False))
        sides = sides if len(sides) > 1 else beside
        return tuple(zip(sides[::2], sides[1::2], strict=False)) if self._is_compared else ()

    @cached_property
    def statistics(self) -> frozenset[Statistic]:
        """The statistics of the values."""
        return frozenset(Statistic(item.cell.statistic) for item in self.items) | {self.query.statistic}

    @cached_property
    def measures(self) -> frozenset[str]:
        """The measures that the text may speak of: those of the values and of the conditions."""
        conditions = {bound.measure for bound in self.query.where.bounds if bound.measure}
        by_state = self.query.per is Per.STATE or self.query.where.state is not None
        states = {"state"} if by_state else set()
        return frozenset(
            {item.cell.measure for item in self.items} | {self.query.measure} | conditions | states
        )

    @property
    def windows(self) -> tuple[str, ...]:
        """The names of the windows."""
        return tuple(window.label for window in self.view.windows if window.label)

    # --- times ----------------------------------------------------------------------------------------------

    @property
    def has_sides(self) -> bool:
        """Whether two times are compared or stand side by side."""
        return len(self.view.windows) == 2 or len(self.view.hours) == 2

    @property
    def _is_chosen(self) -> bool:
        """Whether one of two times is the answer and the other stands beside it."""
        return self.query.ask is Ask.WHEN and self.has_sides and self.query.relation is None

    @property
    def _is_compared(self) -> bool:
        relation = self.query.relation
        by_kind = self.query.per is Per.WEEKDAY_OR_WEEKEND and len(self.result.cells) > 1
        two_subjects = len(self.query.devices.slots) >= 2
        return (relation is not None or self.query.ask == "compare") and (
            self.has_sides or by_kind or two_subjects
        )

    def _time(self, cell: Cell, number: int) -> TimeKey:
        if cell.period is not Period.WINDOW and cell.key is not None and cell.role is not Role.TOTAL:
            return (cell.period.value, cell.key)
        if self.has_sides and cell.role in _SIDES and not self.query.usual:
            return ("side", self._side(cell, number))
        return WINDOW

    def _side(self, cell: Cell, number: int) -> int:
        """Which of two times a cell is of: by its own time, else by its place."""
        windows, form = self.view.windows, self.query.windows
        if form is not None and form.form is WindowForm.AROUND:  # after a moment, before it
            return int(cell.start < windows[0].start)
        if len(windows) == 2:
            apart = [abs(cell.start - w.start) + abs(min(w.end, self.moment.now) - cell.end) for w in windows]
            return number % 2 if apart[0] == apart[1] else int(apart[1] < apart[0])
        condition = self.query.where.hours
        filters = [self.view.finding.bindings.hours[slot] for slot in condition.slots] if condition else []
        day, second = _local(cell.start, self.moment)
        fitting = [n for n, hours in enumerate(filters) if bool(hours.holds(day, second)[0])]
        return fitting[0] if len(fitting) == 1 else number % 2


def _local(at: datetime, moment: Moment) -> tuple[IntArray, IntArray]:
    """Local day (from 1970-01-01) and second of the day."""
    local = at.astimezone(moment.timezone)
    offset = local.utcoffset()
    local_us = epoch_us(at) + (round(offset.total_seconds()) if offset else 0) * MICROSECONDS
    return np.array([local_us // DAY_US]), np.array([local_us % DAY_US // MICROSECONDS])


def subjects_of(material: Material) -> Iterator[tuple[Subject, str]]:
    """Every subject that the finding is about, with its name as it is said."""
    named = material.view.finding.bindings.devices.values()
    for subject in dict.fromkeys([*(item.cell.subject for item in material.items), *named]):
        yield subject, material.view.name(subject)
