"""Rule-based intent classification; rules are ordered, the first match wins."""

import re
from dataclasses import replace

from api_service.assistant.time.phrases.extract import TimeExpression
from api_service.assistant.types import Intent, Order, Quantity, Relation
from api_service.assistant.understanding.intent import (
    GUESS,
    LEVELS,
    LIKELY,
    IntentFrame,
    ParseResult,
    Rule,
    phrase,
)
from api_service.assistant.understanding.keywords import ACTIVE_NOW, ACTIVE_WORD
from api_service.assistant.understanding.ranking_rules import (
    compare,
    extreme_of_any,
    measured,
    ranking,
    share,
)
from api_service.assistant.understanding.refusal_rules import not_yet
from api_service.assistant.understanding.utterance import Utterance
from api_service.metering.measure import Statistic

_BASE_LOAD = phrase(r"base ?load|base ?line")
_HOW_MUCH = phrase(r"how (?:hard|hungry|thirsty|much|many|high|low|big)")
_STATUS = phrase(r"status")
_SUPERLATIVE = phrase(r"""
    most|highest|maximum|max|peak|biggest|greatest|largest|strongest|hungriest|hardest
    |top (?:power|reading|value|draw|watt\w*|load|consumption)
""")
_SITE_PEAK = phrase(r"""
    total|whole|house|household|home|we|i|our|us|site|building|everything|combined|overall|entire
""")


def classify(utterance: Utterance) -> ParseResult | None:
    """What is wanted, or why it is declined; None where the text says too little."""
    for rule in _RULES:
        outcome = rule(utterance)
        if outcome is not None:
            return outcome
    return None


def _state(utterance: Utterance) -> ParseResult | None:
    if not utterance.has("state") or not utterance.named or utterance.has("thd", "power_factor", "voltage"):
        return None
    if _HOW_MUCH.search(utterance.words):
        return None
    if utterance.past is not None:
        return not_yet("earlier states")
    return IntentFrame(Intent.STATE, Quantity.STATE, Statistic.LATEST, current=True)


def _active(utterance: Utterance) -> ParseResult | None:
    if utterance.named or utterance.has("most", "least"):
        return None
    if not utterance.has("active") and not _STATUS.search(utterance.words):
        return None
    if utterance.has("site") and utterance.has("usage"):
        return None
    if ACTIVE_NOW.search(utterance.words) and not ACTIVE_WORD.search(utterance.words):
        if utterance.past is not None:
            return not_yet("earlier states")
        return IntentFrame(Intent.ACTIVE, Relation.COUNT, Statistic.LATEST, current=True)
    return IntentFrame(Intent.ACTIVE, Relation.COUNT, Relation.COUNT)


def _inventory(utterance: Utterance) -> ParseResult | None:
    if utterance.has("active") and ACTIVE_WORD.search(utterance.words):
        return None
    if not utterance.has("inventory") or utterance.has("most", "least", "use", "energy"):
        return None
    return IntentFrame(Intent.INVENTORY, Relation.COUNT, Relation.COUNT, current=True)


def _power_factor(utterance: Utterance) -> ParseResult | None:
    if not utterance.has("power_factor"):
        return None
    return IntentFrame(Intent.POWER_FACTOR, Quantity.POWER_FACTOR, Statistic.MEAN)


def _thd(utterance: Utterance) -> ParseResult | None:
    if not utterance.has("thd"):
        return None
    if not utterance.named:
        if peak := extreme_of_any(utterance):
            return peak
        order = Order.LEAST if utterance.has("least", "best") else Order.MOST
        return measured(
            utterance, IntentFrame(Intent.RANKING, order=order, top=utterance.top or 1, certainty=LIKELY)
        )
    if utterance.has("max"):
        return IntentFrame(Intent.THD, Quantity.THD, Statistic.MAX)
    if utterance.has("min"):
        return not_yet("the lowest THD of a device")
    statistic = Statistic.LATEST if utterance.is_now else Statistic.MEAN
    return IntentFrame(Intent.THD, Quantity.THD, statistic, current=utterance.is_now)


def _level(utterance: Utterance) -> ParseResult | None:
    """Voltage, current, frequency, reactive and apparent power: means, and extremes where they are kept."""
    quantity = next((quantity for name, quantity in LEVELS if utterance.has(name)), None)
    if quantity is None or (quantity is Quantity.CURRENT and utterance.has("watts", "kwh")):
        return None
    if not utterance.named and quantity in (Quantity.CURRENT, Quantity.APPARENT_POWER):
        return not_yet("the current or apparent power of the whole site")
    extreme = (
        Intent.PEAK
        if utterance.has("max", "most")
        else Intent.MINIMUM
        if utterance.has("min", "least")
        else None
    )
    if extreme is None:
        return IntentFrame(Intent.AVERAGE, quantity, Statistic.MEAN)
    kept = quantity is Quantity.VOLTAGE or (quantity is Quantity.CURRENT and extreme is Intent.PEAK)
    if not kept or utterance.has("when"):
        return not_yet("extremes of the frequency, of reactive and apparent power, and their times")
    return IntentFrame(extreme, quantity, Statistic.MAX if extreme is Intent.PEAK else Statistic.MIN)


