"""Sentences made of parts with their queries (frames.toml): every part of the algebra with every other."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from api_service.assistant.query.query import Outcome, SlotKind
from api_service.assistant.query.syntax.nodes import slot_of, slot_token
from api_service.metering.measures import MEASURES
from training.reading.phrases import load
from training.reading.reading import Reading, Word, in_order
from training.reading.swaps import canonical

KINDS: Mapping[str, SlotKind] = {kind.value[0]: kind for kind in SlotKind}

_HOLE = re.compile(r"\[([^\[\]]*)\]|<(\w+)>|\{(\w)(\d?)\}")
_OWN_SLOT = re.compile(r"\$(\w\d?)")
_NAMED = re.compile(r"@(\w+)")
_MARK = "\x01"


@dataclass(frozen=True)
class Choice:
    """Some ways to say one thing, and the parts of the query that it sets."""

    say: tuple[str, ...]
    sets: Mapping[str, str]
    weight: float


class _Clash(Exception):
    """Two texts set the same part to different values."""


@dataclass
class _Draft:
    """A sentence in the making."""

    parts: dict[str, str] = field(default_factory=dict)
    kinds: list[SlotKind] = field(default_factory=list)

    def put(self, values: Mapping[str, str], slots: Mapping[str, int]) -> None:
        for name, value in values.items():
            text = _OWN_SLOT.sub(lambda m: _slot(m[1], slots), value).strip()
            if self.parts.setdefault(name, text) != text:
                raise _Clash(name)


def _slot(name: str, slots: Mapping[str, int]) -> str:
    return f" {slot_token(slots[name])}" if name in slots else ""  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[tuple[Choice, ...], Mapping[str, tuple[Choice, ...]]]:
    file = load("frames.toml")
    frames = tuple(_choice(row) for row in file["frame"])
    return frames, {name: tuple(_choice(row) for row in rows) for name, rows in file["table"].items()}


def _choice(row: str | Mapping[str, Any]) -> Choice:
    if isinstance(row, str):
        return Choice((row,), {}, 1.0)
    say = row["say"]
    others = {key: value for key, value in row.items() if key not in ("say", "set", "weight")}
    texts = (say,) if isinstance(say, str) else tuple(say)
    return Choice(texts, {**row.get("set", {}), **others}, float(row.get("weight", 1.0)))


def compose(rng: random.Random) -> Reading:
    """A sound pair."""
    frames, _ = _vocabulary()
    weights = [frame.weight for frame in frames]
    while True:
        reading = _composed(rng.choices(frames, weights)[0], rng)
        if reading is not None and reading.is_sound and _uses_all(reading):
            return reading


def _uses_all(reading: Reading) -> bool:
    """Whether the query holds every slot of the sentence; an outcome holds none."""
    if isinstance(reading.request, Outcome):
        return True
    used = {slot_of(token) for token in reading.target.split()}
    return all(word in used for word in reading.words if isinstance(word, int))


def _composed(frame: Choice, rng: random.Random) -> Reading | None:
    draft = _Draft()
    try:
        text = _said(frame, draft, rng)
    except _Clash:
        return None
    target = canonical(_linear(draft.parts))
    words = _words(text)
    if target is None or not words:
        return None
    try:
        return in_order(Reading(words, tuple(draft.kinds), target))
    except KeyError:
        return None


def _said(choice: Choice, draft: _Draft, rng: random.Random) -> str:
    slots: dict[str, int] = {}
    text = _expanded(rng.choice(choice.say), draft, slots, rng)
    draft.put(choice.sets, slots)
    return text


def _expanded(text: str, draft: _Draft, slots: dict[str, int], rng: random.Random) -> str:
    def filled(match: re.Match[str]) -> str:
        options, name, letter, number = match.groups()
        if options is not None:
            return _expanded(rng.choice(options.split("|")), draft, slots, rng)
        if name is not None:
            rows = _vocabulary()[1][name]
            return _said(rng.choices(rows, [row.weight for row in rows])[0], draft, rng)
        slots[letter + number] = len(draft.kinds)
        draft.kinds.append(KINDS[letter])
        return f" {_MARK}{len(draft.kinds) - 1} "

    return _HOLE.sub(filled, text)


def _words(text: str) -> tuple[Word, ...]:
    return tuple(int(word[1:]) if word[0] == _MARK else word for word in text.split())


def _linear(parts: Mapping[str, str]) -> str:
    """The parts as a linear form."""

    def part(name: str) -> str:
        return _NAMED.sub(lambda m: parts.get(m[1], ""), parts.get(name, ""))

    if "whole" in parts:
        return " ".join(part("whole").split())
    measure = part("measure")
    if measure not in MEASURES:
        return ""
    statistic = part("statistic")
    default = MEASURES[measure].default_statistic
    conditions = [part("state"), part("bound"), part("hours")]
    texts: Sequence[str] = [
        part("ask"),
        measure,
        "" if statistic == default.value else statistic,
        f"per {part('per')}" if part("per") else "",
        part("every"),
        part("devices"),
        f"where {' '.join(conditions)}" if any(conditions) else "",
        f"having {part('having')}" if part("having") else "",
        part("order"),
        part("windows"),
        part("usual"),
        part("relation"),
    ]
    return " ".join(" ".join(texts).split())
