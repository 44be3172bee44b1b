"""One builder per intent: from the records behind a question to the facts that answer it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from api_service.assistant.execution.fact_parts import (
    FactInputs,
    FactSelection,
    all_measured,
    count,
    latest,
    measured,
    needed,
    not_recorded,
    number,
    present,
    share,
    total,
)
from api_service.assistant.types import Fact, Intent, Order, Quantity, Relation
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.window_stats import pooled_sums

OFF_STATES = frozenset({"off", "standby", "idle", "inactive", "stopped", "sleep", "sleeping", "closed", "0"})
"""States in which a device counts as not running."""

MIN_RUNNING_W = 1.0
"""A device without a known state counts as running from this power on."""

# How several devices' values of a statistic become the site's: sums add, levels do not.
_ADDS = frozenset({Quantity.POWER, Quantity.ENERGY, Quantity.REACTIVE_POWER})


def power_now(records: FactInputs) -> FactSelection:
    """The latest power: of each device asked about, or the sum over the site's reporting devices."""
    if records.question.devices:
        return FactSelection(tuple(_latest_of(records, status) for status in records.scope()))
    facts = sorted(_latest_facts(records), key=number, reverse=True)
    whole = replace(total(facts, Quantity.POWER, Statistic.SUM), at=max(fact.end for fact in facts))
    return FactSelection((whole,), (_device_count(records, len(facts)), replace(facts[0], rank=1)))


def window_value(records: FactInputs) -> FactSelection:
    """A mean or a sum over the window: of each device asked about, or of the site."""
    question = records.question
    quantity, statistic = question.quantity, question.statistic
    if question.devices:
        return FactSelection(
            tuple(needed(records, stats, quantity, statistic) for stats in records.with_stats())
        )
    facts = all_measured(records, quantity, statistic)
    if quantity in _ADDS:
        return FactSelection((total(facts, quantity, statistic),), (_device_count(records, len(facts)),))
    return FactSelection((_pooled_mean(facts),), (_device_count(records, len(facts)),))


def extreme(records: FactInputs) -> FactSelection:
    """The highest or lowest reading and when: of each device asked about, else of the one that holds it."""
    question = records.question
    facts = all_measured(records, question.quantity, question.statistic)
    if question.devices:
        for stats in records.with_stats():
            needed(records, stats, question.quantity, question.statistic)
        return FactSelection(tuple(facts))
    pick = max if question.statistic is Statistic.MAX else min
    return FactSelection((pick(facts, key=number),))


def ranking(records: FactInputs) -> FactSelection:
    """The first `top` devices in the asked order, then the total and the first one's share of it."""
    question = records.question
    facts = _comparable(records)
    facts.sort(key=lambda fact: (number(fact), fact.device.cluster if fact.device else 0))
    if question.order is Order.MOST:
        facts.reverse()
    ranked = tuple(replace(fact, rank=place) for place, fact in enumerate(facts[: max(question.top, 1)], 1))
    if question.quantity not in _ADDS or len(facts) < 2:
        return FactSelection(ranked)
    whole = total(facts, question.quantity, Statistic.SUM)
    return FactSelection(ranked, present([whole, share(ranked[0], whole)]))


def share_of_total(records: FactInputs) -> FactSelection:
    """Each asked device's percentage of the site's energy; its energy and the total as context."""
    if not records.question.devices:
        return ranking(records)
    asked = [needed(records, stats, Quantity.ENERGY, Statistic.SUM) for stats in records.with_stats()]
    found = [measured(records, stats, Quantity.ENERGY, Statistic.SUM) for stats in records.stats.values()]
    whole = total(present(found), Quantity.ENERGY, Statistic.SUM)
    shares = present(share(fact, whole) for fact in asked)
    if not shares:
        raise not_recorded(Relation.SHARE, "")
    return FactSelection(shares, (*asked, whole))


def compare(records: FactInputs) -> FactSelection:
    """The value of each of two devices in the order asked, then the difference, named for the larger one."""
    facts = _comparable(records)
    if len(facts) != 2:
        return ranking(records)
    first, second = facts
    larger, smaller = (first, second) if number(first) >= number(second) else (second, first)
    difference = replace(
        larger,
        statistic=Relation.DIFFERENCE,
        value=number(larger) - number(smaller),
        at=None,
        samples=first.samples + second.samples,
        coverage=min(first.coverage, second.coverage),
    )
    context: tuple[Fact, ...] = ()
    if number(smaller) > 0:
        ratio = number(larger) / number(smaller)
        context = (
            replace(difference, quantity=Relation.RATIO, statistic=Relation.RATIO, value=ratio, unit=""),
        )
    return FactSelection((first, second, difference), context)


def distortion(records: FactInputs) -> FactSelection:
    """The THD of each asked device: its mean and, as context, its highest reading; the worst of the site."""
    if not records.question.devices:
        return ranking(records)
    if records.question.statistic is Statistic.LATEST:
        return FactSelection(tuple(_latest_of(records, status, Quantity.THD) for status in records.scope()))
    if records.question.statistic is Statistic.MAX:
        return extreme(records)
    found = records.with_stats()
    means = tuple(needed(records, stats, Quantity.THD, Statistic.MEAN) for stats in found)
    return FactSelection(
        means, present(measured(records, stats, Quantity.THD, Statistic.MAX) for stats in found)
    )


