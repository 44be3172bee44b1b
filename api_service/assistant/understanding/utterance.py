"""Everything that one text says by itself, before anything is concluded from it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from api_service.assistant.entities.mentions.device_mentions import Naming, find_devices, find_unknown_devices
from api_service.assistant.text.spelling import corrected
from api_service.assistant.text.vocabulary import ENGLISH
from api_service.assistant.text.words import DEVICE, Line, joined
from api_service.assistant.time.phrases.extract import Tense, TimeExpression, find_times
from api_service.assistant.types import DeviceRef, Mention, Moment
from api_service.assistant.understanding.keywords import concepts_of

_SLIP = 0.98
_RANKED = re.compile(
    joined(r"""
        (?:top|first|which|what|the|list|name|show|me) (?P<n>\d+)(?! percent)
        |(?P<m>\d+) (?:most|biggest|largest|highest|top|worst|hungriest|heaviest|greediest|main|major|least
        |smallest|lowest|devices|appliances|consumers|best|machines|things|hogs|guzzlers|users|strongest|power)
    """)
)
_NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_MANY = re.compile(
    joined(r"""
        (?<!\S)(?:(?:which|what|top|biggest|largest|main|major|highest|worst|smallest
        |lowest) (?:(?!of )\S+ ){0,2}?(?:devices|appliances|consumers|things|machines|gadgets|hogs|users
        |guzzlers|ones|items|loads|offenders|culprits|contributors)|rank(?:ing|ed)?|sort(?:ed)?|leaderboard|order(?:ed)?)(?!\S)
    """)
)
_ALL_RANKED = re.compile(
    r"(?<!\S)(?:rank(?:ing|ed)?|sort(?:ed)?|leaderboard|order(?:ed)?|break ?down|each|every)(?!\S)"
)
_RUNNER_UP = re.compile(
    joined(r"""
        (?<!\S)(?:second|2 nd|runner up|next)(?: \S+)? (?:most|biggest|largest|highest|least|lowest|in)(?!\S)
        |(?<!\S)(?:second|runner up)(?!\S)
    """)
)
MAX_WORDS = 120
"""What comes after so many words is not listened to; a question ends long before."""

LONGEST_LIST = 10
"""Rankings are not told further than this."""


@dataclass(frozen=True)
class Utterance:
    """A text with its devices and times found and masked.

    `english` is the part of the words (1.0 of an empty text) that are words of the language or names.
    `strange_time` are words for a time that was not understood.
    `pronoun` devices are those that "it" or "they" stand for, filled in from earlier turns.
    """

    text: str
    line: Line
    namings: tuple[Naming, ...]
    times: tuple[TimeExpression, ...]
    unknown_devices: tuple[str, ...]
    certainty: float
    english: float
    pronoun: tuple[DeviceRef, ...] = ()
    strange_time: str | None = None

    @cached_property
    def words(self) -> str:
        """The masked line as a string."""
        return self.line.text

    @cached_property
    def concepts(self) -> frozenset[str]:
        """What is spoken of, see `concepts`."""
        return concepts_of(self.words)

    def has(self, *names: str) -> bool:
        """Whether any of the concepts is spoken of."""
        return not self.concepts.isdisjoint(names)

    @property
    def devices(self) -> tuple[DeviceRef, ...]:
        """The devices named for certain, in order, each once; those a pronoun stands for where none is."""
        named = [naming.devices[0] for naming in self.namings if not naming.ambiguous]
        return tuple(dict.fromkeys(named)) or self.pronoun

    @property
    def ambiguous(self) -> tuple[DeviceRef, ...]:
        """The candidates of the first name that could be several devices."""
        return next((naming.devices for naming in self.namings if naming.ambiguous), ())

    @property
    def named(self) -> int:
        """How many devices are spoken of, whether they are known, ambiguous or strangers."""
        return (
            len(self.devices) + len(self.unknown_devices) + sum(naming.ambiguous for naming in self.namings)
        )

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Where the text names devices."""
        return tuple(Mention(n.start, n.end, n.devices[0]) for n in self.namings if not n.ambiguous)

    @property
    def past(self) -> TimeExpression | None:
        """The first window spoken of."""
        return next((time for time in self.times if time.tense is Tense.PAST), None)

    @property
    def is_now(self) -> bool:
        """Whether "now" is spoken of, and no window."""
        return self.past is None and self.has("now")

    @property
    def is_present(self) -> bool:
        """Whether something is going on at this moment ("is using"), and no window is named."""
        return self.past is None and (self.has("now") or (self.has("present") and not self.has("past")))

    @cached_property
    def top(self) -> int | None:
        """How many places of a ranking are asked for; None where that is left open."""
        text = " ".join(str(_NUMBERS.get(word, word)) for word in self.words.split())
        match = _RANKED.search(text)
        if match is not None:
            return max(1, min(int(match.group("n") or match.group("m")), LONGEST_LIST))
        if _RUNNER_UP.search(text):
            return 2
        if _ALL_RANKED.search(text):
            return LONGEST_LIST
        return 3 if _MANY.search(text) else None

    def with_pronouns(self, devices: tuple[DeviceRef, ...]) -> "Utterance":
        """This text with "it", "its", "they" … standing for `devices`."""
        line = self.line
        for first, last, _ in list(line.find(PRONOUN))[::-1]:
            line = line.masked(first, last, DEVICE)
        return replace(self, line=line, pronoun=devices)


PRONOUN = re.compile(
    r"(?<!\S)(?:its|it|they|them|their|(?:that|this|the same|the) (?:one|device|appliance|thing)|both"
    r"|the former"
    r"|the latter|those(?: two)?|these two)(?!\S)"
)
SINGULAR = re.compile(r"(?<!\S)(?:it|its|(?:that|this|the same) (?:one|device|appliance))(?!\S)")
"""Pronouns that can only stand for one device."""
_COURTESY = frozenset({"please", "thanks", "kindly", "cheers", "thankyou"})


def parse_utterance(text: str, catalog: Sequence[DeviceRef], moment: Moment) -> Utterance:
    """What `text` says."""
    entities = find_devices(text, catalog)
    kept_words = tuple(word for word in entities.line.words if word.text not in _COURTESY)
    kept_words = (kept_words or entities.line.words)[:MAX_WORDS]
    words = tuple(word if word.text == DEVICE else corrected(word) for word in kept_words)
    slips = sum(new is not old for new, old in zip(words, kept_words, strict=True))
    times = find_times(Line(words), moment)
    line, unknown_devices = times.line, list(entities.unknown_devices)
    for first, last in find_unknown_devices(line, cautious=bool(entities.namings))[::-1]:
        unknown_devices.insert(0, " ".join(word.text for word in line.words[first:last]))
        line = line.masked(first, last, DEVICE)
    certainty = _SLIP**slips
    certainty *= math.prod(part.certainty for part in entities.namings)
    certainty *= math.prod(part.certainty for part in times.found)
    return Utterance(
        text,
        line,
        entities.namings,
        times.found,
        tuple(unknown_devices),
        certainty,
        _part_of_english(times.line),
        strange_time=times.unresolved,
    )


def _part_of_english(line: Line) -> float:
    words = [word.text for word in line.words if not word.text.isdecimal()]
    if not words:
        return 1.0
    return sum(word in ENGLISH or word.startswith("<") for word in words) / len(words)
