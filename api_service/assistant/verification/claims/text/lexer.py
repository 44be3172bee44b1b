"""A text as tokens: phrases of the findings, numbers, words of the closed vocabulary, and breaks; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from api_service.assistant.verification.claims.text.lexicon import VOCABULARY
from api_service.assistant.verification.claims.text.material import SubjectKey, TimeKey
from api_service.assistant.verification.claims.text.phrases import Kind, Meaning, Phrases
from api_service.assistant.verification.claims.text.written import (
    COUNTED,
    NUMBER_WORDS,
    ORDINALS,
    Written,
    read_number,
    read_ordinal,
)


@dataclass(frozen=True)
class Token:
    """One stretch of the text. `number` belongs to numbers, `rank` to ordinals, the sets to phrases."""

    kind: Kind
    text: str
    subjects: frozenset[SubjectKey] = frozenset()
    times: frozenset[TimeKey] = frozenset()
    items: frozenset[int] = frozenset()
    number: Written | None = None
    rank: int = 0

    @property
    def word(self) -> str:
        """Its text in folded case."""
        return self.text.casefold()


BREAK_WORDS = frozenset({"and", "but", "while", "against", "versus", "vs"})
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|95th(?!\w)")
_CONTRACTION = re.compile(r"(?P<verb>[a-z]+)n['\u2019]t(?!\w)", re.IGNORECASE)
_NOUNS = {**COUNTED} | {word: word.rstrip("s") for word in ["day", "days", "hour", "hours", "kind", "kinds"]}
_COUNTED = "|".join(sorted(_NOUNS, key=len, reverse=True))
_COUNT = re.compile(
    rf"(?P<word>{'|'.join(NUMBER_WORDS)})(?: of the (?P<of>\d+))? (?P<noun>{_COUNTED})(?!\w)", re.IGNORECASE
)
_ONCE = re.compile(r"(?P<word>once|twice)(?!\w)", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?:this|last|past|next|previous|coming|earlier) (?:\d+ )?(?:second|minute|hour|day|week|month|year|"
    r"night|weekend|morning|afternoon|evening|quarter|spring|summer|autumn|winter)s?(?!\w)",
    re.IGNORECASE,
)
"""A time by itself: where it is not one of the findings, it is another one."""
_POSSESSIVE = re.compile(r"['\u2019]s?(?!\w)")
_ENDS, _BREAKS = ".!?", ",;:()"


@dataclass
class Lexer:
    """Reads texts about one finding."""

    phrases: Phrases
    tokens: list[Token] = field(default_factory=list)

    def read(self, text: str) -> list[Token]:
        """The tokens of `text`, ends of sentences among them."""
        return list(self._tokens(" ".join(text.replace("\u00a0", " ").split())))

    def _tokens(self, text: str) -> Iterator[Token]:
        place, last = 0, Kind.END
        while place < len(text):
            if text[place] == " ":
                place += 1
                continue
            if last is Kind.SUBJECT and (possessive := _POSSESSIVE.match(text, place)):
                place, last = possessive.end(), Kind.WORD
                continue
            found, place = self._next(text, place)
            last = found[-1].kind
            yield from found

    def _next(self, text: str, place: int) -> tuple[list[Token], int]:
        if place == 0 or not (text[place - 1].isalnum() and text[place].isalnum()):
            match = self.phrases.pattern.match(text, place)
            if match:
                return [_phrase(match.group(), self.phrases.meanings[match.group().casefold()])], match.end()
        period = _PERIOD.match(text, place)
        if period:
            return [Token(Kind.UNKNOWN, period.group())], period.end()
        for read in (_ordinal, _number, _count, _contraction, _word):
            token = read(text, place)
            if token is not None:
                return token
        return [Token(_mark(text, place), text[place])], place + 1


def _phrase(text: str, meaning: Meaning) -> Token:
    return Token(meaning.kind, text, meaning.subjects, meaning.times, meaning.items)


def _ordinal(text: str, place: int) -> tuple[list[Token], int] | None:
    found = read_ordinal(text, place)
    if found is None or text[place : found[1]] == "95th":
        return None
    return [Token(Kind.ORDINAL, text[place : found[1]], rank=found[0])], found[1]


def _number(text: str, place: int) -> tuple[list[Token], int] | None:
    if place and text[place - 1].isalnum():
        return None
    plus = int(text[place] == "+")
    found = read_number(text, place + plus)
    if found is None:
        return None
    return [Token(Kind.NUMBER, text[place : found[1]], number=found[0])], found[1]


def _count(text: str, place: int) -> tuple[list[Token], int] | None:
    """ "no devices", "none of the 7 days", "three devices", "twice"."""
    match = _COUNT.match(text, place)
    if match:
        written = Written(float(NUMBER_WORDS[match["word"].lower()]), _NOUNS[match["noun"].lower()], 0.4)
        tokens = [Token(Kind.NUMBER, match.group(), number=written)]
        if match["of"]:
            tokens.append(Token(Kind.WORD, "of"))
            tokens.append(
                Token(Kind.NUMBER, match["of"], number=Written(float(match["of"]), written.unit, 0.4))
            )
        return tokens, match.end()
    match = _ONCE.match(text, place)
    if match is None:
        return None
    written = Written(float(NUMBER_WORDS[match["word"].lower()]), "times", 0.4)
    return [Token(Kind.NUMBER, match.group(), number=written)], match.end()


def _contraction(text: str, place: int) -> tuple[list[Token], int] | None:
    match = _CONTRACTION.match(text, place)
    if match is None:
        return None
    verb = match["verb"].lower()
    kind = Kind.WORD if verb in VOCABULARY else Kind.UNKNOWN
    return [Token(kind, verb), Token(Kind.WORD, "not")], match.end()


def _word(text: str, place: int) -> tuple[list[Token], int] | None:
    match = _WORD.match(text, place)
    if match is None:
        return None
    word = match.group().casefold()
    if word in ORDINALS and word not in ("first", "second"):
        return [Token(Kind.ORDINAL, match.group(), rank=ORDINALS[word])], match.end()
    if word == "second":
        return [Token(Kind.ORDINAL, match.group(), rank=2)], match.end()
    kind = Kind.BREAK if word in BREAK_WORDS else Kind.WORD if word in VOCABULARY else Kind.UNKNOWN
    return [Token(kind, match.group())], match.end()


def _mark(text: str, place: int) -> Kind:
    mark = text[place]
    if mark in _ENDS:
        return Kind.END
    return Kind.BREAK if mark in _BREAKS else Kind.UNKNOWN
