"""From an answer's findings to what it names as its result; pure."""

from collections.abc import Sequence
from datetime import timedelta

from api_service.assistant.entities.entity import DeviceValue
from api_service.assistant.execution.cells import Cell, Findings
from api_service.assistant.query.query import PERIODS, Ask, DeviceScope, Per, Query
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.time.labels import moment_label, span_label
from api_service.assistant.types import DeviceRef, Window
from api_service.assistant.understanding.focus.focus import NOTHING, Focus
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.measures import Statistic

MOST_DEVICES = 12
"""More than so many are a table, and no result to point at."""
MOMENT = timedelta(minutes=15)
"""How long a moment is where something is asked about it, as for a clock time in a question."""
SHORTEST_RUN = timedelta(minutes=1)
_RECURRING = (Per.HOUR_OF_DAY, Per.WEEKDAY, Per.WEEKDAY_OR_WEEKEND)
_EXTREMES = (Statistic.MIN, Statistic.MAX, Statistic.FIRST, Statistic.LAST)
_CHOOSING = (Ask.WHICH, Ask.LIST)


def focus_of(findings: Findings, query: PreviousQuery, before: Focus) -> Focus:
    """The focus that an answer leaves; `before` is that of the question before."""
    request = findings.request
    if not isinstance(request, Query):
        return NOTHING
    result = findings.parts[0].result
    devices = _devices(request, result.rows, findings.devices)
    known, is_set = _known(devices or named_devices(query), before)
    window, is_span = _time(request, result.rows, SiteCalendar(findings.moment))
    return Focus(devices, window, is_span, known, is_set, _times(query, before.times))


def _known(devices: tuple[DeviceRef, ...], before: Focus) -> tuple[tuple[DeviceRef, ...], bool]:
    """The devices spoken of last: several together, or one after the other."""
    if len(devices) > 1:
        return devices, True
    if set(devices) <= set(before.known):
        return before.known, before.is_set
    return (*before.known[-1:], *devices), False


def _times(query: PreviousQuery, before: tuple[Window, ...]) -> tuple[Window, ...]:
    window = query.window
    return before if window is None or window in before else (*before[-1:], window)


def named_devices(query: PreviousQuery) -> tuple[DeviceRef, ...]:
    """The devices that the query names, one by one."""
    request = query.request
    scope = request.devices.scope if isinstance(request, Query) else DeviceScope.ALL
    values = [entity.value for entity in query.entities]
    if scope is not DeviceScope.THESE:
        return ()
    single = [v.devices[0] for v in values if isinstance(v, DeviceValue) and len(v.devices) == 1]
    return tuple(dict.fromkeys(single))


def _devices(query: Query, rows: Sequence[Cell], known: Sequence[DeviceRef]) -> tuple[DeviceRef, ...]:
    if query.ask not in _CHOOSING or query.grouping is not Per.DEVICE:
        return ()
    subjects = tuple(dict.fromkeys(row.subject for row in rows))
    by_cluster = {device.cluster: device for device in known}
    if any(subject.is_site or len(subject.clusters) != 1 for subject in subjects):
        return ()
    found = tuple(by_cluster[subject.clusters[0]] for subject in subjects)
    is_all = len(found) == len(known) and query.ask is Ask.LIST
    return () if is_all or len(found) > MOST_DEVICES else found


def _time(query: Query, rows: Sequence[Cell], calendar: SiteCalendar) -> tuple[Window | None, bool]:
    """The time that the answer found, and whether it is a span."""
    if len(rows) != 1:
        return None, False
    (row,) = rows
    if query.per in PERIODS:
        is_single = query.per not in _RECURRING and row.period is not Period.WINDOW
        return (
            (Window(row.start, row.end, span_label(calendar, row.start, row.end)), True)
            if is_single
            else (
                None,
                False,
            )
        )
    is_found = query.ask is Ask.WHEN or query.statistic in _EXTREMES or query.statistic is Statistic.LATEST
    if not is_found or row.at is None or query.measure == "last_seen":
        return None, False
    if row.until is not None and row.until - row.at >= SHORTEST_RUN:
        return Window(row.at, row.until, span_label(calendar, row.at, row.until)), True
    if query.statistic is Statistic.LATEST:
        return None, False
    end = max(min(row.at + MOMENT, calendar.now), row.at + timedelta(seconds=1))
    return Window(row.at, end, moment_label(calendar, row.at)), False
