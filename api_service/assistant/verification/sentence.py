"""One sentence of an answer: its segments, and whom a number, a time or a state in it belongs to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from api_service.assistant.rendering import lexicon
from api_service.assistant.verification.tokenizer import Token, TokenType

SITE = -1
"""Stands where a cluster stands, for all devices together."""
UNRESOLVED = -2
"""Where the words leave open which device is meant."""


@dataclass(frozen=True)
class Sentence:
    """The tokens of one sentence; `subject` is the cluster that "it" would mean after the last one."""

    tokens: Sequence[Token]
    subject: int | None = None

    @cached_property
    def segments(self) -> list[range]:
        """Stretches between commas, brackets and joining words, and before "of" between two numbers."""
        starts = [0]
        for i, token in enumerate(self.tokens):
            if token.kind is TokenType.BREAK:
                starts.append(i + 1)
            elif self.is_part_of(i):
                starts.append(i)
        return [range(start, end) for start, end in pairwise([*starts, len(self.tokens)])]

    @cached_property
    def words(self) -> frozenset[str]:
        """Its plain words, in folded case."""
        return frozenset(
            t.text.casefold() for t in self.tokens if t.kind in (TokenType.WORD, TokenType.BREAK)
        )

    @cached_property
    def devices(self) -> list[tuple[int, int]]:
        """Place and cluster of every name; `UNRESOLVED` for a name that fits several devices."""
        return [
            (i, self._cluster(token)) for i, token in enumerate(self.tokens) if token.kind is TokenType.DEVICE
        ]

    @property
    def named(self) -> list[int]:
        """The clusters that are named, each once, in order."""
        return list(dict.fromkeys(cluster for _, cluster in self.devices))

    def segment(self, i: int) -> range:
        """The segment of token `i`."""
        return next(segment for segment in self.segments if i in segment)

    def word(self, i: int) -> str:
        """Token `i` in folded case, "" past the ends."""
        return self.tokens[i].text.casefold() if 0 <= i < len(self.tokens) else ""

    def is_part_of(self, i: int) -> bool:
        """Whether token `i` is the "of" in "3 kWh of 9 kWh"."""
        return self.word(i) == "of" and self._is_number(i - 1) and self._is_number(i + 1)

    def owner(self, i: int) -> int:
        """The cluster, `SITE` or `UNRESOLVED` that the number, time or state at `i` is said of.

        In its own segment the last name before it, else the first after it; the second part of "3 kWh of
        9 kWh" is the site's; the two of "3 kWh against 2 kWh" belong to the two names before; else the last
        name before it in the sentence, else the only one after it, else the subject of the sentence before.
        """
        segment = self.segment(i)
        before = self._owners(range(segment.start, i))
        if before:
            return before[-1]
        after = self._owners(range(i + 1, segment.stop))
        if after:
            return after[0]
        if self.is_part_of(i - 1):
            return SITE
        pair = self._pair(i)
        return self._nearest(i) if pair is None else pair

    def is_difference(self, i: int) -> bool:
        """Whether the number at `i` is the difference of two values."""
        words = {self.word(j) for j in self.segment(i)}
        return "difference" in words or self.word(i + 1) in lexicon.MORE | lexicon.LESS

    def statistic_words(self, i: int) -> set[str]:
        """Of the number's segment; where it has none, of the nearest one before, else of the first after."""
        own = next(n for n, segment in enumerate(self.segments) if i in segment)
        for n in (*range(own, -1, -1), *range(own + 1, len(self.segments))):
            words = {self.word(j) for j in self.segments[n] if self.tokens[j].kind is TokenType.WORD}
            if statistic_words := words & (lexicon.STATISTIC_WORDS.keys() | lexicon.EXTREME_WORDS):
                return statistic_words
        return set()

    def _cluster(self, token: Token) -> int:
        return token.clusters[0] if len(token.clusters) == 1 else UNRESOLVED

    def _is_number(self, i: int) -> bool:
        return 0 <= i < len(self.tokens) and self.tokens[i].kind is TokenType.NUMBER

    def _owners(self, places: range) -> list[int]:
        found = []
        for i in places:
            token = self.tokens[i]
            if token.kind in (TokenType.SITE, TokenType.DEVICE):
                found.append(SITE if token.kind is TokenType.SITE else self._cluster(token))
        return found

    def _pair(self, i: int) -> int | None:
        """ "X … more than Y: 3 kWh against 2 kWh": the first number is X's, the second Y's."""
        before = list(dict.fromkeys(cluster for place, cluster in self.devices if place < i))
        if len(before) < 2:
            return None
        if self.word(i + 1) in lexicon.AGAINST and self._is_number(i + 2):
            return before[-2]
        return before[-1] if self.word(i - 1) in lexicon.AGAINST and self._is_number(i - 2) else None

    def _nearest(self, i: int) -> int:
        if before := self._owners(range(i)):
            return before[-1]
        after = list(dict.fromkeys(cluster for place, cluster in self.devices if place > i))
        if after:
            return after[0] if len(after) == 1 else UNRESOLVED
        return SITE if self.subject is None else self.subject


def sentences(tokens: Sequence[Token]) -> Iterator[Sentence]:
    """The tokens cut at full stops."""
    current: list[Token] = []
    subject: int | None = None
    for token in [*tokens, Token(TokenType.END, ".")]:
        if token.kind is not TokenType.END:
            current.append(token)
        elif current:
            sentence = Sentence(tuple(current), subject)
            yield sentence
            subject = sentence.named[0] if len(sentence.named) == 1 else None
            current = []
