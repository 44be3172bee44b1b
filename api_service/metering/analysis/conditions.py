"""Conditions on single readings, and which readings can be judged by them; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from api_service.metering.analysis.frame import POWER_COLUMN, level_values
from api_service.metering.analysis.on_off import (
    ON,
    UNKNOWN,
    is_off_state,
    on_by_power,
    on_by_state,
)
from api_service.metering.blocks import BoolArray, FloatArray, IntArray, ReadingBlock
from api_service.metering.measure import Measure


class StateRule(StrEnum):
    """What a reading's state must be: on, off, a recorded state, or another recorded one."""

    ON = "on"
    OFF = "off"
    IS = "is"
    NOT = "not"


@dataclass(frozen=True)
class StateTest:
    """`state` is the recorded one for IS and NOT, compared without regard to case."""

    rule: StateRule
    state: str = ""

    def fits(self, state: str) -> bool:
        """Whether a recorded state ("" none) fulfils it; ON and OFF as `on_off` says of states."""
        if not state:
            return False
        if self.rule in (StateRule.ON, StateRule.OFF):
            return is_off_state(state) is (self.rule is StateRule.OFF)
        return (state.casefold() == self.state.casefold()) is (self.rule is StateRule.IS)


@dataclass(frozen=True)
class Limit:
    """Values in `(low, high)`, or `[low, high]` if `closed`; all others if `outside`."""

    low: float = -np.inf
    high: float = np.inf
    closed: bool = False
    outside: bool = False

    def holds(self, values: FloatArray) -> BoolArray:
        """True where it holds; never for NaN."""
        if self.closed:
            inside = (values >= self.low) & (values <= self.high)
        else:
            inside = (values > self.low) & (values < self.high)
        return np.asarray(~np.isnan(values) & (inside ^ self.outside))

    @property
    def is_below(self) -> bool:
        """Whether it only bounds from above: the lowest value is then the furthest beyond."""
        return self.low == -np.inf and not self.outside

    def holds_for(self, value: float) -> bool:
        """The same of one value."""
        return bool(self.holds(np.array([value]))[0])


@dataclass(frozen=True)
class Conditions:
    """All must hold."""

    state: StateTest | None = None
    limits: tuple[tuple[Measure, Limit], ...] = ()

    @property
    def needs_on(self) -> bool:
        """Whether readings must be told on from off."""
        return self.state is not None and self.state.rule in (StateRule.ON, StateRule.OFF)

    @property
    def columns(self) -> set[str]:
        """Columns of readings that they look at, besides state and power."""
        return {column.name for row, _ in self.limits for column in row.columns}


@dataclass(frozen=True)
class OnOff:
    """How each device is told on from off: `by_state` those judged by state, else a threshold in W."""

    by_state: frozenset[int] = frozenset()
    on_w: Mapping[int, float] | None = None

    def status(self, readings: ReadingBlock) -> IntArray:
        """`ON`, `OFF` or `UNKNOWN` for each reading of a sorted block."""
        own = self.on_w or {}
        limits = np.array([own.get(cluster, np.inf) for cluster in readings.cluster.tolist()], np.float64)
        by_power = on_by_power(readings.cluster, readings.measure(POWER_COLUMN), limits)
        if not self.by_state:
            return by_power
        is_by_state = np.isin(readings.cluster, list(self.by_state))
        return np.where(is_by_state, on_by_state(readings), by_power)


@dataclass(frozen=True)
class Judged:
    """Per reading: `known`, whether it carries what the conditions look at; `holds`, whether they hold."""

    known: BoolArray
    holds: BoolArray


def judge(readings: ReadingBlock, conditions: Conditions, on_off: OnOff) -> Judged:
    """Every reading of a sorted block."""
    known = np.ones(len(readings), np.bool_)
    holds = known.copy()
    if conditions.state is not None:
        state_known, state_holds = _by_state(readings, conditions.state, on_off)
        known, holds = known & state_known, holds & state_holds
    for measure, limit in conditions.limits:
        values = level_values(measure, readings)
        known &= ~np.isnan(values)
        holds &= limit.holds(values)
    return Judged(known, holds & known)


def _by_state(readings: ReadingBlock, test: StateTest, on_off: OnOff) -> tuple[BoolArray, BoolArray]:
    if test.rule in (StateRule.ON, StateRule.OFF):
        status = on_off.status(readings)
        is_on = status == ON
        return np.asarray(status != UNKNOWN), np.asarray(is_on if test.rule is StateRule.ON else ~is_on)
    fits = {state: test.fits(state or "") for state in set(readings.device_state)}
    known = np.array([bool(state) for state in readings.device_state], np.bool_)
    return known, np.array([fits[state] for state in readings.device_state], np.bool_)
