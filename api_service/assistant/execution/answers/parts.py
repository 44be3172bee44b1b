"""Ever longer parts of a span, for what is to be found near its end or beginning; pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.spec import Span, Spec
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.measure import Statistic

LENGTHS = (timedelta(days=1), timedelta(days=8), timedelta(days=64))
_FROM_THE_END = frozenset((Statistic.LAST, Statistic.LATEST))


def is_searched(spec: Spec) -> bool:
    """Whether one reading or run near an end of the one span is asked for."""
    ends = spec.statistic in _FROM_THE_END or spec.statistic is Statistic.FIRST
    one_span = len(spec.spans) == 1 and len(spec.spans[0].windows) == 1
    return ends and one_span and spec.period is Period.WINDOW and not spec.query.usual


def parts_of(spec: Spec) -> list[Span]:
    """The parts of the spec's span in which to look, the last one being the whole."""
    span = spec.spans[0]
    start, end = span.window.start, span.window.end
    parts = []
    for length in LENGTHS:
        if length * 2 > end - start:
            break
        at_end = spec.statistic in _FROM_THE_END
        window = (
            replace(span.window, start=end - length) if at_end else replace(span.window, end=start + length)
        )
        parts.append(replace(span, window=window, windows=(window,)))
    return [*parts, span]


def is_settled(cells: Sequence[Cell], part: Span, whole: Span) -> bool:
    """Whether what was found in a part is what the whole would give: no run of it reaches the part's edge."""
    if part == whole:
        return True
    starts_within = part.window.start == whole.window.start or all(
        cell.at is None or cell.until is None or cell.at > part.window.start for cell in cells
    )
    ends_within = part.window.end == whole.window.end or all(
        cell.until is None or cell.until < part.window.end for cell in cells
    )
    return starts_within and ends_within
