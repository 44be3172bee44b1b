"""Questions whose answer is a device among others: rankings, comparisons, shares."""

from dataclasses import replace

from api_service.assistant.types import Intent, Order, Quantity, Statistic
from api_service.assistant.understanding.intent import LEVELS, LIKELY, Outcome, Wanted, phrase
from api_service.assistant.understanding.refusal_rules import not_yet
from api_service.assistant.understanding.utterance import Heard

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


def compare(heard: Heard) -> Outcome | None:
    """Two devices side by side; more than two become a ranking among them."""
    if heard.named < 2 or not _COMPARISON.search(heard.words):
        return None
    order = Order.LEAST if heard.has("less") else Order.MOST
    wanted = measured(heard, Wanted(Intent.COMPARE, order=order))
    return wanted if heard.named == 2 else replace(wanted, intent=Intent.RANKING, top=heard.top or 1)


def ranking(heard: Heard) -> Outcome | None:
    """Which device stands first, or last, or the first few of them."""
    if heard.named or not heard.has("most", "least", "rank", "best", "worst", "lots"):
        return None
    terse = bool(_TERSE.search(heard.words))
    if not terse and not _asks_for_device(heard):
        return None
    if not terse and not heard.has(*_ELECTRIC, "thd", "power_factor", *(name for name, _ in LEVELS)):
        return None
    return extreme_of_any(heard) or _ranked(heard)


def extreme_of_any(heard: Heard) -> Wanted | None:
    """ "Which device had the highest peak?": a single reading and not a ranking."""
    quantity = Quantity.THD if heard.has("thd") else Quantity.POWER
    if heard.has("power_factor") or heard.is_now:
        return None
    if _PEAKS.search(heard.words):
        return Wanted(Intent.PEAK, quantity, Statistic.MAX)
    if _LOWEST.search(heard.words) and quantity is Quantity.POWER:
        return Wanted(Intent.MINIMUM, quantity, Statistic.MIN)
    return None


def _ranked(heard: Heard) -> Wanted:
    order = Order.LEAST if heard.has("least") and not heard.has("rank") else Order.MOST
    if heard.has("power_factor") and heard.has("worst", "best"):
        order = Order.LEAST if heard.has("worst") else Order.MOST
    elif heard.has("thd") and heard.has("best"):
        order = Order.LEAST
    elif heard.has("worst"):
        order = Order.MOST
    return measured(heard, Wanted(Intent.RANKING, order=order, top=heard.top or 1))


def _asks_for_device(heard: Heard) -> bool:
    """Whether a device is the answer, and not a value."""
    return heard.has("doer", "which", "rank", "thing") or (heard.is_now and heard.has("most", "least"))


def share(heard: Heard) -> Outcome | None:
    """A device's part of the total."""
    if not heard.has("share") or heard.has("thd", "power_factor"):
        return None
    if heard.is_now:
        return not_yet("shares of the power at this moment")
    if heard.named:
        return Wanted(Intent.SHARE, Quantity.SHARE, Statistic.SHARE)
    if heard.has("doer", "which", "thing"):
        return Wanted(Intent.RANKING, Quantity.ENERGY, Statistic.SUM, top=heard.top or 1, certainty=LIKELY)
    return None


def measured(heard: Heard, wanted: Wanted) -> Wanted:
    """The quantity and statistic by which devices are ranked or compared."""
    mean = replace(wanted, statistic=Statistic.MEAN)
    level = next((quantity for name, quantity in LEVELS if heard.has(name)), None)
    if heard.has("thd"):
        statistic = Statistic.LATEST if heard.is_now else Statistic.MEAN
        return replace(wanted, quantity=Quantity.THD, statistic=statistic, current=heard.is_now)
    if heard.has("power_factor"):
        level = Quantity.POWER_FACTOR
    if level is not None:
        return replace(mean, quantity=level)
    if heard.is_now or (heard.is_present and not heard.has("kwh")):
        return replace(wanted, quantity=Quantity.POWER, statistic=Statistic.LATEST, current=True)
    if heard.has("mean", "watts") or (
        heard.has("power") and not heard.has("use", "kwh") and not _POWER_HOG.search(heard.words)
    ):
        return replace(mean, quantity=Quantity.POWER)
    return replace(wanted, quantity=Quantity.ENERGY, statistic=Statistic.SUM)
