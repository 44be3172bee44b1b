"""What the builders of a fact sheet share: the records behind a question, and facts made from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from api_service.assistant.types import DeviceRef, Fact, Moment, Quantity, Question, Refusal, Relation, Window
from api_service.metering import measure
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES
from api_service.metering.window_stats import WindowStats

MIN_REPORTING_AGE_S = 15 * 60.0
"""A device heard of within this many seconds counts as reporting, however often it usually speaks."""

UNITS: Mapping[Quantity | Relation, str] = {
    **{Quantity(key): row.unit for key, row in MEASURES.items() if row.scales and key in set(Quantity)},
    Relation.SHARE: "%",
}
"""The unit of a fact's value; quantities that are not here have none."""


class CannotAnswer(Exception):
    """The data cannot answer; `facts` may still say what is known (when a silent device was last seen)."""

    def __init__(self, refusal: Refusal, *detail: str, facts: tuple[Fact, ...] = ()) -> None:
        super().__init__(refusal, detail)
        self.refusal = refusal
        self.detail = detail
        self.facts = facts


@dataclass(frozen=True)
class FactSelection:
    """The facts of a sheet before it is bound: those that must be said, then those that may be."""

    required: tuple[Fact, ...]
    context: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class FactInputs:
    """What was asked and what is known about it.

    `stats` belongs to `window` and holds only devices with readings in it.
    """

    question: Question
    moment: Moment
    window: Window
    statuses: Sequence[DeviceStatus]
    stats: Mapping[int, WindowStats]

    def ref(self, status: DeviceStatus) -> DeviceRef:
        """The device as answers name it."""
        return DeviceRef(status.cluster, status.name)

    def scope(self) -> list[DeviceStatus]:
        """The devices asked about in the order asked, or all of them."""
        if not self.question.devices:
            return list(self.statuses)
        by_cluster = {status.cluster: status for status in self.statuses}
        wanted = [by_cluster.get(device.cluster) for device in self.question.devices]
        return [status for status in wanted if status is not None]

    def is_reporting(self, status: DeviceStatus) -> bool:
        """Whether the device has been heard of recently enough for its latest reading to be "now"."""
        allowed_s = max(status.max_sample_period_s or 0.0, MIN_REPORTING_AGE_S)
        return status.last_seen >= self.moment.now - timedelta(seconds=allowed_s)

    def reporting(self) -> list[DeviceStatus]:
        """The devices asked about that report a power now; `CannotAnswer` (STALE) where there is none."""
        found = [s for s in self.scope() if self.is_reporting(s) and s.last_power_w is not None]
        if not found:
            last = max(self.statuses, key=lambda status: status.last_seen)
            raise self.stale(last)
        return found

    def stale(self, status: DeviceStatus) -> CannotAnswer:
        """The refusal for a device that went silent: its name, when it was last seen (ISO 8601, UTC)."""
        known = (latest(self.ref(status), status),) if status.last_power_w is not None else ()
        return CannotAnswer(Refusal.STALE, status.name, status.last_seen.isoformat(), facts=known)

    def with_stats(self) -> list[WindowStats]:
        """Statistics of the devices in question; `CannotAnswer` (EMPTY_WINDOW) if one named, or all, lack."""
        scope = self.scope()
        for status in scope if self.question.devices else []:
            if status.cluster not in self.stats:
                raise self.empty([status])
        found = [self.stats[status.cluster] for status in scope if status.cluster in self.stats]
        if not found:
            raise self.empty(scope)
        return found

    def empty(self, scope: Sequence[DeviceStatus]) -> CannotAnswer:
        """The refusal for a window without readings: subject ("" = site), label, first and last seen."""
        subject = scope[0].name if len(scope) == 1 or self.question.devices else ""
        first = min(status.first_seen for status in scope).isoformat()
        last = max(status.last_seen for status in scope).isoformat()
        return CannotAnswer(Refusal.EMPTY_WINDOW, subject, self.window.label, first, last)

    def device(self, cluster: int) -> DeviceRef:
        """The device of a cluster; raises `KeyError` for one that has no status."""
        return next(self.ref(status) for status in self.statuses if status.cluster == cluster)


