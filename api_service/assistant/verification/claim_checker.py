"""What one sentence of an answer claims, and which fact bears each claim out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from api_service.assistant.rendering import lexicon
from api_service.assistant.rendering.answer_plan import time_of
from api_service.assistant.rendering.answer_types import spans
from api_service.assistant.rendering.formatting import format_fact_value, format_state
from api_service.assistant.types import AnswerFacts, Fact, Intent, Order, Quantity, Relation
from api_service.assistant.verification.matching import Matcher
from api_service.assistant.verification.sentence import SITE, Sentence
from api_service.assistant.verification.tokenizer import Token, TokenType
from api_service.metering.measure import Statistic


@dataclass
class ClaimReport:
    """What was found so far in an answer."""

    problems: list[str] = field(default_factory=list)
    facts: set[int] = field(default_factory=set)
    timed: set[int] = field(default_factory=set)
    clusters: list[int] = field(default_factory=list)
    once: Counter[str] = field(default_factory=Counter)

    def claim(self, holds: bool, problem: str) -> None:
        """Report `problem` where a claim does not hold."""
        if not holds:
            self.problems.append(problem)


@dataclass
class ClaimChecker:
    """Checks one sentence against the sheet, into the findings."""

    sentence: Sentence
    sheet: AnswerFacts
    findings: ClaimReport

    def __post_init__(self) -> None:
        self.tokens = self.sentence.tokens
        self.words = self.sentence.words
        self.devices = self.sentence.devices
        self.matcher = Matcher(self.sentence, self.sheet)
        self.said: dict[int, int] = {}  # token index of a number or state -> fact
        self.borne: set[int] = set()  # clusters with a claim that holds

    def check(self) -> None:
        """Check every claim, into the findings."""
        for i, token in enumerate(self.tokens):
            if token.kind is TokenType.UNKNOWN:
                self.findings.claim(False, f"cannot check \u201c{token.text}\u201d")
            elif token.kind is TokenType.NUMBER:
                self._number(i, token)
            elif token.kind is TokenType.STATE:
                self._state(i, token)
        for i, token in enumerate(self.tokens):
            if token.kind is TokenType.TIME:
                self._time(i, token)
        self._windows()
        self._superlatives()
        self._comparisons()
        self._active()
        self._names()

    # numbers

    def _number(self, i: int, token: Token) -> None:
        if self._is_rest_of_list(token) or self._is_length_of_list(i, token):
            self.findings.claim(True, "")
            return
        clusters = self._owners(i, token)
        found = [self.matcher.fact_for(i, token, cluster) for cluster in clusters]
        self.findings.claim(
            bool(found) and None not in found, f"no fact says {token.text} of {self._called(clusters)}"
        )
        for cluster, index in zip(clusters, found, strict=True):
            if index is not None:
                self._bear(i, index, cluster)

    def _bear(self, i: int, index: int, cluster: int) -> None:
        if index in self.said.values():
            self.findings.claim(False, f"{self.tokens[i].text} is said twice")
        self.said[i] = index
        self.findings.facts.add(index)
        self.borne.add(cluster)
        fact = self.sheet.facts[index]
        if fact.statistic in (Relation.DIFFERENCE, Relation.RATIO):
            self.borne.update(c for _, c in self.devices)

    def _is_rest_of_list(self, token: Token) -> bool:
        """ "and 88 more" after a list that stops early."""
        named = [f for f in (self.sheet.facts[i] for i in self.sheet.required) if f.device is not None]
        listed = len({cluster for _, cluster in self.devices})
        return token.unit == "more" and token.value == len(named) - listed and listed > 1

    def _is_length_of_list(self, i: int, token: Token) -> bool:
        """ "the top 3 devices" before a list of three."""
        following = {cluster for place, cluster in self.devices if place > i}
        is_ranked = any(self.sheet.facts[index].rank for index in self.sheet.required)
        bare = token.unit in ("", "device") and token.text[:1].isdigit()
        return (
            is_ranked
            and bare
            and token.value == len(following)
            and bool(self.words & (lexicon.HIGH | lexicon.LOW))
        )

    def _owners(self, i: int, token: Token) -> list[int]:
        """The clusters (or SITE) that a number is said of."""
        if token.unit == "device":
            return [SITE]
        if self.words & lexicon.SAME:
            return self.sentence.named
        if token.unit == "times" or self.sentence.is_difference(i):
            return [self._larger()]
        return [self.sentence.owner(i)]

    def _larger(self) -> int:
        owners = (
            f.device.cluster for f in self.sheet.facts if f.statistic is Relation.DIFFERENCE and f.device
        )
        return next(owners, SITE)

    # times, windows, states

    def _time(self, i: int, token: Token) -> None:
        owner = self.sentence.owner(i)
        wanted = token.text.casefold().removeprefix("at ")
        matching = [
            index
            for index in set(self.said.values())
            if self._owned_by(self.sheet.facts[index], owner)
            and self.sheet.facts[index].at is not None
            and time_of(self.sheet.facts[index], self.sheet).casefold().removeprefix("at ") == wanted
        ]
        self.findings.claim(bool(matching), f"no fact has the time {token.text}")
        if self.findings.timed & set(matching):
            self.findings.claim(False, f"{token.text} is said twice")
        self.findings.timed.update(matching)

    def _owned_by(self, fact: Fact, owner: int) -> bool:
        return (fact.device.cluster if fact.device else SITE) == owner

    def _windows(self) -> None:
        for token in self.tokens:
            if token.kind in (TokenType.WINDOW, TokenType.NOTE):
                self.findings.once[token.kind.name] += 1
        if not any(token.kind is TokenType.WINDOW for token in self.tokens):
            return
        facts = [self.sheet.facts[index] for index in self.said.values()]
        facts = [fact for fact in facts if fact.quantity is not Relation.COUNT]
        if not all(spans(fact, self.sheet) for fact in facts):
            self.findings.claim(False, "a value of now is said of a span")

    def _state(self, i: int, token: Token) -> None:
        owner = self.sentence.owner(i)
        for index, fact in enumerate(self.sheet.facts):
            is_state = fact.quantity is Quantity.STATE and isinstance(fact.value, str)
            if is_state and self._owned_by(fact, owner) and _same_state(fact, token):
                self.findings.claim(True, "")
                self._bear(i, index, owner)
                return
        self.findings.claim(False, f"no fact says the state {token.text} of {self._called([owner])}")

    # rankings and comparisons

    def _superlatives(self) -> None:
        high, low = self.words & lexicon.HIGH, self.words & lexicon.LOW
        if not high and not low:
            return
        facts = [self.sheet.facts[self.said[i]] for i in sorted(self.said)]
        ranked = [fact for fact in facts if fact.rank is not None and fact.device is not None]
        if high and low:
            self.findings.claim(False, "both ends of a ranking in one sentence")
        elif ranked:
            self._ranked(ranked, is_low=bool(low))
        else:
            end = Statistic.MIN if low else Statistic.MAX
            self.findings.claim(any(fact.statistic is end for fact in facts), "nothing ranked bears this out")

    def _ranked(self, ranked: Sequence[Fact], *, is_low: bool) -> None:
        question = self.sheet.question
        asked_low = question.intent in RANKED_INTENTS and question.order is Order.LEAST
        ranks = [fact.rank for fact in ranked]
        self.findings.claim(is_low == asked_low, "the other end of the ranking")
        self.findings.claim(ranks == list(range(1, len(ranks) + 1)), "not in the order of the ranking")
        named = {cluster for _, cluster in self.devices}
        self.findings.claim(
            named == {fact.device.cluster for fact in ranked if fact.device}, "a name without its rank"
        )

    def _comparisons(self) -> None:
        difference = next(
            (i for i, f in enumerate(self.sheet.facts) if f.statistic is Relation.DIFFERENCE), None
        )
        if self.words & lexicon.SAME:
            pair = [self.sheet.facts[index] for index in self.sheet.required[:2]]
            holds = difference is not None and format_fact_value(pair[0]) == format_fact_value(pair[1])
            self.findings.claim(holds, "the two values are not the same")
            if holds and difference is not None:
                self.findings.facts.add(difference)
        for i, token in enumerate(self.tokens):
            word = token.text.casefold()
            if token.kind is TokenType.WORD and word in lexicon.MORE | lexicon.LESS:
                self._compared(i, difference, is_more=word in lexicon.MORE)

    def _compared(self, i: int, difference: int | None, *, is_more: bool) -> None:
        before = [cluster for place, cluster in self.devices if place < i]
        after = [cluster for place, cluster in self.devices if place > i]
        than = next((j for j in range(i, len(self.tokens)) if self.tokens[j].text.casefold() == "than"), None)
        follows = self.tokens[than + 1 : than + 2] if than is not None else []
        if difference is None or not before or any(token.kind is not TokenType.DEVICE for token in follows):
            self.findings.claim(False, "nothing compared bears this out")
            return
        fact = self.sheet.facts[difference]
        larger = fact.device.cluster if fact.device else SITE
        pair = {
            f.device.cluster
            for f in (self.sheet.facts[index] for index in self.sheet.required[:2])
            if f.device
        }
        holds = (before[-1] == larger) == is_more and fact.value != 0
        holds = holds and {before[-1], *after[:1]} <= pair and before[-1] not in after[:1]
        self.findings.claim(holds, "the comparison is the wrong way round")
        if holds:
            self.findings.facts.add(difference)

    def _active(self) -> None:
        if not self.words & lexicon.ACTIVE_WORDS:
            return
        required = [self.sheet.facts[index] for index in self.sheet.required]
        is_active = self.sheet.question.intent in (Intent.ACTIVE, Intent.STATE)
        holds = is_active and required[0].quantity is Relation.COUNT
        self.findings.claim(holds, "nothing says what is active")

    def _names(self) -> None:
        """Every name must carry a claim that holds; in an inventory the name itself is the claim."""
        if len({cluster for _, cluster in self.devices}) < len(self.devices):
            self.findings.claim(False, "a device is named twice in one sentence")
        if "much" in self.words and not any(token.unit == "times" for token in self.tokens):
            self.findings.claim(False, "as much as what?")
        said = {self.sheet.facts[index].statistic for index in self.said.values()}
        if "difference" in self.words and Relation.DIFFERENCE not in said:
            self.findings.claim(False, "a difference without its value")
        for place, cluster in self.devices:
            self.findings.clusters.append(cluster)
            if self.sheet.question.intent is Intent.INVENTORY:
                self._inventoried(cluster)
            elif cluster not in self.borne:
                self.findings.claim(
                    False, f"nothing is said of {self.tokens[place].text} that a fact bears out"
                )

    def _inventoried(self, cluster: int) -> None:
        for index, fact in enumerate(self.sheet.facts):
            if fact.device is not None and fact.device.cluster == cluster:
                self.findings.facts.add(index)
                self.findings.claim(True, "")
                return
        self.findings.claim(False, "a device that is not in the facts")

    def _called(self, clusters: Sequence[int]) -> str:
        names = {d.cluster: d.name for d in self.sheet.known_devices}
        return ", ".join(
            "all devices" if c == SITE else names.get(c, "nobody in particular") for c in clusters
        )


RANKED_INTENTS = frozenset({Intent.RANKING, Intent.THD, Intent.SHARE, Intent.COMPARE})


def _same_state(fact: Fact, token: Token) -> bool:
    return format_state(str(fact.value)).casefold() == format_state(token.text).casefold()
