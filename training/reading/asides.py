"""Asides: what talkative people put around a question without changing it."""

import random
import re
from dataclasses import replace

from api_service.assistant.query.query import Outcome
from training.reading.phrases import load
from training.reading.reading import Reading

BEFORE, AFTER = 0.06, 0.09
"""Shares of the questions that get one."""
LONGEST = 30
"""A question of more words is long enough."""
NOT_AROUND = frozenset(
    (Outcome.UNCLEAR, Outcome.GIBBERISH, Outcome.LANGUAGE, Outcome.GREETING, Outcome.THANKS, Outcome.WHY)
)
"""Where an aside would change what is to be answered: a reason given is no reason asked for."""
_HOLE = re.compile(r"\[([^\]]*)\]|<(\w+)>")


def with_aside(reading: Reading, rng: random.Random) -> Reading:
    """Now and then the same question with something told before or after it."""
    chance = rng.random()
    if chance > BEFORE + AFTER or len(reading.words) > LONGEST or reading.request in NOT_AROUND:
        return reading
    if chance < BEFORE:
        return replace(reading, words=(*_aside("before", rng), *reading.words))
    return replace(reading, words=(*reading.words, *_aside("after", rng)))


def _aside(place: str, rng: random.Random) -> tuple[str, ...]:
    return tuple(_expanded(rng.choice(load("asides.toml")[place]), rng).split())


def _expanded(text: str, rng: random.Random) -> str:
    def filled(match: re.Match[str]) -> str:
        options, name = match.groups()
        choices = options.split("|") if options is not None else load("asides.toml")["table"][name]
        return _expanded(rng.choice(choices), rng)

    return _HOLE.sub(filled, text)
