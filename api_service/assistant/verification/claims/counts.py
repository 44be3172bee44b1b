"""Claims of counts: how many groups, periods or runs there are, of how many, and how many more."""

from collections.abc import Sequence
from dataclasses import dataclass

from api_service.assistant.query.query import Ask, Per
from api_service.assistant.verification.claims.text.clauses import Sentence, is_subject
from api_service.assistant.verification.claims.text.lexer import Token
from api_service.assistant.verification.claims.text.material import Item, Material
from api_service.assistant.verification.claims.text.phrases import Kind
from api_service.assistant.verification.claims.text.written import Written
from api_service.assistant.verification.claims.verdict import Report

_GROUP_NOUNS = {
    Per.DEVICE: ("device",),
    Per.GROUP: ("group",),
    Per.STATE: ("state",),
    Per.HOUR: ("hour",),
    Per.DAY: ("day",),
    Per.WEEK: ("week",),
    Per.MONTH: ("month",),
    Per.HOUR_OF_DAY: ("hour",),
    Per.WEEKDAY: ("day", "weekday"),
    Per.WEEKDAY_OR_WEEKEND: ("kind", "day"),
}


@dataclass(frozen=True)
class Counts:
    """Checks counts in one sentence; `values` are the cells whose values were found before."""

    sentence: Sentence
    material: Material
    report: Report
    values: Sequence[Item]

    def is_count(self, place: int, token: Token, number: Written) -> bool:
        """Whether the number counts groups, periods, runs or the rest of a list, and does so rightly."""
        if number.unit == "more" and self.sentence.word(place - 1) == "and":
            self.report.more += round(number.value)
            return self._is_rest(place, number.value)
        unit, value = _counted(token, number)
        if place not in self.sentence.main_clause:
            return False
        if unit not in self._count_units or (unit == "" and not self._is_of_count(place)):
            return False
        holds = value in self.allowed(place)
        self.report.is_counted |= holds
        return holds

    @property
    def _count_units(self) -> frozenset[str]:
        query = self.material.query
        if query.ask is Ask.WHEN and query.per is None and any(row.cell.until for row in self.material.rows):
            return frozenset({"times"})
        return frozenset({"", *_GROUP_NOUNS.get(query.grouping or Per.DEVICE, ())})

    def _is_of_count(self, place: int) -> bool:
        """A bare number that counts: "3 of 5 devices", "2 kinds of day"."""
        return self.sentence.is_part_of(place + 1) or self.sentence.word(place + 1) in (
            "kind",
            "kinds",
            "hour",
            "of",
        )

    def allowed(self, place: int) -> set[float]:
        """The counts that are true at a place."""
        result = self.material.result
        if self.sentence.is_part_of(place - 1):
            return {float(result.of)} if result.of is not None else set()
        if self.sentence.word(place - 1) == "all":
            return {float(len(result.rows))} if result.of in (None, len(result.rows)) else set()
        if self.sentence.tokens[place].number and "times" in self._count_units:
            return {float(result.count or len(result.rows))}
        known = {float(len(result.rows))} if result.verdict is None or result.rows else set()
        if result.verdict is False and not self.material.query.every:
            known = {0.0}
        return known | ({float(result.count)} if result.count is not None else set()) | self._passing

    @property
    def _passing(self) -> set[float]:
        """How many of the rows fulfil the condition on results, and how many do not."""
        query, view = self.material.query, self.material.view
        if query.ask is Ask.HOW_MANY:
            return set()
        rows = [row for row in self.material.rows if row.is_number]
        if query.having is not None and rows:
            limit = view.limit(query.having, query.measure)
            passing = sum(limit.holds_for(row.cell.number) for row in rows)
        elif query.measure == "gaps":
            passing = sum(row.cell.number > 0 for row in rows)
        else:
            return set()
        return {
            float(len(rows) - passing) if query.every and not self.material.result.verdict else float(passing)
        }

    def _is_rest(self, place: int, value: float) -> bool:
        """ "and 88 more" after a list that stops early."""
        rows = max(len(self.material.rows), self.material.result.count or 0)
        listed = {item.place for item in self.values if item in self.material.rows}
        moments = {token.items for token in self.sentence.tokens if token.kind is Kind.MOMENT}
        names = {token.word for token in self.sentence.tokens if token.kind is Kind.SUBJECT}
        owner = self.sentence.owner(place, is_subject)
        of_owner = [row for row in self.material.rows if owner is not None and row.subject in owner.subjects]
        own = len(of_owner) - len([row for row in of_owner if row.place in listed])
        pairs = {id(pair) for pair in self.material.pairs if set(pair) & set(self.values)}
        paired = len(self.material.pairs) - len(pairs)
        if listed:
            return value > 0 and value in (rows - len(listed), own, paired)
        return value == rows - len(moments or names)


def _counted(token: Token, number: Written) -> tuple[str, float]:
    """The counted noun; days and hours are counted where they are periods."""
    for noun in ("day", "hour"):
        if number.unit == "s" and token.word.rstrip("s").endswith(f" {noun}"):
            return noun, float("".join(c for c in token.text if c.isdigit()) or 0)
    return number.unit, number.value
