"""The smallest expressions of time: one table of patterns, each with what it says."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from api_service.assistant.time.atoms.lexicon import WordPattern, triggers_of, word_pattern
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.parts import Parts

Readings = tuple[Parts, ...]
"""The ways to read an expression, the likeliest first; empty where it is no time after all."""

INVALID: Readings = (Parts(is_invalid=True),)
"""It speaks of a time that does not exist: 31 February, 25:00."""


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """What a pattern's match is read against."""

    calendar: SiteCalendar
    match: re.Match[str]

    def group(self, name: str) -> str:
        """A named group, "" where it did not match."""
        return self.match.group(name) or "" if name in self.match.re.groupindex else ""

    def words_before(self, count: int = 1) -> str:
        """The words that stand before the match."""
        return " ".join(self.match.string[: self.match.start()].split()[-count:])

    def word_after(self) -> str:
        """The word that follows the match."""
        return next(iter(self.match.string[self.match.end() :].split(maxsplit=1)), "")


Build = Callable[[RuleMatch], Readings]
Rule = tuple[str, Build]


# Words after which a bare "march", "sat" or "the 5th" is a time.
CUES = frozenset(
    """in on during for throughout over last this past next previous since until till from to and between
    before after by than vs versus with of early mid late all - – or through about every each""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Atom:
    """A match: the words `[first, last)` of a line and what they say."""

    first: int
    last: int
    readings: Readings


@cache
def _compiled(rules: tuple[Rule, ...]) -> tuple[tuple[WordPattern, Build], ...]:
    return tuple((word_pattern(text), build) for text, build in rules)


@cache
def _rules_by_trigger(rules: tuple[Rule, ...]) -> Mapping[str, frozenset[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for number, (pattern, _) in enumerate(_compiled(rules)):
        for word in pattern.triggers:
            found[word].add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def find_atoms(words: Sequence[str], calendar: SiteCalendar, rules: tuple[Rule, ...]) -> list[Atom]:
    """The atoms of a line of words; of overlapping ones the longest, then the first rule's."""
    by_trigger, line = _rules_by_trigger(rules), " ".join(words)
    candidates = {rule for word in triggers_of(words) for rule in by_trigger.get(word, ())}
    matches = [
        (match.start() - match.end(), match.start(), rule, match)
        for rule in candidates
        for match in _compiled(rules)[rule][0].regex.finditer(line)
    ]
    matches.sort(key=lambda item: item[:3])
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))
    taken = [False] * len(words)
    atoms = []
    for length, start, rule, match in matches:
        first, last = bisect_left(starts, start), bisect_left(starts, start - length + 1)
        if any(taken[first:last]):
            continue
        readings = _compiled(rules)[rule][1](RuleMatch(calendar, match))
        if readings:
            taken[first:last] = [True] * (last - first)
            atoms.append(Atom(first, last, readings))
    return sorted(atoms, key=lambda atom: atom.first)
