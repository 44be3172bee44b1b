"""What a value is called: "average power", "longest run", "energy per day"; one table over the registry."""

from collections.abc import Mapping

from api_service.assistant.execution.cells import Cell
from api_service.assistant.query.query import PERIODS, Per
from api_service.metering.analysis.calendar.periods import Period
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

_ADJECTIVES: Mapping[Statistic, str] = {
    Statistic.MEAN: "average ",
    Statistic.MIN: "lowest ",
    Statistic.MAX: "highest ",
    Statistic.MEDIAN: "median ",
    Statistic.P95: "95th percentile of the ",
    Statistic.FIRST: "first ",
    Statistic.LAST: "last ",
}
_TOTALS: Mapping[str, str] = {
    "cost": "electricity cost",
    "on_time": "time on",
    "switch_ons": "number of switch-ons",
    "samples": "number of readings",
}
_RUNS: Mapping[Statistic, str] = {
    Statistic.MEAN: "average length of {}",
    Statistic.MIN: "shortest {}",
    Statistic.MAX: "longest {}",
    Statistic.MEDIAN: "median length of {}",
    Statistic.LATEST: "latest {}",
}
_GAPS: Mapping[Statistic, str] = {
    Statistic.COUNT: "number of gaps",
    Statistic.SUM: "total length of the gaps",
    Statistic.MEAN: "average length of the gaps",
    Statistic.MIN: "shortest gap",
    Statistic.MAX: "longest gap",
    Statistic.LATEST: "latest gap",
}
PERIOD_NOUNS: Mapping[Per, str] = {
    Per.HOUR: "hour",
    Per.DAY: "day",
    Per.WEEK: "week",
    Per.MONTH: "month",
    Per.HOUR_OF_DAY: "hour",
    Per.WEEKDAY: "day",
    Per.WEEKDAY_OR_WEEKEND: "day",
}
"""What a statistic over amounts runs over."""
UNITS_OF_LISTS: Mapping[Per, str] = {
    **PERIOD_NOUNS,
    Per.HOUR_OF_DAY: "hour of the day",
    Per.WEEKDAY: "day of the week",
    Per.WEEKDAY_OR_WEEKEND: "kind of day",
    Per.STATE: "state",
    Per.GROUP: "group",
    Per.DEVICE: "device",
}
"""What a list goes by."""


def plural(unit: str) -> str:
    """ "devices", "hours of the day", "kinds of day"."""
    first, *rest = unit.split(" ")
    return " ".join([f"{first}s", *rest])


def _run_noun(key: str, which: Statistic) -> str:
    noun = "run" if key == "on_time" else "such time"
    is_length = which in (Statistic.MEAN, Statistic.MEDIAN)
    return _RUNS[which].format(("a " if key == "on_time" else "") + noun if is_length else noun)


def noun_phrase(key: str, statistic: str, per: Per | None) -> str:
    """What a value of a measure is called, without an article."""
    which = Statistic(statistic)
    row = MEASURES[key]
    if key == "gaps":
        return _GAPS[which]
    if key in ("on_time", "duration") and per not in PERIODS and which in _RUNS:
        return _run_noun(key, which)
    noun = _TOTALS.get(key, row.noun)
    if which is Statistic.TREND:
        return f"trend of the {noun}"
    if not row.additive_over_time:
        return _ADJECTIVES.get(which, "") + noun
    if which is Statistic.SUM:
        return noun
    return f"{_ADJECTIVES[which]}{noun} per {PERIOD_NOUNS[per or Per.DAY]}"


def with_article(noun: str) -> str:
    """ "an average power", "a lowest voltage"; plural-like and uncountable nouns stay."""
    if noun.startswith(
        ("highest", "lowest", "longest", "shortest", "latest", "first", "last", "median", "number", "total")
    ):
        return f"a {noun}"
    if noun in ("energy", "time on", "time", "coverage"):
        return noun
    return ("an " if noun[0].lower() in "aeio" else "a ") + noun


def noun_of(cell: Cell, per: Per | None) -> str:
    """What a cell's value is called; of a trend, what changes."""
    if cell.statistic == Statistic.TREND:
        row = MEASURES[cell.measure]
        each = "day" if cell.period is Period.DAY else "hour"
        return f"{row.noun} per {each}" if row.additive_over_time else row.noun
    return noun_phrase(cell.measure, cell.statistic, per)
