"""What an answer must say: the verdict or count, its rows or the rest of them, whom and when it speaks of."""

from collections.abc import Sequence

from api_service.assistant.execution.cells import Role
from api_service.assistant.query.query import Ask
from api_service.assistant.rendering.results.plans.lists import LIST_LIMIT
from api_service.assistant.verification.claims.text.lexer import Token
from api_service.assistant.verification.claims.text.lexicon import SAME
from api_service.assistant.verification.claims.text.material import Item, Material
from api_service.assistant.verification.claims.text.phrases import Kind
from api_service.assistant.verification.claims.verdict import Report
from api_service.assistant.verification.claims.words import missing_words
from api_service.metering.measures import MEASURES

_CHOOSES = frozenset((Ask.WHICH, Ask.WHETHER, Ask.HOW_MANY))


def what_is_left_out(tokens: Sequence[Token], material: Material, report: Report) -> list[str]:
    """A sentence for everything that must be said and is not."""
    problems = missing_words(_words(tokens), material)
    if material.query.ask is Ask.HOW_MANY and not report.is_counted and material.result.count:
        problems.append("the count is not said")
    problems += _rows_left_out(tokens, material, report)
    if not _names_window(tokens, material):
        problems.append("the time is not said")
    if not _names_subject(tokens, material):
        problems.append("whom it speaks of is not said")
    return problems


def _words(tokens: Sequence[Token]) -> frozenset[str]:
    said = (token for token in tokens if token.kind in (Kind.WORD, Kind.NOUN, Kind.BREAK))
    return frozenset(word for token in said for word in token.word.split())


def _rows_left_out(tokens: Sequence[Token], material: Material, report: Report) -> list[str]:
    if material.query.ask in _CHOOSES:
        return _unnamed(tokens, material, report)
    rows = material.rows
    said = [row for row in rows if row.place in report.stated | report.timed]
    if len(said) + report.more >= len(rows) or (len(said) >= LIST_LIMIT and report.more):
        return []
    if any(item.place in report.stated for pair in material.pairs for item in pair):
        return []
    if any(token.word in SAME for token in tokens) and material.pairs:
        return []
    if len(rows) == 1 and rows[0].cell.role is Role.ROW and _is_zero(rows[0]):
        return []
    return ["a value is not said"]


def _is_zero(row: Item) -> bool:
    return row.is_number and row.cell.number == 0


def _unnamed(tokens: Sequence[Token], material: Material, report: Report) -> list[str]:
    """Of "which" and "how many" every row must be named, by its subject, period, state or value."""
    if material.query.ask is Ask.WHETHER:
        return []
    named = {key for token in tokens for key in token.subjects}
    times = {key for token in tokens for key in token.times}
    rows = [
        row
        for row in material.rows
        if row.place in report.stated | report.timed
        or row.subject in named
        or (row.time in times and row.cell.key is not None)
    ]
    if len(rows) + report.more >= len(material.rows) or (len(rows) >= LIST_LIMIT and report.more):
        return []
    return ["one of those in question is not named"]


def _names_window(tokens: Sequence[Token], material: Material) -> bool:
    """A time that the answer is about must be named; "now" and the whole record need no name."""
    if not material.windows or material.view.is_now or material.query.measure == "last_seen":
        return True
    times = {key for token in tokens for key in token.times}
    wanted = {("window", 0), ("side", 0), ("side", 1)}
    return bool(times & wanted) or bool({row.time for row in material.rows} & times)


def _names_subject(tokens: Sequence[Token], material: Material) -> bool:
    """A device must be named; the whole site and what is said of everything need not be."""
    subjects = {
        row.subject for row in material.rows if not row.cell.subject.is_site and row.cell.subject.name
    }
    if not subjects or material.query.ask is Ask.HOW_MANY:
        return True
    named = {key for token in tokens for key in token.subjects}
    by_state = all(row.cell.state is not None for row in material.rows)
    has_count = any(
        token.kind is Kind.NUMBER and token.number and token.number.unit == "device" for token in tokens
    )
    return (
        bool(named & subjects)
        or by_state
        or has_count
        or (MEASURES[material.query.measure].key == "state" and not subjects)
    )
