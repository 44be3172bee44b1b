"""What a right answer must say, worked out from the truth; no answer of the service is looked at here."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.assistant.gold.ground_truth import Meter, Truth, Window
from benchmarks.assistant.gold.spans import NamedSpan

NEAR_TIE = 0.02


@dataclass(frozen=True)
class Claim:
    """A value that must be spoken, in W, Wh, % or, for counts and power factors, without a unit."""

    value: float
    unit: str


@dataclass(frozen=True)
class Expectation:
    """One right way to answer.

    `devices` are the names that the answer must speak of, exactly these unless `others_allowed`; with
    `ordered` the first-mentioned ones come in this order. `words` must all occur (states), and one of
    `clocks` (HH:MM). `values` are what two compared `devices` measured, in their order: the answer must say
    which is above the other or quote both, and what it says must be true.
    """

    devices: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    words: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    ordered: bool = False
    others_allowed: bool = False
    values: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What a question is about. `low_end` asks for the least instead of the most; `top` for so many."""

    devices: tuple[str, ...] = ()
    span: NamedSpan | None = None
    low_end: bool = False
    top: int = 1


Accepted = tuple[Expectation, ...]
"""All right ways to answer; empty where the data cannot answer."""


class Unfair(Exception):
    """The truth is too close to call, so the question is not asked."""


def expect(kind: str, truth: Truth, subject: Subject) -> Accepted:
    """The right answers to a question of this kind. Raises Unfair for near ties."""
    return _RULES[kind](truth, subject)


def _windows(truth: Truth, subject: Subject) -> tuple[Window, ...]:
    if subject.span is None:
        raise KeyError("this kind of question needs a window")
    return subject.span.readings(truth.now_s)


def _per_window(
    compute: Callable[[Meter, Window], float], unit: str, needed: int
) -> Callable[[Truth, Subject], Accepted]:
    """A rule for one device and one value; without `needed` readings in the window nothing can be said."""

    def rule(truth: Truth, subject: Subject) -> Accepted:
        meter = truth.meter(subject.devices[0])
        found = []
        for window in _windows(truth, subject):
            value = compute(meter, window) if meter.count(window) >= needed else math.nan
            if not math.isnan(value):
                found.append(Expectation((meter.name,), (Claim(value, unit),)))
        return tuple(found)

    return rule


def _power_now(truth: Truth, subject: Subject) -> Accepted:
    meter = truth.meter(subject.devices[0])
    if not truth.reports(meter):
        return ()
    return (Expectation((meter.name,), (Claim(truth.power_now_w(meter), "W"),)),)


def _power_total(truth: Truth, _subject: Subject) -> Accepted:
    return (Expectation((), (Claim(truth.total_now_w(), "W"),), others_allowed=True),)


def _energy_total(truth: Truth, subject: Subject) -> Accepted:
    return tuple(
        Expectation((), (Claim(truth.total_energy_wh(window), "Wh"),), others_allowed=True)
        for window in _windows(truth, subject)
    )


def _peak(truth: Truth, subject: Subject) -> Accepted:
    return _peaks(truth, subject, with_time=False)


def _peak_when(truth: Truth, subject: Subject) -> Accepted:
    return _peaks(truth, subject, with_time=True)


def _peaks(truth: Truth, subject: Subject, *, with_time: bool) -> Accepted:
    meter = truth.meter(subject.devices[0])
    found = []
    for window in _windows(truth, subject):
        if meter.count(window):
            value, moments = meter.peak(window)
            clocks = tuple(truth.clock(moment) for moment in moments) if with_time else ()
            if len(set(clocks)) > 5:
                raise Unfair("the peak is a plateau")
            found.append(Expectation((meter.name,), () if with_time else (Claim(value, "W"),), clocks=clocks))
    return tuple(found)


def _share(truth: Truth, subject: Subject) -> Accepted:
    meter = truth.meter(subject.devices[0])
    return tuple(
        Expectation((meter.name,), (Claim(100 * meter.energy_wh(window) / total, "%"),))
        for window in _windows(truth, subject)
        if (total := truth.total_energy_wh(window)) > 0 and meter.count(window) >= 2
    )


