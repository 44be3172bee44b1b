"""The right answer to a turn: its query put to the independent oracle over the raw rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from api_service.assistant.query.query import Explain, Outcome, Query
from api_service.assistant.query.type_rules import type_fault
from benchmarks.assistant.questions.filling import Turn
from tests.support.query_forms import Forms
from tests.support.query_meaning import Expected, NoAnswer
from tests.support.query_oracle import Span, Task

TALK = (Outcome.GREETING, Outcome.THANKS, Outcome.HELP)
POORLY_SET_UP = frozenset(
    ("no_tariff", "no_groups", "no_mains", "too_short", "no_earlier", "not_recorded", "divided_by_zero")
)
"""Reasons that another household may not have."""


@dataclass(frozen=True)
class Gold:
    """`form` is rows, summary, explain, talk or decline; `reason` says why there is no answer.

    `expected` are the rows, verdict and count; `moments_us` where an extreme lies; `spans` what it is over.
    """

    form: str
    turn: Turn
    reason: str = ""
    expected: Expected | None = None
    moments_us: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def query(self) -> Query | None:
        """What was asked of the data."""
        return self.turn.request if isinstance(self.turn.request, Query) else None


def gold_of(turn: Turn, forms: Forms) -> Gold:
    """The right answer, or why there is none."""
    request = turn.request
    if isinstance(request, Outcome):
        return Gold("talk" if request in TALK else "decline", turn, request.value)
    if turn.reason:
        return Gold("decline", turn, turn.reason)
    if not isinstance(request, Query):
        return Gold("explain" if isinstance(request, Explain) else "summary", turn)
    return _computed(turn, request, forms)


def _computed(turn: Turn, query: Query, forms: Forms) -> Gold:
    if type_fault(query) is not None:
        return Gold("decline", turn, "senseless")
    try:
        expected = forms.answer(query, turn.bindings)
    except NoAnswer as none:
        return Gold("decline", turn, str(none))
    spans = tuple((span.start_us, span.end_us) for span in forms.spans)
    return Gold("rows", turn, "", expected, tuple(_moments(query, forms, expected)), spans)


def _moments(query: Query, forms: Forms, expected: Expected) -> Sequence[int]:
    """Where the extremes among the rows lie: every reading that has the value."""
    if query.ask != "when" or query.statistic not in ("max", "min") or expected.spans is not None:
        return ()
    values = [value for _, value in expected.rows if isinstance(value, int | float)]
    found: set[int] = set()
    for span in forms.spans:
        for clusters, minus in forms.subjects.values():
            found.update(_places(forms, span, (clusters, minus), values))
    return sorted(found)


def _places(
    forms: Forms, span: Span, subject: tuple[tuple[int, ...], tuple[int, ...]], values: Sequence[float]
) -> list[int]:
    measure, statistic = forms.query.measure, forms.query.statistic.value
    task = Task(measure, statistic, tuple(sorted(subject[0])), span, "window", forms.where, False, subject[1])
    if forms.measure.additive_over_time:
        return []
    _, chosen = forms.valuer.held(task)
    return [
        reading.us
        for reading in chosen
        if (level := reading.level(measure)) is not None and any(abs(level - v) < 1e-9 for v in values)
    ]
