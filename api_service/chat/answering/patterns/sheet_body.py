"""From a checked answer to the body that clients get; pure."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from api_service.assistant.time.phrases.extract import default_window
from api_service.assistant.types import AnswerFacts, DeviceRef, Fact, Window
from api_service.assistant.verification.verify import Verdict
from api_service.metering.display import scaled_value
from api_service.metering.measures import MEASURES
from api_service.schemas.chat import AnswerWindow, Evidence

# More digits than any text shows, fewer than a float's noise.
SIGNIFICANT_DIGITS = 9
COVERAGE_DECIMALS = 4


def evidence_of(sheet: AnswerFacts, verdict: Verdict) -> list[Evidence]:
    """The facts that the answer rests on: the required ones and all others that its text states.

    A refusal rests on all facts of its sheet: when a silent device was last seen, for example.
    """
    used = sorted({*sheet.required, *verdict.facts}) if sheet.refusal is None else range(len(sheet.facts))
    return [_evidence(sheet.facts[index], sheet.moment.timezone) for index in used]


def window_of(sheet: AnswerFacts) -> AnswerWindow | None:
    """The window of the answer, in the site's time; None where "now" is meant."""
    window = sheet.question.window or _default_window(sheet)
    if window is None:
        return None
    zone = sheet.moment.timezone
    return AnswerWindow(
        start=window.start.astimezone(zone),
        end=window.end.astimezone(zone),
        timezone=zone.key,
        label=window.label,
    )


def _default_window(sheet: AnswerFacts) -> Window | None:
    """The last 24 hours, where facts over them answer a question that named no span."""
    default = default_window(sheet.moment)
    spans = {(sheet.facts[index].start, sheet.facts[index].end) for index in sheet.required}
    return default if (default.start, default.end) in spans else None


def names_of(devices: Iterable[DeviceRef]) -> list[str]:
    """Names, each once, in the order of the text."""
    return list(dict.fromkeys(device.name for device in devices))


def evidence_value(fact: Fact) -> tuple[float | str, str]:
    """A fact's value in the unit in which it is written: kW from 1000 W, kWh from 1000 Wh."""
    if isinstance(fact.value, str):
        return fact.value, fact.unit
    if fact.quantity.value not in MEASURES:
        return _rounded(fact.value), fact.unit
    value, unit = scaled_value(fact.quantity.value, fact.value)
    return _rounded(value), unit


def _evidence(fact: Fact, zone: ZoneInfo) -> Evidence:
    value, unit = evidence_value(fact)
    return Evidence(
        device=fact.device.name if fact.device else None,
        cluster=fact.device.cluster if fact.device else None,
        quantity=fact.quantity.value,
        statistic=fact.statistic.value,
        value=value,
        unit=unit,
        start=fact.start.astimezone(zone),
        end=fact.end.astimezone(zone),
        at=_local(fact.at, zone),
        samples=fact.samples,
        coverage=round(fact.coverage, COVERAGE_DECIMALS),
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
