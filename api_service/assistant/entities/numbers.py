"""Numbers with their units, ordinals and multiples: "2 kW", "a thousand watts", "half", "third", "twice"."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from api_service.assistant.entities.entity import Entity, NumberValue
from api_service.assistant.query.query import SlotKind
from api_service.assistant.text.tokens import Token
from api_service.metering.measures import MEASURES

_LONGEST_UNIT = 3
_ONE_LETTER_UNITS = frozenset({"a", "s", "d", "p"})
_COMPARING = frozenset(
    "than over under above below exceed exceeds exceeded exceeding least most about".split()  # noqa: SIM905
)
_SUPERLATIVES = frozenset({"most", "least", "best", "worst", "place", "biggest", "placed"})
_ENDS = frozenset({"?", ".", "!", ",", "one", "place", "please"})
_BEFORE_RANK = frozenset({"", "the", "and", "n", ",", "about", "no", "in"})
"""Around an ordinal that asks for a place in the ranking before: "and the third?"."""
_SPANS = frozenset("minute minutes hour hours day days week month year".split())  # noqa: SIM905
_ANY_ONE = frozenset({"in", "any", "the", "each", "every", "within", "a", "single"})
_TOGETHER = frozenset({"?", ".", ",", "!", "of", "phases", "together", "combined", "used", "is", "are"})
_SELECTING = frozenset({"with", "when", "where", "that", "of"})
_OF = frozenset("of the as that what my our your its their his her this those these".split())  # noqa: SIM905


@cache
def _vocabulary() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((files(__package__) / "numbers.toml").read_text(encoding="utf-8"))


@cache
def units() -> Mapping[str, tuple[str, float]]:
    """Every spelling of a unit with the base unit and how many of those it is."""
    found: dict[str, tuple[str, float]] = {}
    for measure in MEASURES.values():
        for scale in measure.scales:
            for spelling in scale.spellings:
                if measure.unit:
                    found.setdefault(spelling.replace("-", " "), (measure.unit, scale.factor))
    return found | {word: (unit, float(factor)) for word, (unit, factor) in _vocabulary()["units"].items()}


@cache
def number_words() -> Mapping[str, int]:
    """ "two" to "twelve" and so on, with their numbers."""
    return {word: int(number) for word, number in _vocabulary()["words"].items()}


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number at tokens `[first, last)` before its unit is known."""

    first: int
    last: int
    number: float
    is_word: bool = False


def find_numbers(text: str, tokens: Sequence[Token], free: Sequence[bool]) -> list[Entity]:
    """The numbers among the tokens that are `free`, which no name or time has taken."""
    return NumberFinder(text, tokens, free).find()


