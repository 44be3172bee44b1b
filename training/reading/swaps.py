"""Swaps that change question and query alike: another measure, end, limit or period; slots more or less."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from api_service.assistant.query.linear import print_request
from api_service.assistant.query.query import (
    Ask,
    DeviceScope,
    Query,
    Slot,
    SlotKind,
    WindowForm,
    Windows,
)
from api_service.metering.measures import Statistic
from training.reading.phrases import Phrases, load, occurrences, phrases, replaced
from training.reading.reading import Reading, in_order, parsed

JUDGING = frozenset({"worst", "best", "bad", "good", "poor", "better", "worse"})
"""Their meaning differs from measure to measure: the worst power factor is the least."""
EXTREME_WORDS = frozenset({"max", "maximum", "highest", "peak", "min", "minimum", "lowest"})
AMOUNTS = frozenset({"energy", "cost", "on_time", "switch_ons"})


@dataclass(frozen=True)
class Member:
    """One of a group of things that may stand for each other: how it is said, and the query's word."""

    query: str
    say: Phrases


@dataclass(frozen=True)
class Group:
    """A row of swaps.toml."""

    field: str
    members: tuple[Member, ...]
    by_first: frozenset[str]


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """All groups of swaps.toml."""
    return tuple(_group(row) for row in load("swaps.toml")["group"])


def _group(row: Mapping[str, Any]) -> Group:
    members = tuple(Member(member["query"], phrases(member["say"])) for member in row["members"])
    return Group(row["field"], members, frozenset(word for member in members for word in member.say.by_first))


def swapped(reading: Reading, rng: random.Random, tries: int = 4) -> Reading:
    """The pair with one or more things in it exchanged for others of their group, where that is sound."""
    for group in rng.sample(groups(), len(groups())):
        if tries and (changed := _swapped(reading, group, rng)) is not None:
            reading, tries = changed, tries - 1
    return reading


def _swapped(reading: Reading, group: Group, rng: random.Random) -> Reading | None:
    if group.by_first.isdisjoint(reading.words):
        return None
    found = [(member, place) for member in group.members for place in occurrences(reading.words, member.say)]
    if len(found) != 1:
        return None
    member, place = found[0]
    target = rng.choice([other for other in group.members if other is not member])
    if group.field == "measure" and JUDGING & set(reading.words):
        return None
    changed = _with_value(reading.target, group.field, member.query, target.query)
    if changed is not None and {member.query, target.query} == {"above", "below"}:
        changed = _other_extreme(changed, reading)
    if changed is None:
        return None
    words = replaced(reading.words, place, rng.choice(target.say))
    result = Reading(words, reading.kinds, changed, reading.previous)
    return result if result.is_sound else None


def _other_extreme(text: str, reading: Reading) -> str | None:
    """ "stayed above" is about the minimum where "stayed below" is about the maximum, unless that is said."""
    query = parsed(text)
    flipped = {Statistic.MIN: Statistic.MAX, Statistic.MAX: Statistic.MIN}
    if not isinstance(query, Query) or query.statistic not in flipped or EXTREME_WORDS & set(reading.words):
        return text
    return print_request(replace(query, statistic=flipped[query.statistic]))


def _with_value(text: str, field: str, old: str, new: str) -> str | None:  # noqa: PLR0911 - one case a line
    """The query with `new` in place of `old`; None where it does not hold `old` exactly once."""
    if field == "word" or text.split().count(old) > 1:
        tokens = text.split()
        if tokens.count(old) != 1:
            return None
        return canonical(" ".join(new if token == old else token for token in tokens))
    request = parsed(text)
    if not isinstance(request, Query):
        return None
    if field == "statistic":
        if request.statistic.value != old:
            return None
        return print_request(replace(request, statistic=Statistic(new)))
    if request.measure != old:
        return _with_value(text, "word", old, new)
    return canonical(print_request(replace(request, measure=new)))


@lru_cache(maxsize=65536)
def canonical(text: str) -> str | None:
    """The linear form in its normal form; None for what is no query."""
    try:
        return print_request(parsed(text))
    except ValueError:
        return None


Change = Callable[[Reading, random.Random], Reading | None]


def reshaped(reading: Reading, rng: random.Random) -> Reading:
    """The pair with a slot more, less, of another kind or in another place, where that is sound."""
    for change in rng.sample(CHANGES, 2):
        changed = change(reading, rng)
        if changed is not None and changed.is_sound:
            reading = changed
    return reading