def _base(utterance: Utterance) -> ParseResult | None:
    if not utterance.has("base"):
        return None
    if utterance.named and _BASE_LOAD.search(utterance.words):
        return IntentFrame(Intent.MINIMUM, Quantity.POWER, Statistic.MIN, certainty=LIKELY)
    return not_yet("base load and standby power")


def _extreme(utterance: Utterance) -> ParseResult | None:
    """The highest or lowest reading; "when did it use the most" too."""
    pointed = utterance.named or utterance.has("when")
    asks_most = utterance.has("max") or (pointed and bool(_SUPERLATIVE.search(utterance.words)))
    asks_least = utterance.has("min") or (pointed and utterance.has("least"))
    if not (asks_most or asks_least) or not (
        utterance.named or utterance.has("power", "energy", "use", "max", "min")
    ):
        return None
    if not utterance.named and _SITE_PEAK.search(utterance.words):
        return not_yet("the highest and lowest power of the whole site")
    if asks_most:
        return IntentFrame(Intent.PEAK, Quantity.POWER, Statistic.MAX)
    return IntentFrame(Intent.MINIMUM, Quantity.POWER, Statistic.MIN)


def _average(utterance: Utterance) -> ParseResult | None:
    if not utterance.has("mean") or not (utterance.named or utterance.has("power", "energy", "use", "site")):
        return None
    if re.search(r"mean", utterance.words) and not utterance.has("power", "energy", "use", "watts"):
        return None
    certainty = LIKELY if utterance.has("kwh") and not utterance.has("watts") else 1.0
    return IntentFrame(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN, certainty=certainty)


def _when(utterance: Utterance) -> ParseResult | None:
    if (utterance.has("when") and utterance.has("power", "energy", "use", "state")) or (
        utterance.has("when") and utterance.named
    ):
        return not_yet("times of use")
    return None


def _amount(utterance: Utterance) -> ParseResult | None:
    """Energy over a window or power now: what most questions are about."""
    if not utterance.has("power", "energy", "use" if utterance.named else "usage"):
        return None
    if not utterance.named and not _is_about_site(utterance):
        return None
    if utterance.is_present:
        return IntentFrame(Intent.POWER_NOW, current=True)
    return (
        _amount_without_time(utterance)
        if utterance.past is None
        else _amount_in_window(utterance, utterance.past)
    )


def _amount_in_window(utterance: Utterance, time: TimeExpression) -> IntentFrame:
    power = IntentFrame(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN)
    energy = IntentFrame(Intent.ENERGY, Quantity.ENERGY, Statistic.SUM)
    if utterance.has("kwh"):
        return energy
    if time.instant:
        return power
    if (
        utterance.has("watts")
        or (utterance.has("power") and not utterance.has("energy", "use"))
        or _was_using(utterance)
    ):
        return replace(power, certainty=0.95)
    return replace(energy, certainty=0.95)


def _amount_without_time(utterance: Utterance) -> IntentFrame:
    energy = IntentFrame(Intent.ENERGY, Quantity.ENERGY, Statistic.SUM)
    if utterance.has("kwh"):
        return energy
    if utterance.has("past"):
        if utterance.has("watts") or (utterance.has("power") and not utterance.has("energy", "use")):
            return IntentFrame(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN, certainty=LIKELY)
        return replace(energy, certainty=0.95)
    if utterance.has("power"):
        return IntentFrame(Intent.POWER_NOW, current=True)
    return replace(energy, certainty=LIKELY)


def _was_using(utterance: Utterance) -> bool:
    return bool(
        re.search(r"(?<!\S)(?:was|were) .*(?:using|drawing|pulling|consuming|running at)", utterance.words)
    )


def _is_about_site(utterance: Utterance) -> bool:
    """Whether a question without a device asks for the whole: it names the site, or a value and no thing."""
    return utterance.has("site") or (
        (utterance.has("now") or not utterance.has("doer", "thing"))
        and utterance.has("value", "power", "energy")
    )


def _whole(utterance: Utterance) -> ParseResult | None:
    """ "What is drawing power now": a ranking where only a thing is asked for."""
    if utterance.named or not utterance.has("doer") or not utterance.has("use", "power", "energy"):
        return None
    if utterance.has("present", "now") and utterance.past is None:
        return IntentFrame(Intent.ACTIVE, Relation.COUNT, Statistic.LATEST, current=True, certainty=LIKELY)
    return measured(utterance, IntentFrame(Intent.RANKING, top=utterance.top or 3, certainty=GUESS))


_RULES: tuple[Rule, ...] = (
    _base,
    _state,
    compare,
    ranking,
    share,
    _power_factor,
    _thd,
    _level,
    _inventory,
    _active,
    _extreme,
    _average,
    _when,
    _whole,
    _amount,
)
