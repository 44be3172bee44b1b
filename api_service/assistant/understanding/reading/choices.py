"""Questions back: the ways in which a question may be meant, and which of them the next turn takes; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api_service.assistant.entities.entity import DeviceValue, Entity, TimeValue
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.understanding.reading.previous_query import (
    PreviousQuery,
    previous_from_json,
)

MOST_CHOICES = 5
UNCERTAIN = 0.6
"""A time whose likeliest reading is less certain is asked back for."""
_PLACES = {
    "first": 0, "1": 0, "1st": 0, "one": 0, "former": 0, "second": 1, "2": 1, "2nd": 1, "two": 1,
    "third": 2, "3": 2, "3rd": 2, "three": 2, "fourth": 3, "4": 3, "4th": 3, "fifth": 4, "5": 4, "5th": 4,
    "last": -1, "latter": -1,
}  # fmt: skip
_FILLERS = frozenset(
    "the a an one option number choice please i mean meant its it's it is that this oh yes".split()  # noqa: SIM905
)
_YES = frozenset("yes yeah yep sure ok okay correct right exactly please do y".split())  # noqa: SIM905
_WORDS = re.compile(r"[\w']+")


@dataclass(frozen=True)
class Choice:
    """A whole question that may be sent as it is, with what it means; `label` tells it from the others."""

    question: str
    label: str
    query: PreviousQuery

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a message."""
        return {"question": self.question, "label": self.label, **self.query.to_json()}


def choice_from_json(stored: Mapping[str, Any]) -> Choice:
    """What `to_json` made. Raises `ValueError` or `KeyError` for anything else."""
    return Choice(stored["question"], stored["label"], previous_from_json(stored))


def device_choices(text: str, query: PreviousQuery, ambiguous: Entity) -> tuple[Choice, ...]:
    """One choice for each device that an entity may mean."""
    value = ambiguous.value
    if not isinstance(value, DeviceValue):
        return ()
    found = []
    for device in (value.devices or value.similar)[:MOST_CHOICES]:
        meant = replace(ambiguous, value=DeviceValue(device.name, (device,)), certainty=1.0)
        found.append(_choice(text, query, ambiguous, meant, device.name))
    return tuple(found)


def time_choices(text: str, query: PreviousQuery, ambiguous: Entity) -> tuple[Choice, ...]:
    """One choice for each reading of a time that is past, where they differ in name."""
    value = ambiguous.value
    if not isinstance(value, TimeValue):
        return ()
    labels: dict[str, Entity] = {}
    for reading in value.readings:
        label = reading.window.label if reading.window else reading.label
        if label and not reading.is_future:
            meant = replace(ambiguous, value=TimeValue((replace(reading, certainty=1.0),)), certainty=1.0)
            labels.setdefault(label, meant)
    if len(labels) < 2:
        return ()
    return tuple(_choice(text, query, ambiguous, meant, label) for label, meant in labels.items())[
        :MOST_CHOICES
    ]


def is_uncertain(entity: Entity) -> bool:
    """Whether a time can well be read in another way."""
    value = entity.value
    readings = value.readings if isinstance(value, TimeValue) else ()
    return len(readings) > 1 and readings[0].certainty < UNCERTAIN


def chosen(text: str, masked: MaskedQuestion, choices: Sequence[Choice]) -> Choice | None:
    """The choice that the next turn takes: the question, its label, its place, or yes to the only one."""
    plain = _plain(text)
    whole = [one for one in choices if plain in (_plain(one.question), _plain(one.label))]
    if whole:
        return whole[0]
    words = [word for word in plain.split() if word not in _FILLERS]
    if len(words) == 1 and words[0] in _PLACES and _PLACES[words[0]] < len(choices):
        return choices[_PLACES[words[0]]]
    if len(choices) == 1 and plain.split() and set(plain.split()) <= _YES:
        return choices[0]
    return _named(masked, choices)


def _named(masked: MaskedQuestion, choices: Sequence[Choice]) -> Choice | None:
    """The choice whose label is named, and nothing else is."""
    if len(masked.entities) != 1 or not isinstance(masked.entities[0].value, DeviceValue):
        return None
    words = [word.text for word in masked.words if word.slot is None]
    if not set(words) <= _FILLERS:
        return None
    names = {device.name for device in masked.entities[0].value.devices}
    named = [choice for choice in choices if choice.label in names]
    return named[0] if len(named) == 1 else None


def _choice(text: str, query: PreviousQuery, ambiguous: Entity, meant: Entity, label: str) -> Choice:
    entities = tuple(meant if entity == ambiguous else entity for entity in query.entities)
    written = label
    if text[ambiguous.start : ambiguous.end] == ambiguous.text:
        question = text[: ambiguous.start] + written + text[ambiguous.end :]
    else:
        question = f"{text.rstrip(' ?!.')} ({written})?"  # the name stands in an earlier question
    return Choice(question, label, PreviousQuery(query.request, entities))


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))
