"""Follow-ups: fragments put behind other queries than those that they were written for."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.query.query import Devices, Query, Slot, SlotKind, Windows
from api_service.assistant.query.syntax.nodes import slot_of, slot_token
from api_service.metering.measures import MEASURES, Statistic
from training.reading.phrases import load
from training.reading.reading import Reading, Word, in_order, parsed
from training.reading.swaps import AMOUNTS, canonical

KINDS: Mapping[str, SlotKind] = {kind.value[0]: kind for kind in SlotKind}
LEVELS = frozenset(key for key, row in MEASURES.items() if row.default_statistic is Statistic.MEAN) - {
    "coverage"
}
EXTREMES = frozenset((Statistic.MIN, Statistic.MAX))
_SLOT = re.compile(r"\{(\w)\}")


@dataclass(frozen=True)
class Fragment:
    """What a follow-up says and does: `changes` are the fields that it sets, slots numbered as in `words`.

    `level`, `amount`: it fits levels (voltage) or amounts (energy) only. `extreme`: what has a moment.
    `plain`: a plain default amount. `bounded`: conditions by numbers.
    """

    words: tuple[Word, ...]
    kinds: tuple[SlotKind, ...]
    changes: Mapping[str, Any]
    needs: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()

    def fits(self, query: Query, tokens: frozenset[str]) -> bool:
        """Whether it makes sense after this query."""
        if not self.needs <= tokens or self.without & tokens:
            return False
        default = MEASURES[query.measure].default_statistic
        holds = {
            "level": query.measure in LEVELS,
            "amount": query.measure in AMOUNTS,
            "extreme": query.statistic in EXTREMES and query.measure in LEVELS,
            "plain": query.measure in AMOUNTS and query.statistic is default and query.per is None,
            "bounded": any(bound.bound.numbers for bound in query.where.bounds) and query.where.state is None,
        }
        return all(holds[flag] for flag in self.flags)


FLAGS = ("level", "amount", "extreme", "plain", "bounded")


@lru_cache(maxsize=1)
def fragments() -> tuple[Fragment, ...]:
    """All fragments of follow_ups.toml."""
    return tuple(_fragment(row, say) for row in load("follow_ups.toml")["fragment"] for say in row["say"])


def _fragment(row: Mapping[str, Any], say: str) -> Fragment:
    letters = _SLOT.findall(say)
    order = row.get("order", "".join(letters))
    numbers = iter(range(len(letters)))
    words = tuple(next(numbers) if _SLOT.fullmatch(word) else word for word in say.split())
    text = re.sub(r"<(\w+)>", lambda m: _number(m[1], letters, order), row["query"])
    query = parse(text)
    if not isinstance(query, Query):
        raise ValueError(f"{row['query']!r} is no query")
    return Fragment(
        words,
        tuple(KINDS[letter] for letter in letters),
        {name: getattr(query, name) for name in row["fields"]},
        frozenset(row.get("needs", "").split()),
        frozenset(row.get("without", "").split()),
        frozenset(flag for flag in FLAGS if row.get(flag)),
    )


PREVIOUS_TIME, PREVIOUS_DEVICE = Slot(14), Slot(15)
"""Stand for the time and the device of the query before ("compare that with …")."""


def _number(name: str, letters: Sequence[str], order: str) -> str:
    if name in ("p", "d"):
        return slot_token(PREVIOUS_TIME if name == "p" else PREVIOUS_DEVICE)
    letter = order[int(name)]
    place = letters.index(letter) if letters.count(letter) == 1 else int(name)
    return slot_token(Slot(place))


def followed(reading: Reading, fragment: Fragment) -> Reading | None:
    """`fragment` said after the query of `reading`; None where it makes no sense there."""
    before = reading.request
    tokens = frozenset(reading.target.split())
    if not isinstance(before, Query) or not fragment.fits(before, tokens | {before.statistic.value}):
        return None
    count = len(fragment.kinds)
    shifted = _shifted(reading.target, count)
    previous = parsed(shifted)
    if not isinstance(previous, Query):
        return None
    query = _changed(previous, fragment.changes)
    if query is None or query == previous:
        return None
    target = canonical(print_request(query))
    kinds = (*fragment.kinds, *reading.kinds)
    result = Reading(fragment.words, kinds, target or "", print_request(previous))
    if target is None or not result.is_sound:
        return None
    return in_order(result)


def _shifted(text: str, by: int) -> str:
    slots = [slot_of(token) for token in text.split()]
    return " ".join(
        token if slot is None else slot_token(Slot(slot + by))
        for token, slot in zip(text.split(), slots, strict=True)
    )


def _changed(previous: Query, changes: Mapping[str, Any]) -> Query | None:
    values = dict(changes)
    windows, devices = values.get("windows"), values.get("devices")
    if isinstance(windows, Windows) and PREVIOUS_TIME in windows.slots:
        if previous.windows is None or len(previous.windows.slots) != 1:
            return None
        values["windows"] = replace(windows, slots=(previous.windows.slots[0], windows.slots[1]))
    if isinstance(devices, Devices) and PREVIOUS_DEVICE in devices.slots:
        if len(previous.devices.slots) != 1:
            return None
        values["devices"] = replace(devices, slots=(previous.devices.slots[0], devices.slots[1]))
    if "measure" in values and "statistic" not in values:
        was_default = previous.statistic is MEASURES[previous.measure].default_statistic
        if was_default:
            values["statistic"] = MEASURES[values["measure"]].default_statistic
    return replace(previous, **values)


def fragment_of(reading: Reading) -> Fragment | None:
    """A written follow-up as a fragment for other queries; None where it is more than that."""
    before, after = (parsed(reading.previous) if reading.previous else None), reading.request
    if not isinstance(before, Query) or not isinstance(after, Query):
        return None
    count = reading.own_slots
    default = (MEASURES[before.measure].default_statistic, MEASURES[after.measure].default_statistic)
    changes: dict[str, Any] = {}
    for field in fields(Query):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if field.name == "statistic" and (old, new) == default and before.measure != after.measure:
            continue
        if old != new:
            changes[field.name] = new
    if not changes or any(slot >= count for value in changes.values() for slot in _slots(value)):
        return None
    tokens = frozenset(reading.previous.split())
    kept = tokens - {"value", "energy"} if "ask" not in changes and "measure" not in changes else tokens
    flags = {"level"} if before.measure in LEVELS and {"statistic", "measure"} & set(changes) else set()
    needs = frozenset(token for token in kept if slot_of(token) is None and token in _STRUCTURE)
    without = frozenset(_STRUCTURE) - tokens
    words = reading.words
    return Fragment(words, reading.kinds[:count], changes, needs, without, frozenset(flags))


_STRUCTURE_WORDS = """
    when which whether how_many list compare per every where having limit rank most least usual share
    difference ratio times more less trend state last_seen on_time switch_ons duration gaps coverage
    samples first last rest
"""
_STRUCTURE = frozenset(_STRUCTURE_WORDS.split())


def _slots(value: Any) -> list[int]:
    """All slots in a field's value."""
    if isinstance(value, (str, bool)) or value is None:
        return []
    if isinstance(value, int):
        return [value]
    if isinstance(value, tuple):
        return [slot for item in value for slot in _slots(item)]
    names = getattr(type(value), "__dataclass_fields__", {})
    return [slot for name in names for slot in _slots(getattr(value, name))]


def after_another(reading: Reading, previous: Reading) -> Reading:
    """A question that stands by itself, asked after another one: nothing of that is inherited."""
    shifted = _shifted(previous.target, len(reading.kinds))
    return in_order(replace(reading, kinds=(*reading.kinds, *previous.kinds), previous=shifted))


def any_fragment(rng: random.Random, pool: Sequence[Fragment]) -> Fragment:
    """One of the written or of the listed fragments."""
    return rng.choice(pool if pool and rng.random() < 0.5 else fragments())
