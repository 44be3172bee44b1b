"""One sentence of a text: its segments, its main clause, and whom a number or a time belongs to; pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from api_service.assistant.verification.claims.text.lexer import Token
from api_service.assistant.verification.claims.text.lexicon import AGAINST, LESS, MORE, ROUGHLY, TOTALS
from api_service.assistant.verification.claims.text.phrases import Kind

Test = Callable[[Token], bool]


@dataclass(frozen=True)
class Sentence:
    """The tokens of one sentence; `subject` is the only subject of the one before, which "it" would mean."""

    tokens: Sequence[Token]
    subject: Token | None = None

    @cached_property
    def segments(self) -> list[range]:
        """Stretches between commas, brackets and joining words, and before "of" between two numbers."""
        starts = [0]
        for place, token in enumerate(self.tokens):
            if token.kind is Kind.BREAK:
                starts.append(place + 1)
            elif self.is_part_of(place):
                starts.append(place)
        return [range(start, end) for start, end in pairwise([*starts, len(self.tokens)])]

    @cached_property
    def main_clause(self) -> range:
        """Up to the first colon or semicolon."""
        ends = (place for place, token in enumerate(self.tokens) if token.text in (":", ";"))
        return range(next(ends, len(self.tokens)))

    @cached_property
    def words(self) -> frozenset[str]:
        """Its plain words, in folded case."""
        return frozenset(t.word for t in self.tokens if t.kind in (Kind.WORD, Kind.BREAK))

    def segment(self, place: int) -> range:
        """The segment of a token."""
        return next(segment for segment in self.segments if place in segment)

    def segment_words(self, place: int) -> frozenset[str]:
        """The words of a token's segment."""
        return frozenset(self.tokens[i].word for i in self.segment(place))

    def word(self, place: int) -> str:
        """A token in folded case, "" past the ends."""
        return self.tokens[place].word if 0 <= place < len(self.tokens) else ""

    def kind(self, place: int) -> Kind:
        """A token's kind; `END` past the ends."""
        return self.tokens[place].kind if 0 <= place < len(self.tokens) else Kind.END

    def is_part_of(self, place: int) -> bool:
        """Whether a token is the "of" in "3 kWh of 9 kWh"."""
        return self.word(place) == "of" and Kind.NUMBER is self.kind(place - 1) is self.kind(place + 1)

    def is_difference(self, place: int) -> bool:
        """Whether the number at `place` is the difference of two values."""
        return (
            "difference" in self.segment_words(place)
            or self.word(place + 1) in MORE | LESS
            or self.word(place - 1) == "by"
        )

    def is_total(self, place: int) -> bool:
        """Whether the number at `place` is said to be a total: "9 kWh in total", "of 9 kWh"."""
        return self.is_part_of(place - 1) or bool(self.segment_words(place) & TOTALS)

    def places(self, test: Test, within: Sequence[int] | None = None) -> list[int]:
        """Where tokens fulfil a test."""
        chosen = range(len(self.tokens)) if within is None else within
        return [place for place in chosen if test(self.tokens[place])]

    def owner(self, place: int, test: Test, *, paired: bool = False) -> Token | None:
        """The token fulfilling `test` that the number, time or state at `place` is said of.

        In its own segment the last one before it, else the first after it. `paired`: the two numbers of
        "3 kWh against 2 kWh" belong to the last two different ones before. Else the last one before it in
        the sentence, else the only one after it.
        """
        segment = self.segment(place)
        before = self.places(test, range(segment.start, place))
        after = self.places(test, range(place + 1, segment.stop))
        pair = self._pair(place, test) if paired else None
        if pair is not None and not before:
            return pair
        if before or after:
            return self.tokens[before[-1] if before else after[0]]
        earlier = self.places(test, range(place))
        if earlier:
            return self.tokens[earlier[-1]]
        later = self.places(test, range(place + 1, len(self.tokens)))
        found = {self.tokens[i].word for i in later}
        return self.tokens[later[0]] if len(found) == 1 else None

    def _pair(self, place: int, test: Test) -> Token | None:
        names = [self.tokens[i] for i in self.places(test, range(place))]
        distinct: list[Token] = []
        for token in names:
            distinct = [*(t for t in distinct if t.word != token.word), token]
        if len(distinct) < 2:
            return None
        if self.is_first_of_two(place):
            return distinct[-2]
        return distinct[-1] if self.is_second_of_two(place) else None

    def is_first_of_two(self, place: int) -> bool:
        """Whether a number is the first of "3 kWh against about 2 kWh"."""
        after = place + 2 + (self.word(place + 2) in ROUGHLY)
        return self.word(place + 1) in AGAINST and self.kind(after) is Kind.NUMBER

    def is_second_of_two(self, place: int) -> bool:
        """Whether a number is the second of "3 kWh against about 2 kWh"."""
        before = place - 1 - (self.word(place - 1) in ROUGHLY)
        return self.word(before) in AGAINST and self.kind(before - 1) is Kind.NUMBER


def is_subject(token: Token) -> bool:
    """Whether it names a device, a group or the site."""
    return token.kind is Kind.SUBJECT


def is_time(token: Token) -> bool:
    """Whether it names a time, a period or what is usual."""
    return token.kind is Kind.TIME


def sentences(tokens: Sequence[Token]) -> Iterator[Sentence]:
    """The tokens cut at full stops."""
    current: list[Token] = []
    subject: Token | None = None
    for token in [*tokens, Token(Kind.END, ".")]:
        if token.kind is not Kind.END:
            current.append(token)
        elif current:
            sentence = Sentence(tuple(current), subject)
            yield sentence
            named = [sentence.tokens[place] for place in sentence.places(is_subject)]
            if named:
                subject = named[0] if len({token.word for token in named}) == 1 else None
            current = []