def power_factor(records: FactInputs) -> FactSelection:
    """ΣP/ΣS of each device asked about, or over all readings of the site."""
    found = records.with_stats()
    if records.question.devices:
        return FactSelection(
            tuple(needed(records, stats, Quantity.POWER_FACTOR, Statistic.MEAN) for stats in found)
        )
    facts = all_measured(records, Quantity.POWER_FACTOR, Statistic.MEAN)
    real, apparent = pooled_sums(found, Quantity.POWER_FACTOR.value)
    if apparent <= 0:
        raise not_recorded(Quantity.POWER_FACTOR, "")
    whole = total(facts, Quantity.POWER_FACTOR, Statistic.MEAN)
    return FactSelection((replace(whole, value=real / apparent),))


def state(records: FactInputs) -> FactSelection:
    """What each asked device is doing, and its power now as context."""
    if not records.question.devices:
        return active(records)
    states, powers = [], []
    for status in records.scope():
        if not records.is_reporting(status):
            raise records.stale(status)
        if status.last_state is None:
            raise not_recorded(Quantity.STATE, status.name)
        states.append(_state_fact(records, status))
        if status.last_power_w is not None:
            powers.append(latest(records.ref(status), status))
    return FactSelection(tuple(states), tuple(powers))


def active(records: FactInputs) -> FactSelection:
    """How many devices are active, and each with its power, highest first.

    With a window: those with readings in it and their mean power. Without: those that run at this moment.
    """
    if records.question.window is None:
        reporting = records.reporting()
        facts = [latest(records.ref(s), s) for s in reporting if _is_running(s)]
    else:
        facts = all_measured(records, Quantity.POWER, Statistic.MEAN)
    facts.sort(key=number, reverse=True)
    ranked = tuple(replace(fact, rank=place) for place, fact in enumerate(facts, 1))
    return FactSelection((_device_count(records, len(ranked)), *ranked))


def inventory(records: FactInputs) -> FactSelection:
    """How many devices there are, and one fact for each, by cluster."""
    statuses = sorted(records.statuses, key=lambda status: status.cluster)
    one = count(1, records.window)
    names = tuple(replace(one, device=records.ref(s), at=s.last_seen) for s in statuses)
    return FactSelection((_device_count(records, len(names)), *names))


def _latest_of(
    records: FactInputs, status: DeviceStatus, quantity: Quantity | Relation = Quantity.POWER
) -> Fact:
    if not records.is_reporting(status):
        raise records.stale(status)
    return latest(records.ref(status), status, quantity)


def _latest_facts(records: FactInputs) -> list[Fact]:
    return [latest(records.ref(status), status) for status in records.reporting()]


def _comparable(records: FactInputs) -> list[Fact]:
    """One value per device, of the asked quantity: the latest one where the question is about now."""
    question = records.question
    if question.statistic is Statistic.LATEST and question.quantity in (Quantity.POWER, Quantity.THD):
        if question.devices:
            return [_latest_of(records, status, question.quantity) for status in records.scope()]
        is_thd = question.quantity is Quantity.THD
        known = [s for s in records.reporting() if not is_thd or s.last_thd_percent is not None]
        if not known:
            raise not_recorded(question.quantity, "")
        return [latest(records.ref(status), status, question.quantity) for status in known]
    statistic = Statistic.SUM if question.quantity is Quantity.ENERGY else Statistic.MEAN
    facts = all_measured(records, question.quantity, statistic)
    if question.devices and len(facts) < len(records.scope()):
        for stats in records.with_stats():
            needed(records, stats, question.quantity, statistic)
    return facts


def _pooled_mean(facts: list[Fact]) -> Fact:
    """The mean over all devices' readings (weighted by their number), for levels such as volts."""
    whole = total(facts, facts[0].quantity, Statistic.MEAN)
    weighted = sum(number(fact) * fact.samples for fact in facts)
    return replace(whole, value=weighted / max(whole.samples, 1))


def _state_fact(records: FactInputs, status: DeviceStatus) -> Fact:
    at = status.last_seen
    text = status.last_state or ""
    return Fact(records.ref(status), Quantity.STATE, Statistic.LATEST, text, "", at, at, at=at, samples=1)


def _is_running(status: DeviceStatus) -> bool:
    if status.last_state is not None:
        return status.last_state.strip().lower() not in OFF_STATES
    return (status.last_power_w or 0.0) >= MIN_RUNNING_W


def _device_count(records: FactInputs, n: int) -> Fact:
    fact = count(n, records.window)
    if records.question.window is None:
        fact = replace(fact, start=records.moment.now, end=records.moment.now)
    return fact


BUILDERS: Mapping[Intent, Callable[[FactInputs], FactSelection]] = {
    Intent.POWER_NOW: power_now,
    Intent.AVERAGE: window_value,
    Intent.PEAK: extreme,
    Intent.MINIMUM: extreme,
    Intent.ENERGY: window_value,
    Intent.RANKING: ranking,
    Intent.SHARE: share_of_total,
    Intent.COMPARE: compare,
    Intent.THD: distortion,
    Intent.POWER_FACTOR: power_factor,
    Intent.STATE: state,
    Intent.ACTIVE: active,
    Intent.INVENTORY: inventory,
}
