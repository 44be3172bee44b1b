"""What kind of answer a sheet's facts make, and the nouns for what they measure."""

from collections.abc import Mapping, Sequence

from api_service.assistant.rendering.formatting import format_fact_value
from api_service.assistant.time.phrases.extract import default_window
from api_service.assistant.types import AnswerFacts, Fact, Intent, Order, Quantity, Relation, Window
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

FRESH_S = 120.0
"""A latest reading older than this is said with its time."""

NOUNS: Mapping[Quantity | Relation, str] = {
    **{Quantity(key): row.noun for key, row in MEASURES.items() if key in set(Quantity)},
    Relation.SHARE: "share of the total",
    Relation.COUNT: "count",
    Relation.RATIO: "ratio",
}
ADJECTIVES: Mapping[Statistic | Relation, str] = {
    Statistic.LATEST: "{} now",
    Statistic.MEAN: "average {}",
    Statistic.MAX: "highest {}",
    Statistic.MIN: "lowest {}",
    Relation.DIFFERENCE: "more {} by",
}


LIST_KINDS = (".list", "active.now", "active.window", "inventory")


def window_of(sheet: AnswerFacts) -> Window:
    """The window of the sheet's facts, unless they are about now."""
    return sheet.question.window or default_window(sheet.moment)


def spans(fact: Fact, sheet: AnswerFacts) -> bool:
    """Whether a fact is about the whole window, and not about one or some latest readings."""
    window = window_of(sheet)
    return (fact.start, fact.end) == (window.start, window.end)


def phrase_of(fact: Fact) -> str:
    """What a fact tells, as the prompt says it: "average power", "rank 2 energy"."""
    noun = NOUNS[fact.quantity]
    if fact.rank is not None and fact.device is not None:
        noun = f"{ADJECTIVES.get(fact.statistic, '{}').format(noun)}"
        return f"rank {min(fact.rank, 9)} {noun}"
    if fact.quantity in (Quantity.ENERGY, Quantity.POWER_FACTOR, Relation.SHARE, Quantity.STATE):
        return f"more {noun} by" if fact.statistic is Relation.DIFFERENCE else noun
    if fact.device is None and fact.quantity is Quantity.POWER and fact.statistic is Statistic.SUM:
        return "power now" if fact.at is not None else "total power"
    return ADJECTIVES.get(fact.statistic, "{}").format(noun)


def says_time(fact: Fact, sheet: AnswerFacts) -> bool:
    """Whether a fact is said with its moment: an extreme always, a latest reading when it is not fresh."""
    if fact.at is None or fact.device is None:
        return False
    if fact.statistic is Statistic.LATEST:
        return (sheet.moment.now - fact.at).total_seconds() > FRESH_S
    return True


def answer_type(sheet: AnswerFacts) -> str:
    """The key of the sheet's wording; a rare mix of facts gives "generic"."""
    required: Sequence[Fact] = [sheet.facts[index] for index in sheet.required]
    first = required[0]
    if sheet.question.intent is Intent.INVENTORY:
        return "inventory"
    if first.quantity is Relation.COUNT:
        span = "window" if spans(first, sheet) else "now"
        return f"active.{span}" if len(required) > 1 else "active.none"
    if first.rank is not None:
        length = "one" if len(required) == 1 else "list"
        order = "least" if sheet.question.order is Order.LEAST else "most"
        return f"ranking.{_measure(first)}.{length}.{order}"
    if required[-1].statistic is Relation.DIFFERENCE:
        same = format_fact_value(required[0]) == format_fact_value(required[1])
        return f"compare.{_measure(first)}{'.equal' if same else ''}"
    return _value_kind(sheet, required)


def _measure(fact: Fact) -> str:
    if fact.quantity is Quantity.ENERGY:
        return "energy"
    if fact.statistic is Statistic.LATEST:
        return "power_now" if fact.quantity is Quantity.POWER else "now"
    return "level"


_STEMS: Mapping[tuple[Quantity | Relation, Statistic | Relation], str] = {
    (Quantity.POWER, Statistic.LATEST): "power_now",
    (Quantity.POWER, Statistic.SUM): "power_now",
    (Quantity.POWER, Statistic.MEAN): "average",
    (Quantity.ENERGY, Statistic.SUM): "energy",
    (Quantity.POWER_FACTOR, Statistic.MEAN): "power_factor",
    (Relation.SHARE, Relation.SHARE): "share",
    (Quantity.STATE, Statistic.LATEST): "state",
}
_STEMS_BY_STATISTIC: Mapping[Statistic | Relation, str] = {
    Statistic.LATEST: "now",
    Statistic.MEAN: "mean",
    Statistic.MAX: "peak",
    Statistic.MIN: "minimum",
}


def _value_kind(sheet: AnswerFacts, required: Sequence[Fact]) -> str:
    first = required[0]
    stem = _STEMS.get((first.quantity, first.statistic)) or _STEMS_BY_STATISTIC.get(first.statistic)
    if stem is None or len({(f.quantity, f.statistic) for f in required}) > 1:
        return "generic"
    if first.device is None:
        return f"{stem}.site"
    if len(required) > 1:
        return f"{stem}.list"
    if stem in ("peak", "minimum") and not sheet.question.devices:
        return f"{stem}.any"
    return f"{stem}.device"