def _ranked(values: dict[str, float], subject: Subject) -> Expectation:
    order = sorted(values, key=lambda name: values[name], reverse=not subject.low_end)
    top = order[: subject.top]
    for earlier, later in itertools.pairwise(order[: subject.top + 1]):
        if abs(values[earlier] - values[later]) <= NEAR_TIE * max(abs(values[earlier]), 0.5):
            raise Unfair("a near tie")
    return Expectation(tuple(top), ordered=True)


def _ranking(truth: Truth, subject: Subject) -> Accepted:
    """By energy or by average power: "uses the most" may mean either."""
    found = []
    for window in _windows(truth, subject):
        meters = [meter for meter in truth.meters if meter.count(window) >= 2]
        found.append(_ranked({meter.name: meter.energy_wh(window) for meter in meters}, subject))
        found.append(_ranked({meter.name: meter.mean_w(window) for meter in meters}, subject))
    return tuple(found)


def _ranking_energy(truth: Truth, subject: Subject) -> Accepted:
    return tuple(
        _ranked({m.name: m.energy_wh(window) for m in truth.meters if m.count(window) >= 2}, subject)
        for window in _windows(truth, subject)
    )


def _ranking_now(truth: Truth, subject: Subject) -> Accepted:
    return (_ranked({meter.name: truth.power_now_w(meter) for meter in truth.reporting()}, subject),)


def _compare(truth: Truth, subject: Subject) -> Accepted:
    found = []
    meters = [truth.meter(name) for name in subject.devices]
    for window in _windows(truth, subject):
        if any(meter.count(window) < 2 for meter in meters):
            return ()
        for compute, unit in ((Meter.energy_wh, "Wh"), (Meter.mean_w, "W")):
            values = {meter.name: compute(meter, window) for meter in meters}
            _ranked(values, subject)
            claims = tuple(Claim(value, unit) for value in values.values())
            found.append(Expectation(subject.devices, values=claims))
    return tuple(found)


def _thd_worst(truth: Truth, subject: Subject) -> Accepted:
    return tuple(
        _ranked({m.name: m.thd_mean(window) for m in truth.meters if m.count(window)}, subject)
        for window in _windows(truth, subject)
    )


def _state(truth: Truth, subject: Subject) -> Accepted:
    meter = truth.meter(subject.devices[0])
    if not truth.reports(meter):
        return ()
    return (Expectation((meter.name,), words=(str(meter.state[-1]),)),)


def _active(truth: Truth, _subject: Subject) -> Accepted:
    return (Expectation(tuple(meter.name for meter in truth.active())),)


def _active_count(truth: Truth, _subject: Subject) -> Accepted:
    return (Expectation((), (Claim(len(truth.active()), ""),), others_allowed=True),)


def _inventory(truth: Truth, _subject: Subject) -> Accepted:
    return (Expectation(truth.names),)


def _inventory_count(truth: Truth, _subject: Subject) -> Accepted:
    return (Expectation((), (Claim(len(truth.meters), ""),), others_allowed=True),)


_RULES: dict[str, Callable[[Truth, Subject], Accepted]] = {
    "power_now": _power_now,
    "power_total": _power_total,
    "average": _per_window(Meter.mean_w, "W", 1),
    "peak": _peak,
    "peak_when": _peak_when,
    "energy": _per_window(Meter.energy_wh, "Wh", 2),
    "energy_total": _energy_total,
    "ranking": _ranking,
    "ranking_energy": _ranking_energy,
    "ranking_now": _ranking_now,
    "top_k": _ranking_energy,
    "share": _share,
    "compare": _compare,
    "thd": _per_window(Meter.thd_mean, "%", 1),
    "thd_worst": _thd_worst,
    "power_factor": _per_window(Meter.power_factor, "", 1),
    "state": _state,
    "active": _active,
    "active_count": _active_count,
    "inventory": _inventory,
    "inventory_count": _inventory_count,
}
KINDS = tuple(_RULES)
