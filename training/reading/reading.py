"""One pair of the task `read`: a masked question with the query before it, and the query that it asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from api_service.assistant.query.linear import parse, print_request
from api_service.assistant.query.query import Request, Slot, SlotKind
from api_service.assistant.query.syntax.nodes import slot_of, slot_token
from api_service.assistant.query.type_rules import type_fault
from inference_worker.prompt import render_reading
from shared.generation import ReadingRequest
from training.reading.hints import hints_of_request, written_hints
from training.voices.voice_file import Example

Word = str | int
"""A word of the question, or the number of a slot."""

NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Reading:
    """A masked question (`words`) with the linear forms of the previous query ("" for none) and of its own.

    `kinds[n]` is the kind of slot n; the question's own slots come first, then those of the previous query.
    `hints[n]` is the word before slot n that tells what a number counts, as it was typed; where they are not
    known, they follow from the query.
    """

    words: tuple[Word, ...]
    kinds: tuple[SlotKind, ...]
    target: str
    previous: str = ""
    hints: tuple[str, ...] = ()

    @property
    def own_slots(self) -> int:
        """How many slots the question itself has."""
        return sum(isinstance(word, int) for word in self.words)

    @property
    def request(self) -> Request:
        """The query that is asked for."""
        return parsed(self.target)

    @property
    def prompt(self) -> str:
        """The model's input, made by the worker's own code."""
        pieces: list[Word] = []
        hints = self.hints or hints_of_request(self.request, self.kinds, repr(self.words))
        for word in self.words:
            if isinstance(word, int):
                pieces += [f"{hints[word]} ", word, " "]
            else:
                pieces.append(f"{word} ")
        slotted = [slot_of(token) for token in self.previous.split()]
        previous = [
            f"{token} " if slot is None else slot
            for token, slot in zip(self.previous.split(), slotted, strict=True)
        ]
        kinds = tuple(kind.value for kind in self.kinds)
        return render_reading(tuple(pieces), ReadingRequest("", kinds, tuple(previous)))

    @property
    def is_sound(self) -> bool:
        """Whether the query can be parsed, makes sense, and has only slots that are there, of their kind."""
        return makes_sense(self.target)


@lru_cache(maxsize=65536)
def parsed(text: str) -> Request:
    """`parse`, remembered: the same queries come again and again."""
    return parse(text)


@lru_cache(maxsize=65536)
def makes_sense(text: str) -> bool:
    """Whether a linear form can be parsed and breaks no type rule."""
    try:
        return type_fault(parsed(text)) is None
    except ValueError:
        return False


def from_example(example: Example) -> Reading:
    """The pair of a voice's sentence."""
    kinds = tuple(bracket.kind for bracket in example.slots)
    return Reading(
        words_of(example.masked), kinds, printed(example), example.previous, written_hints(example)
    )


def printed(example: Example) -> str:
    """The linear form of a sentence's query."""
    return print_request(example.request)


def words_of(masked: str) -> tuple[Word, ...]:
    """The words of a masked text, without the kinds that stand before its slots."""
    tokens = masked.split()
    slots = [slot_of(token) for token in tokens]
    following = [*slots, None][1:]
    return tuple(
        token if slot is None else int(slot)
        for token, slot, after in zip(tokens, slots, following, strict=True)
        if after is None or slot is not None
    )


def renumbered(text: str, numbers: Mapping[int, int]) -> str:
    """A linear form with other numbers for its slots."""
    tokens = text.split()
    slots = [slot_of(token) for token in tokens]
    return " ".join(
        token if slot is None else slot_token(Slot(numbers[slot]))
        for token, slot in zip(tokens, slots, strict=True)
    )


def in_order(reading: Reading) -> Reading:
    """The same pair with its slots numbered anew: the question's from left to right, then the inherited.

    Slots that nothing holds any more are dropped; inherited ones follow the order of the previous query.
    """
    order: list[int] = [word for word in reading.words if isinstance(word, int)]
    for token in f"{reading.previous} {reading.target}".split():
        found = slot_of(token)
        if found is not None:
            order.append(int(found))
    numbers: dict[int, int] = {}
    for slot in order:
        numbers.setdefault(slot, len(numbers))
    words = tuple(numbers[word] if isinstance(word, int) else word for word in reading.words)
    kinds = tuple(reading.kinds[slot] for slot in numbers)
    return replace(
        reading,
        words=words,
        kinds=kinds,
        hints=tuple(reading.hints[slot] for slot in numbers if slot < len(reading.hints)),
        target=renumbered(reading.target, numbers),
        previous=renumbered(reading.previous, numbers),
    )
