"""Claims of yes and no: the verdict, denials, states on and off, what is unusual, silent or missing."""

from dataclasses import dataclass

from api_service.assistant.query.query import Ask, BoundKind, RelationKind, StateTest
from api_service.assistant.verification.claims.states import States, is_state_word
from api_service.assistant.verification.claims.text import lexicon
from api_service.assistant.verification.claims.text.clauses import Sentence
from api_service.assistant.verification.claims.text.material import Material
from api_service.assistant.verification.claims.text.phrases import Kind
from api_service.assistant.verification.claims.verdict import Report
from api_service.metering.measure import Statistic

_REPORTS = (StateTest.SILENT, StateTest.REPORTING)


@dataclass(frozen=True)
class Polarity:
    """Checks what one sentence affirms or denies."""

    sentence: Sentence
    material: Material
    report: Report
    is_first: bool

    @property
    def negations(self) -> int:
        """How often the main clause denies; the verdict's own "no" is left out."""
        return sum(self._is_negation(place) for place in self.sentence.main_clause)

    @property
    def is_negated(self) -> bool:
        """Whether the main clause denies what it says."""
        return self.negations % 2 == 1

    def check(self) -> None:
        """Check the verdict, then every denial, state and judgement."""
        self._verdict()
        States(self.sentence, self.material, self.report).check()
        self._judged()
        self._unusual()
        self._conditions()
        later = range(self.sentence.main_clause.stop, len(self.sentence.tokens))
        denied = [place for place in later if self._is_negation(place) and not self._is_zero_item(place)]
        self.report.claim(not denied, "a denial beside the statement")
        self.report.claim(self.negations <= 1 + self._base, "denied twice")
        if self._predicates():
            self._predicate()
        elif self.is_negated:
            self.report.claim(self._may_deny(), "nothing bears out the denial")
        is_only = "only" in self.sentence.words
        self.report.claim(not is_only or self._is_failed_every, "\u201conly\u201d without a cause")

    # --- the verdict ----------------------------------------------------------------------------------------

    def _verdict(self) -> None:
        word = self.sentence.word(0) if self._has_verdict_word else ""
        verdict = self.material.result.verdict
        if verdict is None or not self.is_first:
            self.report.claim(not word, "yes or no, where nothing was to be judged")
            return
        self.report.claim(word == (lexicon.YES if verdict else lexicon.NO), "not the verdict")

    @property
    def _has_verdict_word(self) -> bool:
        word = self.sentence.word(0)
        return word == lexicon.YES or (word == lexicon.NO and self.sentence.word(1) in (",", ":", ";", ""))

    def _is_negation(self, place: int) -> bool:
        if place == 0 and self._has_verdict_word:
            return False
        token = self.sentence.tokens[place]
        if token.kind is Kind.NUMBER and token.number is not None:
            return (
                token.word.startswith(("no ", "none "))
                and token.number.value == 0
                and not self._is_zero(token.number.unit)
            )
        return (
            token.kind is Kind.WORD
            and token.word in lexicon.NEGATIONS
            and token.word not in ("neither", "nor")
        )

    def _is_zero(self, unit: str) -> bool:
        """ "no gaps" as a value."""
        if (
            self.material.query.ask in (Ask.HOW_MANY, Ask.WHICH, Ask.WHETHER)
            and self.material.query.per is None
        ):
            return self.material.result.verdict is None and self.material.query.ask is Ask.WHETHER
        return any(
            item.unit == unit and item.is_number and item.cell.number == 0 for item in self.material.items
        )

    def _is_zero_item(self, place: int) -> bool:
        """Whether "no gaps" is a value of a list."""
        number = self.sentence.tokens[place].number
        items = self.material.items
        return number is not None and any(
            i.is_number and i.unit == number.unit and i.cell.number == 0 for i in items
        )

    def _conditions(self) -> None:
        """A condition stands in the words of the findings, as one phrase; another one is not theirs."""
        for segment in self.sentence.segments:
            if self.sentence.word(segment.start - 1) == "while":
                holds = not any(self.sentence.kind(place) is Kind.LIMIT for place in segment)
                self.report.claim(holds, "another condition")

    # --- denials --------------------------------------------------------------------------------------------

    @property
    def _is_failed_every(self) -> bool:
        return self.material.query.every and self.material.result.verdict is False

    @property
    def _base(self) -> int:
        """Denials that are part of what is asked: "not in the state x"."""
        state = self.material.query.where.state
        said = any(
            t.kind is Kind.STATE and not t.items
            for t in (self.sentence.tokens[i] for i in self.sentence.main_clause)
        )
        return int(said and state is not None and state.test is StateTest.NOT)

    def _predicates(self) -> list[int]:
        """Places in the main clause that say what is judged: limits, states, gaps, silence."""
        return [place for place in self.sentence.main_clause if self._is_predicate(place)]

    def _is_predicate(self, place: int) -> bool:
        token = self.sentence.tokens[place]
        if token.kind is Kind.NUMBER and token.word == "no gaps":
            return not self._is_zero("gap")
        if token.kind is Kind.LIMIT or (token.kind is Kind.STATE and not token.items):
            return True
        if token.kind is not Kind.WORD:
            return False
        query = self.material.query
        if token.word in ("on", "off"):
            return query.where.state is not None and is_state_word(self.sentence, place)
        if token.word in ("silent", "sent", "reporting"):
            return query.where.state is not None and query.where.state.test in _REPORTS
        return (
            token.word == "gaps" and query.ask != "value" and self.sentence.kind(place - 1) is not Kind.NUMBER
        )

    def _predicate(self) -> None:
        parity = self.negations % 2
        if self._silences():
            parity ^= self._silences_parity()
        else:
            parity ^= self._base
        expected = int(self._is_denied)
        if (
            self.material.query.usual
            and self.material.query.having is None
            and not self.sentence.words & lexicon.UNUSUAL
        ):
            expected = 0 if self._has_value and self.material.result.rows else expected
        if "only" in self.sentence.words and self._is_failed_every:
            expected = 0
        self.report.claim(parity == expected, "it says the opposite")

    @property
    def _is_denied(self) -> bool:
        """Whether the truth is that the condition is not fulfilled."""
        result = self.material.result
        if result.verdict is not None:
            return not result.verdict
        if result.count is not None and self.material.query.ask == "how_many":
            return result.count == 0
        if not result.rows:
            return True
        return self._is_zero_value

    @property
    def _is_zero_value(self) -> bool:
        """Counts of zero are said as denials: "was never below 210 V", "was not switched on"."""
        rows = self.material.rows
        if self.material.query.having is not None:
            return False
        counted = [
            row for row in rows if row.cell.statistic == Statistic.COUNT or row.cell.measure == "switch_ons"
        ]
        return len(rows) == len(counted) == 1 and counted[0].cell.number == 0

    def _silences(self) -> bool:
        state = self.material.query.where.state
        return state is not None and state.test in _REPORTS

    def _silences_parity(self) -> int:
        """1 where the words say the opposite of the condition: "sent readings" of one who is to be silent."""
        state = self.material.query.where.state
        says_silent = "silent" in self.sentence.words
        is_silent = state is not None and state.test is StateTest.SILENT
        return int(says_silent is not is_silent)

    def _may_deny(self) -> bool:
        result = self.material.result
        compares = bool(self.sentence.words & (lexicon.MORE | lexicon.LESS)) and bool(self.material.pairs)
        is_usual = self.material.query.usual and result.verdict is False
        return (
            compares
            or is_usual
            or self._is_zero_value
            or not result.rows
            or self._is_no_gaps
            or self._is_fallible
        )

    @property
    def _is_no_gaps(self) -> bool:
        query = self.material.query
        return query.measure == "gaps" and (
            self.material.result.verdict is False or not self.material.result.rows
        )

    @property
    def _is_fallible(self) -> bool:
        """A failed test whose words hold no limit: "had no readings"."""
        result, query = self.material.result, self.material.query
        judged = "normal" in self.sentence.words or "poor" in self.sentence.words
        return result.verdict is False and (
            judged or (query.having is None and not query.where and not self._has_value)
        )

    @property
    def _has_value(self) -> bool:
        return any(token.kind is Kind.NUMBER for token in self.sentence.tokens)

    # --- judgements -----------------------------------------------------------------------------------------

    def _judged(self) -> None:
        """ "which is poor", "which is not normal": by the limit that the query judges by."""
        having = self.material.query.having
        kinds = {having.kind} if having is not None else set()
        if "poor" in self.sentence.words:
            self.report.claim(BoundKind.POOR in kinds, "nothing is poor here")
        if "normal" in self.sentence.words and BoundKind.NORMAL not in kinds:
            self.report.claim(self.material.query.usual, "nothing is normal here")

    def _unusual(self) -> None:
        words, query, result = self.sentence.words, self.material.query, self.material.result
        if words & lexicon.UNUSUAL:
            denied = result.verdict is False or not result.rows
            self.report.claim(query.usual and self.is_negated is denied, "nothing is unusual here")
        for word, kind in (("high", RelationKind.MORE), ("low", RelationKind.LESS)):
            relation = query.relation.kind if query.relation else None
            if word in words:
                self.report.claim(query.usual and relation is kind, f"unusually {word}?")
        if "range" in words:
            self.report.claim(query.usual and result.verdict is False, "not within the usual range")
