"""From findings to the evidence and the window that clients get; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from api_service.assistant.execution.cells import Cell, Finding, Findings, Role
from api_service.assistant.execution.implied_window import RECORD_LABEL, implied_window
from api_service.assistant.query.query import WindowForm
from api_service.assistant.types import Window
from api_service.metering.display import scaled_value
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES
from api_service.schemas.chat import AnswerWindow, Evidence

# More digits than any text shows, fewer than a float's noise.
SIGNIFICANT_DIGITS = 9
COVERAGE_DECIMALS = 4
MOST_EVIDENCE = 200
_RELATED = frozenset((Role.SHARE, Role.RATIO, Role.DIFFERENCE, Role.TIMES, Role.USUAL))
_UNSCALED = frozenset((Role.SHARE, Role.RATIO))


def evidence_of(findings: Findings, stated: Sequence[Cell]) -> list[Evidence]:
    """The values that the answer rests on: those that its text states, then all others of the findings."""
    cells = list(dict.fromkeys([*stated, *findings.cells]))[:MOST_EVIDENCE]
    zone = findings.moment.timezone
    counts = [_count(part, findings) for part in findings.parts if part.result.count is not None]
    return [*counts, *(_evidence(cell, zone) for cell in cells)]


def window_of(findings: Findings) -> AnswerWindow | None:
    """The window of the answer, in the site's time; None where "now" is meant."""
    window = _window(findings.parts[0], findings.moment.now) if findings.parts else None
    if window is None:
        return None
    zone = findings.moment.timezone
    return AnswerWindow(
        start=window.start.astimezone(zone),
        end=window.end.astimezone(zone),
        timezone=zone.key,
        label=window.label,
    )


def names_of(names: Iterable[str]) -> list[str]:
    """Names, each once, in the order of the text."""
    return list(dict.fromkeys(name for name in names if name))


def evidence_value(cell: Cell, zone: ZoneInfo) -> tuple[float | str, str]:
    """A cell's value in the unit in which it is written: kW from 1000 W, kWh from 1000 Wh; a time as text."""
    if isinstance(cell.value, datetime):
        return cell.value.astimezone(zone).isoformat(), cell.unit
    if isinstance(cell.value, str):
        return cell.value, cell.unit
    row = MEASURES.get(cell.measure)
    if row is None or not row.scales or cell.unit != row.unit or cell.role in _UNSCALED:
        return _rounded(cell.value), cell.unit
    value, unit = scaled_value(cell.measure, cell.value)
    return _rounded(value), unit


def _window(part: Finding, now: datetime) -> Window | None:
    """The first window that the query names, else the implied one that its values go over."""
    query, windows = part.query, part.query.windows
    if windows is not None and windows.form is WindowForm.IN:
        named = part.bindings.times[windows.slots[0]].windows
        return Window(named[0].start, min(named[-1].end, max(now, named[0].start)), named[0].label)
    cells, implied = part.result.cells, part.result.implied
    if query.statistic is Statistic.LATEST:
        return None
    if windows is None and implied is not None:
        return implied
    if not cells:
        return None
    span = Window(min(cell.start for cell in cells), max(cell.end for cell in cells), "")
    return Window(span.start, span.end, _implied_label(part, span, now))


def _implied_label(part: Finding, span: Window, now: datetime) -> str:
    windows = part.query.windows
    implied = None if windows else implied_window(part.query, part.bindings, now)
    if implied is None:
        return RECORD_LABEL if windows is None or windows.form is WindowForm.EVER else ""
    return implied.label if (span.start, span.end) == (implied.start, implied.end) else ""


def _evidence(cell: Cell, zone: ZoneInfo) -> Evidence:
    value, unit = evidence_value(cell, zone)
    subject = cell.subject
    is_device = len(subject.clusters) == 1 and not subject.is_site and not subject.minus
    return Evidence(
        device=(subject.name or None) if not subject.is_site else None,
        cluster=subject.clusters[0] if is_device else None,
        quantity=cell.measure,
        statistic=cell.role.value if cell.role in _RELATED else str(cell.statistic),
        value=value,
        unit=unit,
        start=cell.start.astimezone(zone),
        end=cell.end.astimezone(zone),
        at=_local(cell.at, zone),
        samples=cell.samples,
        coverage=round(cell.coverage, COVERAGE_DECIMALS),
    )


def _count(part: Finding, findings: Findings) -> Evidence:
    """How many groups there are, as evidence of its own."""
    cells, zone = part.result.cells, findings.moment.timezone
    start = min((cell.start for cell in cells), default=findings.moment.now)
    end = max((cell.end for cell in cells), default=findings.moment.now)
    return Evidence(
        device=None,
        cluster=None,
        quantity=part.query.measure,
        statistic=Statistic.COUNT.value,
        value=float(part.result.count or 0),
        unit="",
        start=start.astimezone(zone),
        end=end.astimezone(zone),
        samples=sum(cell.samples for cell in cells),
        coverage=round(min((cell.coverage for cell in cells), default=1.0), COVERAGE_DECIMALS),
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
