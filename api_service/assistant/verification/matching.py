"""Which fact a written number is: value, unit, owner, and the words that say how it came about."""

from dataclasses import dataclass

from api_service.assistant.rendering import lexicon
from api_service.assistant.types import AnswerFacts, Fact, Intent, Quantity, Relation
from api_service.assistant.verification.sentence import SITE, Sentence
from api_service.assistant.verification.tokenizer import Token, TokenType
from api_service.metering.measure import Statistic

_DERIVED = frozenset({Relation.DIFFERENCE, Relation.RATIO, Relation.SHARE, Relation.COUNT})
# Counts, states and ratios go with any noun.
_OF_ANY_NOUN = frozenset({Relation.COUNT, Quantity.STATE, Relation.RATIO})
_TOLERANCE_SLACK = 1e-6


@dataclass(frozen=True)
class Matcher:
    """Finds the facts of a sheet in one sentence."""

    sentence: Sentence
    sheet: AnswerFacts

    def fact_for(self, i: int, token: Token, cluster: int) -> int | None:
        """The index of the fact that the number at `i` says of a cluster (or `SITE`), required ones first."""
        required, is_difference = set(self.sheet.required), self.sentence.is_difference(i)
        order = sorted(range(len(self.sheet.facts)), key=lambda index: index not in required)
        for index in order:
            fact = self.sheet.facts[index]
            if (fact.statistic is Relation.DIFFERENCE) != is_difference:
                continue
            owner = fact.device.cluster if fact.device else SITE
            if owner == cluster and _agrees(token, fact) and self._statistic_fits(i, fact):
                return index
        return None

    def _statistic_fits(self, i: int, fact: Fact) -> bool:
        if not self._noun_fits(fact):
            return False
        if fact.statistic in _DERIVED or fact.quantity is Quantity.STATE:
            return True
        words = self.sentence.statistic_words(i)
        claimed = {lexicon.STATISTIC_WORDS[word] for word in words if word in lexicon.STATISTIC_WORDS}
        if fact.quantity is Quantity.POWER_FACTOR:
            return claimed <= {Statistic.MEAN}
        if fact.statistic is Statistic.SUM:
            return claimed <= ({Statistic.LATEST} if fact.quantity is Quantity.POWER else set())
        if claimed and claimed != {fact.statistic}:
            return False
        return self._stated_statistic(fact, words, bool(claimed))

    def _stated_statistic(self, fact: Fact, words: set[str], is_claimed: bool) -> bool:
        """A mean, a maximum and a minimum must be called that; a latest value needs no word."""
        if fact.statistic is Statistic.MAX:
            return is_claimed or ("highest" in words and "lowest" not in words)
        if fact.statistic is Statistic.MIN:
            return is_claimed or ("lowest" in words and "highest" not in words)
        if fact.statistic is Statistic.MEAN:
            return is_claimed or self.sheet.question.intent in (Intent.ACTIVE, Intent.STATE)
        return is_claimed or not (words & lexicon.EXTREME_WORDS) or fact.rank is not None

    def _noun_fits(self, fact: Fact) -> bool:
        """Percentages and bare numbers mean nothing without their noun."""
        if not self._noun_allows(fact):
            return False
        has_total = any(token.kind is TokenType.OF_TOTAL for token in self.sentence.tokens)
        if fact.quantity is Relation.SHARE:
            return has_total or "share" in self.sentence.words
        if fact.quantity is Quantity.THD:
            return bool(self.sentence.words & {"thd", "distortion"})
        if fact.quantity is Quantity.POWER_FACTOR:
            return {"power", "factor"} <= self.sentence.words
        return True

    def _noun_allows(self, fact: Fact) -> bool:
        """Where a sentence names quantities, its values are of these: no watts are said to be a THD."""
        words = self.sentence.words
        nouns = (words - {"power"}) if words & lexicon.KINDS_OF_POWER else words
        named = {quantity for word in nouns for quantity in lexicon.QUANTITY_NOUNS.get(word, ())}
        return not named or fact.quantity in named | _OF_ANY_NOUN


def _agrees(token: Token, fact: Fact) -> bool:
    """Whether the written number is the fact's value, rounded as it was written."""
    if isinstance(fact.value, str) or token.unit != _written_unit(fact):
        return False
    slack = _TOLERANCE_SLACK * max(1.0, abs(fact.value))
    return abs(token.value - fact.value) <= token.tolerance + slack


def _written_unit(fact: Fact) -> str:
    if fact.quantity is Relation.COUNT:
        return "device"
    return "times" if fact.statistic is Relation.RATIO else fact.unit
