"""From what was heard to the kind of answer that is wanted: an ordered table, the first fitting rule wins."""

import re
from dataclasses import replace

from api_service.assistant.time.extract import TimeFound
from api_service.assistant.types import Intent, Order, Quantity, Statistic
from api_service.assistant.understanding.intent import GUESS, LEVELS, LIKELY, Outcome, Rule, Wanted, phrase
from api_service.assistant.understanding.keywords import ACTIVE_NOW, ACTIVE_WORD
from api_service.assistant.understanding.ranking_rules import (
    compare,
    extreme_of_any,
    measured,
    ranking,
    share,
)
from api_service.assistant.understanding.refusal_rules import not_yet
from api_service.assistant.understanding.utterance import Heard

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


def recognise(heard: Heard) -> Outcome | None:
    """What is wanted, or why it is declined; None where the text says too little."""
    for rule in _RULES:
        outcome = rule(heard)
        if outcome is not None:
            return outcome
    return None


def _state(heard: Heard) -> Outcome | None:
    if not heard.has("state") or not heard.named or heard.has("thd", "power_factor", "voltage"):
        return None
    if _HOW_MUCH.search(heard.words):
        return None
    if heard.past is not None:
        return not_yet("earlier states")
    return Wanted(Intent.STATE, Quantity.STATE, Statistic.LATEST, current=True)


def _active(heard: Heard) -> Outcome | None:
    if heard.named or heard.has("most", "least"):
        return None
    if not heard.has("active") and not _STATUS.search(heard.words):
        return None
    if heard.has("site") and heard.has("usage"):
        return None
    if ACTIVE_NOW.search(heard.words) and not ACTIVE_WORD.search(heard.words):
        if heard.past is not None:
            return not_yet("earlier states")
        return Wanted(Intent.ACTIVE, Quantity.COUNT, Statistic.LATEST, current=True)
    return Wanted(Intent.ACTIVE, Quantity.COUNT, Statistic.COUNT)


def _inventory(heard: Heard) -> Outcome | None:
    if heard.has("active") and ACTIVE_WORD.search(heard.words):
        return None
    if not heard.has("inventory") or heard.has("most", "least", "use", "energy"):
        return None
    return Wanted(Intent.INVENTORY, Quantity.COUNT, Statistic.COUNT, current=True)


def _power_factor(heard: Heard) -> Outcome | None:
    if not heard.has("power_factor"):
        return None
    return Wanted(Intent.POWER_FACTOR, Quantity.POWER_FACTOR, Statistic.MEAN)


def _thd(heard: Heard) -> Outcome | None:
    if not heard.has("thd"):
        return None
    if not heard.named:
        if peak := extreme_of_any(heard):
            return peak
        order = Order.LEAST if heard.has("least", "best") else Order.MOST
        return measured(heard, Wanted(Intent.RANKING, order=order, top=heard.top or 1, certainty=LIKELY))
    if heard.has("max"):
        return Wanted(Intent.THD, Quantity.THD, Statistic.MAX)
    if heard.has("min"):
        return not_yet("the lowest THD of a device")
    statistic = Statistic.LATEST if heard.is_now else Statistic.MEAN
    return Wanted(Intent.THD, Quantity.THD, statistic, current=heard.is_now)


def _level(heard: Heard) -> Outcome | None:
    """Voltage, current, frequency, reactive and apparent power: means, and extremes where they are kept."""
    quantity = next((quantity for name, quantity in LEVELS if heard.has(name)), None)
    if quantity is None or (quantity is Quantity.CURRENT and heard.has("watts", "kwh")):
        return None
    if not heard.named and quantity in (Quantity.CURRENT, Quantity.APPARENT_POWER):
        return not_yet("the current or apparent power of the whole site")
    extreme = (
        Intent.PEAK if heard.has("max", "most") else Intent.MINIMUM if heard.has("min", "least") else None
    )
    if extreme is None:
        return Wanted(Intent.AVERAGE, quantity, Statistic.MEAN)
    kept = quantity is Quantity.VOLTAGE or (quantity is Quantity.CURRENT and extreme is Intent.PEAK)
    if not kept or heard.has("when"):
        return not_yet("extremes of the frequency, of reactive and apparent power, and their times")
    return Wanted(extreme, quantity, Statistic.MAX if extreme is Intent.PEAK else Statistic.MIN)


