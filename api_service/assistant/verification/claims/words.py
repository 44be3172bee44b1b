"""Claims of plain words: which measure, which statistic, now; and words outside the vocabulary."""

from dataclasses import dataclass

from api_service.assistant.execution.cells import Role
from api_service.assistant.query.query import Ask
from api_service.assistant.verification.claims.text import lexicon
from api_service.assistant.verification.claims.text.clauses import Sentence
from api_service.assistant.verification.claims.text.material import FOREIGN_MEASURES, Material
from api_service.assistant.verification.claims.text.phrases import FOREIGN, Kind
from api_service.assistant.verification.claims.verdict import Report
from api_service.metering.measure import Statistic

_OWN_WORDS = frozenset(("first", "last"))


@dataclass(frozen=True)
class Words:
    """Checks the plain words of one sentence."""

    sentence: Sentence
    material: Material
    report: Report

    def check(self) -> None:
        """Check every word and every name."""
        for place, token in enumerate(self.sentence.tokens):
            if token.kind is Kind.UNKNOWN:
                self.report.claim(False, f"cannot check \u201c{token.text}\u201d")
            elif token.kind is Kind.SUBJECT and FOREIGN in token.subjects and len(token.subjects) == 1:
                self.report.claim(False, f"nothing was found out about {token.text}")
            elif token.kind is Kind.WORD:
                self._noun(place, token.word)
                self._statistic(token.word)
        if self.sentence.words & {"now", "currently", "present"}:
            self.report.claim(self.material.view.is_now, "not a value of now")

    def _noun(self, place: int, word: str) -> None:
        keys = lexicon.NOUNS.get(word)
        if keys is None:
            return
        near = {self.sentence.word(place - 1), self.sentence.word(place + 1)}
        if word == "power" and near & lexicon.KINDS_OF_POWER:
            return
        if word == "missing" and self.material.result.missing:
            return
        self.report.claim(bool(keys & self.material.measures), f"no value is of the {word}")

    def _statistic(self, word: str) -> None:
        statistics = lexicon.STATISTICS.get(word)
        if statistics is not None:
            self.report.claim(bool(statistics & self.material.statistics), f"no value is a {word}")


def missing_words(text_words: frozenset[str], material: Material) -> list[str]:
    """What must be said and is not: the statistic of the values, and measures that no unit tells."""
    problems = []
    cells = [row.cell for row in material.rows if row.is_number]
    judged = [cell for cell in cells if cell.role is not Role.SHARE] if not _is_chosen(material) else []
    for statistic in {Statistic(cell.statistic) for cell in judged if cell.measure not in FOREIGN_MEASURES}:
        needed = lexicon.REQUIRED_WORDS.get(statistic)
        if needed and not needed & text_words:
            problems.append(f"the value is not called a {statistic}")
    for cell in judged:
        needed = lexicon.NEEDS_NOUN.get(cell.measure)
        if needed and not needed & text_words:
            problems.append(f"the {cell.measure} is not called that")
    return list(dict.fromkeys(problems))


def _is_chosen(material: Material) -> bool:
    """Whether the values only stand beside what was asked for: who, when, how many, yes or no."""
    query = material.query
    if query.ask in (Ask.WHETHER, Ask.HOW_MANY) or (query.ask is Ask.WHICH and query.order is None):
        return True
    if query.ask is not Ask.WHEN or query.order is not None:
        return False
    return query.per is not None or any(row.cell.until for row in material.rows)
