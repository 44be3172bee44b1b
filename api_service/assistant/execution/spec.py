"""A query with its slots filled in: subjects, spans, conditions and periods; what the executor runs."""

from dataclasses import dataclass, replace
from datetime import timedelta

from api_service.assistant.execution.bindings import Bindings, Subject, TimeValue
from api_service.assistant.execution.implied_window import RECORD_LABEL, implied_windows
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.subjects import states_of, subjects_of
from api_service.assistant.execution.time_forms import collapses
from api_service.assistant.query.query import (
    PERIODS,
    Ask,
    Bound,
    BoundKind,
    HoursTest,
    Per,
    Query,
    Slot,
    StateCondition,
    WindowForm,
)
from api_service.assistant.query.query import StateTest as StateWord
from api_service.assistant.types import Window
from api_service.metering.analysis.calendar.periods import ANY_TIME, Period, TimeFilter
from api_service.metering.analysis.conditions import Conditions, Limit, StateRule, StateTest
from api_service.metering.measure import Measure, MeasureKind, Statistic
from api_service.metering.measures import measure
from api_service.metering.moments import epoch_us, from_epoch_us

MAX_AROUND = timedelta(days=7)
_ENDS = frozenset((Statistic.FIRST, Statistic.LAST, Statistic.LATEST))


@dataclass(frozen=True)
class Span:
    """A window, or several in one span, with recurring times in it; or the minutes from a moment on."""

    window: Window
    windows: tuple[Window, ...]
    filter: TimeFilter = ANY_TIME
    is_moment: bool = False

    @property
    def edges_us(self) -> tuple[int, int]:
        """From its first to its last moment."""
        return epoch_us(self.window.start), epoch_us(self.window.end)


@dataclass(frozen=True)
class Spec:
    """What to compute.

    `spans` is empty where the newest reading is meant, `states` are those to group by.
    """

    query: Query
    measure: Measure
    statistic: Statistic
    subjects: tuple[Subject, ...]
    spans: tuple[Span, ...]
    period: Period
    conditions: Conditions
    states: tuple[str, ...] = ()
    collapses: bool = False

    @property
    def implied(self) -> Window | None:
        """The window that the query leaves open; None where it names one or asks about now."""
        return self.spans[0].window if self.query.windows is None and self.spans else None

    @property
    def clusters(self) -> tuple[int, ...]:
        """All devices of all subjects."""
        return tuple(sorted({cluster for subject in self.subjects for cluster in subject.clusters}))


def specify(query: Query, bindings: Bindings, site: Site) -> Spec:
    """The query over this site; raises `CannotAnswer`."""
    if not site.devices:
        raise cannot(Reason.NO_DATA)
    row = measure(query.measure)
    subjects = subjects_of(query, bindings, site, row)
    states = states_of(site, subjects) if query.per is Per.STATE else ()
    return Spec(
        query=query,
        measure=row,
        statistic=query.statistic,
        subjects=subjects,
        spans=_spans(query, bindings, site, row),
        period=_period(query.grouping),
        conditions=_conditions(query, bindings, row),
        states=states,
        collapses=collapses(query, row),
    )


def attempts(spec: Spec, bindings: Bindings, site: Site) -> list[Spec]:
    """The spec, then the same over shorter windows, where the query names none and may mean a shorter one."""
    if spec.implied is None or spec.statistic in _ENDS:
        return [spec]
    windows = implied_windows(spec.query, bindings, from_epoch_us(site.now_us))
    shorter = [window for window in windows[1:] if window.start > spec.implied.start]
    return [
        spec,
        *(
            replace(spec, spans=tuple(replace(s, window=window, windows=(window,)) for s in spec.spans))
            for window in shorter
        ),
    ]


def sharpened(spec: Spec, site: Site) -> Spec:
    """The spec with what its form of answer implies.

    A yes/no question about readings beyond a limit shows the one that is furthest beyond it. What is usual
    for now is judged by the mean of the last hour.
    """
    query = spec.query
    if query.usual and not spec.spans:
        now = from_epoch_us(site.now_us)
        hour = _one(Window(now - timedelta(hours=1), now, "in the last hour"))
        return replace(spec, spans=(hour,), statistic=Statistic.MEAN)
    own = [limit for row, limit in spec.conditions.limits if row.key == spec.measure.key]
    shows_mean = query.ask is Ask.WHETHER and spec.statistic is Statistic.MEAN and query.having is None
    if own and shows_mean and spec.measure.kind is MeasureKind.RECORDED:
        return replace(spec, statistic=Statistic.MIN if own[0].is_below else Statistic.MAX)
    return spec


def limit_of(bound: Bound, row: Measure, bindings: Bindings) -> Limit:
    """The values that a bound lets through."""
    numbers = [bindings.numbers[slot] for slot in bound.numbers]
    if bound.kind is BoundKind.ABOVE:
        return Limit(low=numbers[0])
    if bound.kind is BoundKind.BELOW:
        return Limit(high=numbers[0])
    if bound.kind is BoundKind.BETWEEN:
        return Limit(min(numbers), max(numbers), closed=True)
    normal = bindings.limits[row.key]
    return normal if bound.kind is BoundKind.NORMAL else replace(normal, outside=not normal.outside)