def not_recorded(quantity: Quantity | Relation, subject: str) -> CannotAnswer:
    """The refusal for a quantity without values: the quantity, then the device's name ("" for the site)."""
    return CannotAnswer(Refusal.NOT_RECORDED, quantity.value, subject)


def latest(device: DeviceRef, status: DeviceStatus, quantity: Quantity | Relation = Quantity.POWER) -> Fact:
    """The device's latest power or THD; raises `CannotAnswer` (NOT_RECORDED) where it has none."""
    value = status.last_thd_percent if quantity is Quantity.THD else status.last_power_w
    if value is None:
        raise not_recorded(quantity, device.name)
    at = status.last_seen
    return Fact(device, quantity, Statistic.LATEST, value, UNITS[quantity], at, at, at=at, samples=1)


def measured(
    records: FactInputs, stats: WindowStats, quantity: Quantity | Relation, statistic: Statistic | Relation
) -> Fact | None:
    """One statistic of one device over the window; None where it was not recorded."""
    key = quantity.value, measure.Statistic(statistic.value)
    value = stats[key]
    if value is None:
        return None
    return Fact(
        records.device(stats.cluster),
        quantity,
        statistic,
        value,
        UNITS.get(quantity, ""),
        records.window.start,
        records.window.end,
        at=stats.at(key),
        samples=stats.samples,
        coverage=stats.coverage,
    )


def needed(
    records: FactInputs, stats: WindowStats, quantity: Quantity | Relation, statistic: Statistic | Relation
) -> Fact:
    """Like `measured`, but raises `CannotAnswer` (NOT_RECORDED) instead of None."""
    fact = measured(records, stats, quantity, statistic)
    if fact is None:
        raise not_recorded(quantity, records.device(stats.cluster).name)
    return fact


def all_measured(
    records: FactInputs, quantity: Quantity | Relation, statistic: Statistic | Relation
) -> list[Fact]:
    """One statistic of every device asked about that recorded it; `CannotAnswer` where none did."""
    found = [measured(records, stats, quantity, statistic) for stats in records.with_stats()]
    facts = [fact for fact in found if fact is not None]
    if not facts:
        raise not_recorded(quantity, "")
    return facts


def total(facts: Sequence[Fact], quantity: Quantity | Relation, statistic: Statistic | Relation) -> Fact:
    """The sum of `facts` as a fact of the whole site; coverage is the mean of theirs."""
    return Fact(
        None,
        quantity,
        statistic,
        sum(number(fact) for fact in facts),
        UNITS.get(quantity, ""),
        min(fact.start for fact in facts),
        max(fact.end for fact in facts),
        samples=sum(fact.samples for fact in facts),
        coverage=sum(fact.coverage for fact in facts) / len(facts),
    )


def count(n: int, window: Window) -> Fact:
    """A number of devices."""
    return Fact(None, Relation.COUNT, Relation.COUNT, float(n), "", window.start, window.end)


def number(fact: Fact) -> float:
    """The fact's value; raises `TypeError` for a text."""
    if isinstance(fact.value, str):
        raise TypeError("a text is no number")
    return fact.value


def share(part: Fact, whole: Fact) -> Fact | None:
    """Which percentage of `whole` `part` is; None where there is nothing to divide."""
    if number(whole) <= 0:
        return None
    percent = 100.0 * number(part) / number(whole)
    return Fact(
        part.device,
        Relation.SHARE,
        Relation.SHARE,
        percent,
        "%",
        part.start,
        part.end,
        samples=part.samples,
        coverage=min(part.coverage, whole.coverage),
    )


def present(facts: Iterable[Fact | None]) -> tuple[Fact, ...]:
    """Those that exist."""
    return tuple(fact for fact in facts if fact is not None)
