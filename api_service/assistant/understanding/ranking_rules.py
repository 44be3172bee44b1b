"""Questions whose answer is a device among others: rankings, comparisons, shares."""

from dataclasses import replace

from api_service.assistant.types import Intent, Order, Quantity, Relation
from api_service.assistant.understanding.intent import LEVELS, LIKELY, IntentFrame, ParseResult, phrase
from api_service.assistant.understanding.refusal_rules import not_yet
from api_service.assistant.understanding.utterance import Utterance
from api_service.metering.measure import Statistic

_ELECTRIC = ("use", "power", "energy", "thing", "share")
_COMPARISON = phrase(r"""
    vs|versus|compar\w+|difference|differs?|than|(?:which|who|what)(?: \S+)* or
    |<dev> or (?:the |my |our )?<dev>|more|less|higher|lower|bigger|smaller|larger|hungrier|heavier|against
    |which|relative|ratio
""")
_PEAKS = phrase(r"peak\w*|spik\w+|max(?:imum)?(?! consum| use)|highest (?:single )?reading")
_LOWEST = phrase(r"lowest (?:single )?reading|minimum")
_TERSE = phrase(r"""
    ^(?:the )?(?:most|highest|biggest|largest|top|least|lowest|smallest) (?:energy|kwh|electricity|consumption
    |juice|usage|watts|\d+)|(?:top|the|which|what) (?:\d+|two|three|four|five)
    |(?:\d+|two|three|four|five) (?:biggest|highest|largest|top|most|least|smallest|lowest|worst)
""")
_POWER_HOG = phrase(r"power (?:hog|guzzler|user|eater|consumer)s?")


def compare(utterance: Utterance) -> ParseResult | None:
    """Two devices side by side; more than two become a ranking among them."""
    if utterance.named < 2 or not _COMPARISON.search(utterance.words):
        return None
    order = Order.LEAST if utterance.has("less") else Order.MOST
    frame = measured(utterance, IntentFrame(Intent.COMPARE, order=order))
    return frame if utterance.named == 2 else replace(frame, intent=Intent.RANKING, top=utterance.top or 1)


def ranking(utterance: Utterance) -> ParseResult | None:
    """Which device stands first, or last, or the first few of them."""
    if utterance.named or not utterance.has("most", "least", "rank", "best", "worst", "lots"):
        return None
    terse = bool(_TERSE.search(utterance.words))
    if not terse and not _asks_for_device(utterance):
        return None
    if not terse and not utterance.has(*_ELECTRIC, "thd", "power_factor", *(name for name, _ in LEVELS)):
        return None
    return extreme_of_any(utterance) or _ranked(utterance)


def extreme_of_any(utterance: Utterance) -> IntentFrame | None:
    """ "Which device had the highest peak?": a single reading and not a ranking."""
    quantity = Quantity.THD if utterance.has("thd") else Quantity.POWER
    if utterance.has("power_factor") or utterance.is_now:
        return None
    if _PEAKS.search(utterance.words):
        return IntentFrame(Intent.PEAK, quantity, Statistic.MAX)
    if _LOWEST.search(utterance.words) and quantity is Quantity.POWER:
        return IntentFrame(Intent.MINIMUM, quantity, Statistic.MIN)
    return None


def _ranked(utterance: Utterance) -> IntentFrame:
    order = Order.LEAST if utterance.has("least") and not utterance.has("rank") else Order.MOST
    if utterance.has("power_factor") and utterance.has("worst", "best"):
        order = Order.LEAST if utterance.has("worst") else Order.MOST
    elif utterance.has("thd") and utterance.has("best"):
        order = Order.LEAST
    elif utterance.has("worst"):
        order = Order.MOST
    return measured(utterance, IntentFrame(Intent.RANKING, order=order, top=utterance.top or 1))


def _asks_for_device(utterance: Utterance) -> bool:
    """Whether a device is the answer, and not a value."""
    return utterance.has("doer", "which", "rank", "thing") or (
        utterance.is_now and utterance.has("most", "least")
    )


def share(utterance: Utterance) -> ParseResult | None:
    """A device's part of the total."""
    if not utterance.has("share") or utterance.has("thd", "power_factor"):
        return None
    if utterance.is_now:
        return not_yet("shares of the power at this moment")
    if utterance.named:
        return IntentFrame(Intent.SHARE, Relation.SHARE, Relation.SHARE)
    if utterance.has("doer", "which", "thing"):
        return IntentFrame(
            Intent.RANKING, Quantity.ENERGY, Statistic.SUM, top=utterance.top or 1, certainty=LIKELY
        )
    return None


def measured(utterance: Utterance, frame: IntentFrame) -> IntentFrame:
    """The quantity and statistic by which devices are ranked or compared."""
    mean = replace(frame, statistic=Statistic.MEAN)
    level = next((quantity for name, quantity in LEVELS if utterance.has(name)), None)
    if utterance.has("thd"):
        statistic = Statistic.LATEST if utterance.is_now else Statistic.MEAN
        return replace(frame, quantity=Quantity.THD, statistic=statistic, current=utterance.is_now)
    if utterance.has("power_factor"):
        level = Quantity.POWER_FACTOR
    if level is not None:
        return replace(mean, quantity=level)
    if utterance.is_now or (utterance.is_present and not utterance.has("kwh")):
        return replace(frame, quantity=Quantity.POWER, statistic=Statistic.LATEST, current=True)
    if utterance.has("mean", "watts") or (
        utterance.has("power") and not utterance.has("use", "kwh") and not _POWER_HOG.search(utterance.words)
    ):
        return replace(mean, quantity=Quantity.POWER)
    return replace(frame, quantity=Quantity.ENERGY, statistic=Statistic.SUM)