def _spans(query: Query, bindings: Bindings, site: Site, row: Measure) -> tuple[Span, ...]:
    spans = [_until_now(span, site) for span in _windows(query, bindings, site, row)]
    if not spans and query.where.hours:
        spans = [_default(query, bindings, site)]
    hours = [bindings.hours[slot] for slot in query.where.hours.slots] if query.where.hours else []
    if query.where.hours and query.where.hours.test is HoursTest.OUTSIDE:
        hours = [_negated(condition) for condition in hours]
    if len(hours) > 1:
        return tuple(replace(s, filter=s.filter & condition) for s in spans for condition in hours)
    condition = hours[0] if hours else ANY_TIME
    return tuple(replace(span, filter=span.filter & condition) for span in spans)


def _windows(query: Query, bindings: Bindings, site: Site, row: Measure) -> list[Span]:
    windows = query.windows
    if windows is None:
        return _implied(query, bindings, site, row)
    if windows.form is WindowForm.EVER:
        return [_ever(site)]
    if windows.form is WindowForm.AROUND:
        return _around(windows.slots[0], bindings, site)
    return [_named(bindings.times[slot]) for slot in windows.slots]


def _implied(query: Query, bindings: Bindings, site: Site, row: Measure) -> list[Span]:
    """Where no time is given: now (no span) or, for runs, the record; the record for a first or last time."""
    if query.statistic in (Statistic.FIRST, Statistic.LAST):
        return [_ever(site)] if row.key != "last_seen" else []
    if query.statistic is not Statistic.LATEST or query.per in PERIODS:
        return [_default(query, bindings, site)]
    return [_ever(site)] if row.additive_over_time else []


def _named(value: TimeValue) -> Span:
    first, last = value.windows[0], value.windows[-1]
    return Span(Window(first.start, last.end, first.label), value.windows, value.filter, value.is_moment)


def _default(query: Query, bindings: Bindings, site: Site) -> Span:
    """The implied window; the whole record where that is shorter than a month."""
    windows = implied_windows(query, bindings, from_epoch_us(site.now_us))
    record = _ever(site)
    is_whole = not windows or (len(windows) > 1 and windows[0].start <= record.window.start)
    return record if is_whole else _one(windows[0])


def _ever(site: Site) -> Span:
    first_us = min(device.status.first_seen_us for device in site.devices.values())
    return _one(
        Window(from_epoch_us(min(first_us, site.now_us - 1)), from_epoch_us(site.now_us), RECORD_LABEL)
    )


def _around(slot: Slot, bindings: Bindings, site: Site) -> list[Span]:
    """After and before a moment: as long as the time since then, at most a week."""
    moment, now = bindings.times[slot].windows[0].start, from_epoch_us(site.now_us)
    if moment >= now:
        raise cannot(Reason.FUTURE, window=bindings.times[slot].windows[0])
    length = min(now - moment, MAX_AROUND)
    label = bindings.times[slot].windows[0].label
    return [
        _one(Window(moment, moment + length, f"after {label}")),
        _one(Window(moment - length, moment, f"before {label}")),
    ]


def _one(window: Window) -> Span:
    return Span(window, (window,))


def _until_now(span: Span, site: Site) -> Span:
    now = from_epoch_us(site.now_us)
    if span.window.start >= now:
        raise cannot(Reason.FUTURE, window=span.window)
    kept = tuple(replace(w, end=min(w.end, now)) for w in span.windows if w.start < now)
    return replace(span, window=replace(span.window, end=kept[-1].end), windows=kept)


def _negated(condition: TimeFilter) -> TimeFilter:
    """Outside of an hours slot's time: not in its recurring part, which is one term."""
    return TimeFilter(tuple(replace(term, negated=not term.negated) for term in condition.terms))


# --- conditions -------------------------------------------------------------------------------------------


def _conditions(query: Query, bindings: Bindings, row: Measure) -> Conditions:
    limits = []
    for bound in query.where.bounds:
        own = row if bound.measure is None else measure(bound.measure)
        limits.append((own, limit_of(bound.bound, own, bindings)))
    state = _state_test(query.where.state, bindings)
    if row.key == "on_time":
        state = StateTest(StateRule.ON)
    return Conditions(state, tuple(limits))


def _state_test(condition: StateCondition | None, bindings: Bindings) -> StateTest | None:
    if condition is None or condition.test in (StateWord.SILENT, StateWord.REPORTING):
        return None
    state = bindings.states[condition.slot] if condition.slot is not None else ""
    return StateTest(StateRule(condition.test.value), state)


def _period(per: Per | None) -> Period:
    if per in (None, Per.DEVICE, Per.GROUP, Per.STATE):
        return Period.WINDOW
    return Period(per.value)
