"""When an appliance draws how much: from a kind and a seed to steps of power and state."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.device_models import DeviceModel, Slot
from simulator.rng import Floats, Rng


@dataclass(frozen=True)
class Span:
    """The simulated time: epoch seconds `[start_s, end_s]` and the zone in which people live."""

    start_s: float
    end_s: float
    zone: ZoneInfo

    def days(self) -> list[tuple[date, float]]:
        """Every local day that the span touches and the one before, with the epoch second of its midnight."""
        day = datetime.fromtimestamp(self.start_s, self.zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(self.end_s, self.zone).date()
        found = []
        while day <= last:
            found.append((day, datetime.combine(day, time(), self.zone).timestamp()))
            day += timedelta(days=1)
        return found


@dataclass(frozen=True)
class Piece:
    """Between two epoch seconds the appliance draws `watts` and reports `state`."""

    start_s: float
    end_s: float
    watts: float
    state: str


@dataclass(frozen=True)
class Timeline:
    """Steps of power and state; before the first step the first one holds. Shapes (steps,)."""

    start_s: Floats
    watts: Floats
    state: NDArray[np.str_]
    active: NDArray[np.bool_]

    def at(self, times_s: Floats) -> tuple[Floats, NDArray[np.str_], NDArray[np.bool_]]:
        """Watts, state and "is it working" at each of the times, shape (times,)."""
        index = np.maximum(np.searchsorted(self.start_s, times_s, side="right") - 1, 0)
        return self.watts[index], self.state[index], self.active[index]


def timeline(kind: DeviceModel, scale: float, span: Span, rng: Rng) -> Timeline:
    """The course of one appliance of this kind, its powers multiplied by `scale`."""
    pieces = {"constant": _constant, "cycle": _cycle, "run": _runs, "presence": _presence}[kind.rhythm](
        kind, span, rng
    )
    first_s = min(span.start_s, pieces[0].start_s if pieces else span.start_s) - 1
    steps = [(first_s, kind.idle_watts, kind.idle_state, False)]
    for number, piece in enumerate(pieces):
        steps.append((piece.start_s, piece.watts * scale, piece.state, True))
        if number + 1 == len(pieces) or pieces[number + 1].start_s > piece.end_s:
            steps.append((piece.end_s, kind.idle_watts, kind.idle_state, False))
    return Timeline(
        np.array([step[0] for step in steps]),
        np.array([step[1] for step in steps]),
        np.array([step[2] for step in steps]),
        np.array([step[3] for step in steps]),
    )


def _constant(kind: DeviceModel, span: Span, rng: Rng) -> list[Piece]:
    pieces = []
    at = span.start_s - 7200
    while at < span.end_s + 1:
        until = at + rng.between(1500, 5400)
        pieces.append(Piece(at, until, kind.watts * rng.between(0.93, 1.07), kind.on_state))
        at = until
    return pieces


def _cycle(kind: DeviceModel, span: Span, rng: Rng) -> list[Piece]:
    pieces = []
    at = span.start_s - rng.between(0, 60 * (kind.on_minutes + kind.off_minutes))
    while at < span.end_s:
        hour = datetime.fromtimestamp(at, span.zone).hour
        demand = kind.demand[hour // 3]
        until = at + 60 * kind.on_minutes * rng.between(0.8, 1.2) * (0.7 + 0.3 * demand)
        pieces.append(Piece(at, until, kind.watts * rng.between(0.94, 1.06), kind.on_state))
        at = until + 60 * kind.off_minutes * rng.between(0.8, 1.2) / demand
    return pieces


def _starts(slots: tuple[Slot, ...], span: Span, rng: Rng) -> list[tuple[float, Slot]]:
    """Epoch seconds at which a run or presence begins, in order."""
    found = []
    for day, midnight_s in span.days():
        for slot in slots:
            chance = slot.weekend_chance if day.weekday() >= 5 else slot.chance
            begin_s = midnight_s + 3600 * (slot.hour + slot.spread_h * rng.between(-0.5, 0.5))
            if rng.chance(chance):
                found.append((begin_s, slot))
    return sorted(found, key=lambda item: item[0])


def _runs(kind: DeviceModel, span: Span, rng: Rng) -> list[Piece]:
    pieces: list[Piece] = []
    for begin_s, _slot in _starts(kind.slots, span, rng):
        if pieces and begin_s <= pieces[-1].end_s:
            continue
        length = rng.between(0.85, 1.15)
        at = begin_s
        for phase in kind.phases:
            until = at + 60 * phase.minutes * length
            pieces.append(Piece(at, until, phase.watts * rng.between(0.97, 1.03), phase.state))
            at = until
    return pieces


def _presence(kind: DeviceModel, span: Span, rng: Rng) -> list[Piece]:
    pieces: list[Piece] = []
    for begin_s, slot in _starts(kind.slots, span, rng):
        if pieces and begin_s <= pieces[-1].end_s:
            continue
        end_s = begin_s + 3600 * (slot.until_hour - slot.hour) * rng.between(0.9, 1.1)
        at = begin_s
        while at < end_s:
            until = min(end_s, at + rng.between(900, 2700))
            pieces.append(Piece(at, until, kind.watts * rng.between(0.82, 1.18), kind.on_state))
            at = until
    return pieces