def second_device(reading: Reading, rng: random.Random) -> Reading | None:
    """ "the oven" becomes "the oven and the fridge"."""
    query = reading.request
    if not isinstance(query, Query) or query.devices.scope is not DeviceScope.THESE or query.relation:
        return None
    if len(query.devices.slots) != 1 or query.ask is not Ask.VALUE or query.statistic is Statistic.TREND:
        return None
    slot = query.devices.slots[0]
    if slot not in reading.words:
        return None
    new = Slot(len(reading.kinds))
    at = reading.words.index(slot)
    link = rng.choice(LINKS)
    words = (*reading.words[: at + 1], *link, new, *reading.words[at + 1 :])
    kinds = (*reading.kinds, SlotKind.DEVICE)
    devices = replace(query.devices, slots=(slot, new))
    return in_order(Reading(words, kinds, print_request(replace(query, devices=devices)), reading.previous))


def other_kind(reading: Reading, rng: random.Random) -> Reading | None:
    """A device becomes a group, or a group a device."""
    query = reading.request
    slots = query.devices.slots if isinstance(query, Query) else ()
    mine = [slot for slot in slots if slot in reading.words]
    if not mine or (isinstance(query, Query) and query.relation and query.relation.slot is not None):
        return None
    slot = rng.choice(mine)
    was = reading.kinds[slot]
    kinds = list(reading.kinds)
    kinds[slot] = SlotKind.GROUP if was is SlotKind.DEVICE else SlotKind.DEVICE
    return replace(reading, kinds=tuple(kinds))


def moved_time(reading: Reading, _rng: random.Random) -> Reading | None:
    """The time at the other end of the sentence."""
    times = [word for word in reading.words if isinstance(word, int) and _is_time(reading, word)]
    if len(times) != 1 or len(reading.words) < 4 or reading.previous:
        return None
    if reading.words[-1] == times[0]:
        return in_order(replace(reading, words=(times[0], *reading.words[:-1])))
    if reading.words[0] == times[0]:
        return in_order(replace(reading, words=(*reading.words[1:], times[0])))
    return None


def without_time(reading: Reading, _rng: random.Random) -> Reading | None:
    """An amount of a time becomes an amount of the default time."""
    query = reading.request
    if (
        not isinstance(query, Query)
        or query.measure not in AMOUNTS
        or reading.previous
        or query.windows is None
    ):
        return None
    slots = query.windows.slots
    if query.windows.form is not WindowForm.IN or len(slots) != 1 or slots[0] not in reading.words:
        return None
    if reading.words[-1] != slots[0] and reading.words[0] != slots[0]:
        return None
    words = tuple(word for word in reading.words if word != slots[0])
    return in_order(Reading(words, reading.kinds, print_request(replace(query, windows=None)), ""))


def with_time(reading: Reading, rng: random.Random) -> Reading | None:
    """A time for what has none."""
    query = reading.request
    if not isinstance(query, Query) or query.windows is not None or reading.previous:
        return None
    if query.statistic in (Statistic.LATEST, Statistic.FIRST, Statistic.LAST) or not reading.words:
        return None
    new = Slot(len(reading.kinds))
    windows = Windows(WindowForm.IN, (new,))
    words = (*reading.words, int(new)) if rng.random() < 0.75 else (int(new), *reading.words)
    kinds = (*reading.kinds, SlotKind.TIME)
    return in_order(Reading(words, kinds, print_request(replace(query, windows=windows)), ""))


def with_hours(reading: Reading, rng: random.Random) -> Reading | None:
    """Recurring hours for an amount or level that has none."""
    from api_service.assistant.query.query import HoursCondition, HoursTest

    query = reading.request
    if not isinstance(query, Query) or query.where.hours or reading.previous or query.ask is Ask.COMPARE:
        return None
    if (
        query.statistic is Statistic.LATEST
        or query.measure in ("coverage", "last_seen", "gaps", "state")
        or not reading.words
    ):
        return None
    new = Slot(len(reading.kinds))
    test, link = rng.choice(
        ((HoursTest.DURING, ()),) * 3
        + (
            (HoursTest.OUTSIDE, ("outside",)),
            (HoursTest.OUTSIDE, ("outside", "of")),
            (HoursTest.OUTSIDE, ("but", "not")),
            (HoursTest.DURING, ("only",)),
        )
    )
    where = replace(query.where, hours=HoursCondition(test, (new,)))
    at = len(reading.words)
    if isinstance(reading.words[-1], int) and _is_time(reading, reading.words[-1]) and rng.random() < 0.5:
        at -= 1
    words = (*reading.words[:at], *link, int(new), *reading.words[at:])
    kinds = (*reading.kinds, SlotKind.HOURS)
    return in_order(Reading(words, kinds, print_request(replace(query, where=where)), ""))


def _is_time(reading: Reading, slot: int) -> bool:
    return reading.kinds[slot] is SlotKind.TIME


LINKS: tuple[tuple[str, ...], ...] = (
    ("and",),
    ("and", "the"),
    ("and", "my"),
    ("plus", "the"),
    ("as", "well", "as", "the"),
    ("n", "the"),
)
CHANGES: tuple[Change, ...] = (second_device, other_kind, moved_time, without_time, with_time, with_hours)
