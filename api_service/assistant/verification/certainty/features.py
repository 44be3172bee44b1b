"""The features of the confidence: each a doubt that is 0 where there is none and grows with it; pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from api_service.assistant.execution.cells import Cell, Findings
from api_service.assistant.understanding.signs import ReadingSigns
from api_service.assistant.verification.certainty.wording import Wording
from api_service.assistant.verification.claims.verdict import Verdict
from api_service.metering.measure import Statistic

FRESH_S, OLD_S = 120.0, 3600.0
"""A newest reading is fresh up to the first, and as stale as can be from the second on."""

_OVER_TIME = frozenset(Statistic) - {Statistic.LATEST, Statistic.FIRST, Statistic.LAST}


@dataclass(frozen=True)
class Feature:
    """A doubt; `most` is where it stops to grow, `describe` says it in words for the explanation."""

    name: str
    most: float
    describe: Callable[[float], str]


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _probability(doubt: float) -> str:
    return _percent(math.exp(-doubt))


def _age_min(stale: float) -> float:
    return (FRESH_S + stale * (OLD_S - FRESH_S)) / 60


FEATURES: tuple[Feature, ...] = (
    Feature("reading_doubt", 6.0, lambda v: f"the whole reading has a probability of {_probability(v)}"),
    Feature("close_choice", 1.0, lambda v: f"another reading came close ({_percent(v)} of the best)"),
    Feature("rivals", 3.0, lambda v: f"among the candidates it has a probability of {_probability(v)}"),
    Feature("leftovers", 3.0, lambda v: f"words of the question are not accounted for (weight {v:.1f})"),
    Feature("unfounded", 3.0, lambda v: f"{v:.0f} part(s) of the query that no word asked for"),
    Feature("second_reading", 1.0, lambda _: "the first reading was rejected"),
    Feature("follow_up", 1.0, lambda _: "parts of the question before were taken over"),
    Feature("names_doubt", 3.0, lambda v: f"names, times or numbers are certain to {_probability(v)}"),
    Feature("uncovered", 1.0, lambda v: f"{_percent(v)} of the time has no readings"),
    Feature("stale", 1.0, lambda v: f"the newest reading is {_age_min(v):.0f} minutes old or older"),
    Feature("missing", 1.0, lambda v: f"{_percent(v)} of the devices in question have no value"),
    Feature("composed", 1.0, lambda _: "composed from the facts, not worded by the model"),
    Feature("wording_doubt", 2.0, lambda v: f"its words have a mean probability of {_probability(v)}"),
    Feature("unchecked", 1.0, lambda _: "the check could not bear out every claim of the text"),
)  # fmt: skip
"""In the order of the table. A weight says by how much one unit of doubt lowers the log-odds."""


def features_of(
    signs: ReadingSigns, findings: Findings, verdict: Verdict, wording: Wording
) -> dict[str, float]:
    """The doubts about one answer, by name; each from 0 to its `most`."""
    cells = verdict.cells or tuple(cell for part in findings.parts for cell in part.result.cells)
    found = {
        "reading_doubt": -signs.logprob_sum,
        "close_choice": math.exp(-max(0.0, signs.smallest_margin)),
        "rivals": -math.log(max(signs.share, 1e-6)),
        "leftovers": signs.leftover_weight,
        "unfounded": float(signs.unfounded),
        "second_reading": float(signs.is_second),
        "follow_up": float(signs.is_follow_up),
        "names_doubt": -math.log(max(signs.mask_certainty, 1e-6)),
        "uncovered": 1.0 - coverage_of(cells),
        "stale": staleness(cells, findings.moment.now) if _is_of_now(findings) else 0.0,
        "missing": missing_share(findings),
        "composed": float(not wording.is_model),
        "wording_doubt": -wording.logprob_mean,
        "unchecked": float(not verdict.supported),
    }
    return bounded(found)


def _is_of_now(findings: Findings) -> bool:
    """Whether no time is named: a reading at yesterday noon is as old as it has to be."""
    return all(part.query.windows is None for part in findings.parts)


def bounded(features: Mapping[str, float]) -> dict[str, float]:
    """Every feature within its bounds; those that are not given (or no numbers) are at their most doubt."""
    values = {feature.name: features.get(feature.name, math.nan) for feature in FEATURES}
    return {
        feature.name: feature.most
        if math.isnan(values[feature.name])
        else min(max(values[feature.name], 0.0), feature.most)
        for feature in FEATURES
    }


def coverage_of(cells: Sequence[Cell]) -> float:
    """The covered part of the time, of the worst covered value over a span; 1 without any."""
    spans = [cell.coverage for cell in cells if cell.statistic in _OVER_TIME and cell.end > cell.start]
    return min(max(min(spans, default=1.0), 0.0), 1.0)


def staleness(cells: Sequence[Cell], now: datetime) -> float:
    """0 where all newest readings are fresh, 1 where one is an hour old; `last_seen` is no value of now."""
    ages_s = [
        (now - (cell.at or cell.end)).total_seconds()
        for cell in cells
        if cell.statistic == Statistic.LATEST and cell.measure != "last_seen"
    ]
    return min(max((max(ages_s, default=0.0) - FRESH_S) / (OLD_S - FRESH_S), 0.0), 1.0)


def missing_share(findings: Findings) -> float:
    """Which part of the subjects in question has no value."""
    missing = sum(len(part.result.missing) for part in findings.parts)
    present = len({cell.subject for part in findings.parts for cell in part.result.rows})
    return missing / (missing + present) if missing else 0.0