def _base(heard: Heard) -> Outcome | None:
    if not heard.has("base"):
        return None
    if heard.named and _BASE_LOAD.search(heard.words):
        return Wanted(Intent.MINIMUM, Quantity.POWER, Statistic.MIN, certainty=LIKELY)
    return not_yet("base load and standby power")


def _extreme(heard: Heard) -> Outcome | None:
    """The highest or lowest reading; "when did it use the most" too."""
    pointed = heard.named or heard.has("when")
    asks_most = heard.has("max") or (pointed and bool(_SUPERLATIVE.search(heard.words)))
    asks_least = heard.has("min") or (pointed and heard.has("least"))
    if not (asks_most or asks_least) or not (
        heard.named or heard.has("power", "energy", "use", "max", "min")
    ):
        return None
    if not heard.named and _SITE_PEAK.search(heard.words):
        return not_yet("the highest and lowest power of the whole site")
    if asks_most:
        return Wanted(Intent.PEAK, Quantity.POWER, Statistic.MAX)
    return Wanted(Intent.MINIMUM, Quantity.POWER, Statistic.MIN)


def _average(heard: Heard) -> Outcome | None:
    if not heard.has("mean") or not (heard.named or heard.has("power", "energy", "use", "site")):
        return None
    if re.search(r"mean", heard.words) and not heard.has("power", "energy", "use", "watts"):
        return None
    certainty = LIKELY if heard.has("kwh") and not heard.has("watts") else 1.0
    return Wanted(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN, certainty=certainty)


def _when(heard: Heard) -> Outcome | None:
    if (heard.has("when") and heard.has("power", "energy", "use", "state")) or (
        heard.has("when") and heard.named
    ):
        return not_yet("times of use")
    return None


def _amount(heard: Heard) -> Outcome | None:
    """Energy over a window or power now: what most questions are about."""
    if not heard.has("power", "energy", "use" if heard.named else "usage"):
        return None
    if not heard.named and not _is_about_site(heard):
        return None
    if heard.is_present:
        return Wanted(Intent.POWER_NOW, current=True)
    return _amount_without_time(heard) if heard.past is None else _amount_in_window(heard, heard.past)


def _amount_in_window(heard: Heard, time: TimeFound) -> Wanted:
    power = Wanted(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN)
    energy = Wanted(Intent.ENERGY, Quantity.ENERGY, Statistic.SUM)
    if heard.has("kwh"):
        return energy
    if time.instant:
        return power
    if heard.has("watts") or (heard.has("power") and not heard.has("energy", "use")) or _was_using(heard):
        return replace(power, certainty=0.95)
    return replace(energy, certainty=0.95)


def _amount_without_time(heard: Heard) -> Wanted:
    energy = Wanted(Intent.ENERGY, Quantity.ENERGY, Statistic.SUM)
    if heard.has("kwh"):
        return energy
    if heard.has("past"):
        if heard.has("watts") or (heard.has("power") and not heard.has("energy", "use")):
            return Wanted(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN, certainty=LIKELY)
        return replace(energy, certainty=0.95)
    if heard.has("power"):
        return Wanted(Intent.POWER_NOW, current=True)
    return replace(energy, certainty=LIKELY)


def _was_using(heard: Heard) -> bool:
    return bool(
        re.search(r"(?<!\S)(?:was|were) .*(?:using|drawing|pulling|consuming|running at)", heard.words)
    )


def _is_about_site(heard: Heard) -> bool:
    """Whether a question without a device asks for the whole: it names the site, or a value and no thing."""
    return heard.has("site") or (
        (heard.has("now") or not heard.has("doer", "thing")) and heard.has("value", "power", "energy")
    )


def _whole(heard: Heard) -> Outcome | None:
    """ "What is drawing power now": a ranking where only a thing is asked for."""
    if heard.named or not heard.has("doer") or not heard.has("use", "power", "energy"):
        return None
    if heard.has("present", "now") and heard.past is None:
        return Wanted(Intent.ACTIVE, Quantity.COUNT, Statistic.LATEST, current=True, certainty=LIKELY)
    return measured(heard, Wanted(Intent.RANKING, top=heard.top or 3, certainty=GUESS))


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