class NumberFinder:
    """Reads the numbers of one question."""

    def __init__(self, text: str, tokens: Sequence[Token], free: Sequence[bool]) -> None:
        self._text = text
        self._tokens = tokens
        self._words = [token.text if is_free else "" for token, is_free in zip(tokens, free, strict=True)]

    def find(self) -> list[Entity]:
        """All of them, in order."""
        found: list[Entity] = []
        at = 0
        while at < len(self._words):
            entity, after = self._at(at)
            if entity is not None:
                found.append(entity)
            at = max(after, at + 1)
        return self._with_shared_units(found)

    def _word(self, at: int) -> str:
        return self._words[at] if 0 <= at < len(self._words) else ""

    def _at(self, at: int) -> tuple[Entity | None, int]:
        if not self._word(at) or self._belongs_to_a_name(at):
            return None, at
        special = self._factor(at) or self._ordinal(at)
        if special is not None:
            return special
        amount = self._amount(at)
        return (None, at) if amount is None else self._measured(at, amount)

    def _measured(self, at: int, amount: _Amount) -> tuple[Entity | None, int]:
        """The number with its unit; none where it counts nothing."""
        if self._word(amount.last) == "times" and self._word(amount.last + 1) in _OF | {"as", "more"}:
            return self._entity(
                at, amount.last + 1, NumberValue(amount.number, is_factor=True)
            ), amount.last + 1
        if self._is_article(amount):
            return None, amount.last
        unit, last, first = self._unit(amount)
        if unit is None and not self._counts(amount):
            return None, amount.last
        number, name = (amount.number * unit[1], unit[0]) if unit else (amount.number, "")
        return self._entity(first, last, NumberValue(number, name)), last

    def _entity(self, first: int, last: int, value: NumberValue) -> Entity:
        start, end = self._tokens[first].start, self._tokens[last - 1].end
        return Entity(SlotKind.NUMBER, start, end, self._text[start:end], value)

    def _belongs_to_a_name(self, at: int) -> bool:
        """ "phase 1", "95th percentile", "p95", "L1"."""
        if "percentile" in self._words[at : at + 4]:
            return True
        if not self._words[at][0].isdecimal() or not at:
            return False
        is_glued = self._tokens[at].glued and self._tokens[at - 1].is_word
        return is_glued or self._word(at - 1) in _vocabulary()["names"]["words"]

    def _factor(self, at: int) -> tuple[Entity, int] | None:
        """ "twice", "half of", "a third of", "two thirds of"."""
        factor = _vocabulary()["factors"].get(self._word(at))
        if factor is not None:
            return self._entity(at, at + 1, NumberValue(float(factor), is_factor=True)), at + 1
        count, place = 1.0, at
        if self._word(at) in ("a", "one") or self._word(at) in _vocabulary()["words"]:
            count, place = float(_vocabulary()["words"].get(self._word(at), 1)), at + 1
        fraction = _vocabulary()["fractions"].get(self._word(place))
        is_whole = self._word(place + 1) in _OF and (place > at or self._word(place) == "half")
        if fraction is None or not is_whole:
            return None
        value = NumberValue(count * float(fraction), is_factor=True)
        return self._entity(at, place + 1, value), place + 1

    def _ordinal(self, at: int) -> tuple[Entity, int] | None:
        """ "third highest", "came 2nd"; other ordinals are words ("the second TV")."""
        word, after = self._word(at), self._word(at + 1)
        if after == "-" and self._is_hyphen(at + 1):  # "second-highest"
            after = self._word(at + 2)
        place = _vocabulary()["ordinals"].get(word)
        if place is None and word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th"):
            place = int(word[:-2])
        is_rank = after in _SUPERLATIVES or after.endswith("est") or self._word(at - 1) in ("came", "ranked")
        is_rank = is_rank or (self._ends_with(at + 1, _ENDS) and self._word(at - 1) in _BEFORE_RANK)
        if place is None or not is_rank:
            return None
        return self._entity(at, at + 1, NumberValue(float(place), is_ordinal=True)), at + 1

    def _amount(self, at: int) -> _Amount | None:
        """Digits or words of a number, before its unit."""
        word = self._word(at)
        if word in ("minus", "-", "–") and self._word(at + 1)[:1].isdecimal() and not self._is_hyphen(at):
            rest = self._amount(at + 1)
            return None if rest is None else _Amount(at, rest.last, -rest.number)
        if word[0].isdecimal():
            number = _digits(word)
            return None if number is None else self._scaled(_Amount(at, at + 1, number))
        if word == "half" and self._word(at + 1) in ("a", "an"):
            return _Amount(at, at + 2, 0.5, is_word=True)
        if word in ("a", "an"):
            is_counted = self._word(at + 1) in _vocabulary()["scales"]
            return self._scaled(_Amount(at, at + 1, 1, is_word=True)) if is_counted else self._article(at)
        if word in _vocabulary()["words"] or word in ("hundred", "thousand"):
            return self._spelled(at)
        return None

    def _is_hyphen(self, at: int) -> bool:
        """Whether a dash joins two words: "210-240"."""
        return self._tokens[at].glued

    def _article(self, at: int) -> _Amount | None:
        """ "more than a kilowatt", "over an hour"; not "kWh a day"."""
        return _Amount(at, at + 1, 1, is_word=True) if self._word(at - 1) in _COMPARING else None

    def _spelled(self, at: int) -> _Amount:
        """ "two hundred and thirty", "twenty five", "one and a half"."""
        total = 0.0
        current = 0.0
        place = at
        while True:
            word = self._word(place)
            if word in _vocabulary()["words"]:
                current += float(_vocabulary()["words"][word])
            elif word in _vocabulary()["scales"] and word != "k":
                current = (current or 1) * float(_vocabulary()["scales"][word])
                if current >= 1000:
                    total, current = total + current, 0.0
            elif not self._joins(place):
                break
            place += 1
        return self._halved(_Amount(at, place, total + current, is_word=True))

    def _joins(self, place: int) -> bool:
        """The "and" of "hundred and thirty", the dash of "twenty-five"."""
        after, before = self._word(place + 1), self._word(place - 1)
        if self._word(place) == "-":
            return after in _vocabulary()["words"]
        return (
            self._word(place) == "and"
            and before in ("hundred", "thousand")
            and after in _vocabulary()["words"]
        )

    def _scaled(self, amount: _Amount) -> _Amount:
        scale = _vocabulary()["scales"].get(self._word(amount.last))
        if scale is None or (self._word(amount.last) == "k" and not self._tokens[amount.last].glued):
            return self._halved(amount)
        return _Amount(amount.first, amount.last + 1, amount.number * float(scale), amount.is_word)

    def _halved(self, amount: _Amount) -> _Amount:
        if self._words[amount.last : amount.last + 3] == ["and", "a", "half"]:
            return _Amount(amount.first, amount.last + 3, amount.number + 0.5, amount.is_word)
        return amount

    def _unit(self, amount: _Amount) -> tuple[tuple[str, float] | None, int, int]:
        """Base unit and factor, with the ends of number and unit together."""
        before = self._word(amount.first - 1)
        if before in ("€", "$", "£"):
            return ("¤", 1.0), amount.last, amount.first - 1
        for length in range(_LONGEST_UNIT, 0, -1):
            words = self._words[amount.last : amount.last + length]
            known = units().get(" ".join(word for word in words if word != "-"))
            if known is not None and known[0] == "s" and self._word(amount.last + length) in _SELECTING:
                break  # "the 10 days with the most" are counted
            if known is not None and len(words) == length and self._is_unit(amount, words):
                return known, amount.last + length, amount.first
        return None, amount.last, amount.first

    def _is_unit(self, amount: _Amount, words: Sequence[str]) -> bool:
        """The "a" of "16 A" and not of "3 a day"."""
        if words[0] not in _ONE_LETTER_UNITS or len(words) > 1:
            return True
        token = self._tokens[amount.last]
        return token.glued or self._text[token.start : token.end] == "A"

    def _ends_with(self, at: int, words: frozenset[str]) -> bool:
        """Whether the question ends before `at`, or goes on with one of `words` and no name or time."""
        return at >= len(self._words) or self._words[at] in words

    def _is_article(self, amount: _Amount) -> bool:
        """Words of number that count nothing: "in any one hour", "of the two", "all three phases"."""
        before, word, after = (self._word(at) for at in (amount.first - 1, amount.first, amount.last))
        is_together = self._ends_with(amount.last, _TOGETHER)
        if not amount.is_word or amount.last - amount.first > 1:
            return False
        if word == "one":
            return before in _ANY_ONE and after in _SPANS
        return before in ("the", "all", "these", "those", "both") and is_together

    def _counts(self, amount: _Amount) -> bool:
        """Whether a number without a unit is one: articles are not, "one" only where something is counted."""
        word = self._word(amount.first)
        if not amount.is_word or amount.last - amount.first > 1:
            return word != "half"
        return word not in ("a", "an", "one") or self._word(amount.first - 1) in (
            _COMPARING | {"top", "bottom"}
        )

    def _with_shared_units(self, found: list[Entity]) -> list[Entity]:
        """ "between 210 and 240 V": the first number has the unit of the second."""
        for index in range(len(found) - 1):
            one, other = found[index], found[index + 1]
            between = self._text[one.end : other.start].strip().lower()
            shared = _shared(one.value, other.value) if between in ("and", "to", "-", "–", "or") else None
            if shared is not None:
                found[index] = Entity(one.kind, one.start, one.end, one.text, shared, one.certainty)
        return found


def _shared(one: object, other: object) -> NumberValue | None:
    if not isinstance(one, NumberValue) or not isinstance(other, NumberValue):
        return None
    if one.unit or not other.unit or one.is_ordinal or one.is_factor:
        return None
    return NumberValue(one.number, other.unit)


def _digits(word: str) -> float | None:
    """ "1,000.5" and "2,5" as people of different countries write them."""
    if word.count(",") == 1 and "." not in word and len(word.partition(",")[2]) != 3:
        word = word.replace(",", ".")
    try:
        return float(word.replace(",", ""))
    except ValueError:
        return None
