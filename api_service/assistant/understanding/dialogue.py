"""What a follow-up takes from the turn before: "and the fridge?", "and yesterday?", "is it on?"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from api_service.assistant.entities.device_mentions import find_devices
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.types import (
    DeviceRef,
    Intent,
    Moment,
    Order,
    Quantity,
    Question,
    Statistic,
    Turn,
    Window,
)
from api_service.assistant.understanding.intent import Outcome, Wanted
from api_service.assistant.understanding.refusal_rules import Declined, not_yet
from api_service.assistant.understanding.utterance import PRONOUN, Heard

_OPENING = re.compile(
    r"^(?:(?:ok|okay|so|well|hm+|now|alright|thanks|thank you|great|yes|no|oh|please|tell me|show me) )*"
    r"(?:and|what about|how about|or|also|but|then|same|what of|plus|likewise|what if|now|instead)(?!\S)"
)
_WHOLE = re.compile(
    r"(?<!\S)(?:total|overall|altogether|whole|everything|all|in total|house|sum|together)(?!\S)"
)
_WHEN_WAS_THAT = re.compile(r"(?<!\S)(?:when|what time|at what time|which time)(?!\S)")
_VERSUS = re.compile(r"(?<!\S)(?:vs|versus|than|compar\w+|difference|against)(?!\S)")
_BEFORE_THAT = re.compile(r"(?<!\S)the (?P<unit>day|week) before(?: that)?(?!\S)")
_SHORT = 6
_INHERITED = 0.93
_BY_QUANTITY = {
    Quantity.ENERGY: (Intent.ENERGY, Statistic.SUM),
    Quantity.THD: (Intent.THD, Statistic.MEAN),
    Quantity.POWER_FACTOR: (Intent.POWER_FACTOR, Statistic.MEAN),
}
_EXTREMES = (Intent.PEAK, Intent.MINIMUM)
_OF_ONE_DEVICE = frozenset({Intent.PEAK, Intent.MINIMUM, Intent.THD, Intent.POWER_FACTOR})


@dataclass(frozen=True)
class Before:
    """The turns before: the last question that was understood (as if it could be answered), and `devices`,
    what "it" stands for: those that were asked about last, or the one that the answer put first.
    """

    question: Question
    devices: tuple[DeviceRef, ...] = ()


def last_exchange(history: Sequence[Turn]) -> tuple[Turn, str, Sequence[Turn]] | None:
    """The last question of the user, the answer that followed ("" if none), and the turns before it."""
    for index in range(len(history) - 1, -1, -1):
        if history[index].role == "user":
            answers = [turn.content for turn in history[index + 1 :] if turn.role == "assistant"]
            return history[index], answers[0] if answers else "", history[:index]
    return None


def devices_of_answer(answer: str, catalog: Sequence[DeviceRef]) -> tuple[DeviceRef, ...]:
    """The devices that an answer names, in order."""
    namings = find_devices(answer, catalog).namings
    return tuple(dict.fromkeys(n.devices[0] for n in namings if not n.ambiguous))


def is_follow_up(heard: Heard, own: Outcome | None) -> bool:
    """Whether the text leans on the turn before."""
    if _OPENING.search(heard.words):
        return True
    if heard.pronoun or (not heard.namings and PRONOUN.search(heard.words)):
        return True
    short = len(heard.words.split()) <= _SHORT
    if own is None:
        return short and bool(heard.namings or heard.times or heard.concepts)
    if isinstance(own, Wanted) and own.intent in _OF_ONE_DEVICE:
        return short and not heard.named and not heard.has("site", "thing", "doer")
    return False


def merged(heard: Heard, own: Outcome | None, before: Before) -> Outcome | None:
    """What is wanted, with what the text leaves out taken from the question before."""
    previous = before.question
    if isinstance(own, Declined):
        return own
    if _WHEN_WAS_THAT.search(heard.words) and (own is None or own.intent not in _EXTREMES):
        return _as_before(previous) if previous.intent in _EXTREMES else None
    if heard.devices and previous.devices and _VERSUS.search(heard.words):
        return _compared(previous)
    return _told_anew(heard, own, previous) or own or _adapted(heard, _as_before(previous))


def _told_anew(heard: Heard, own: Wanted | None, previous: Question) -> Wanted | None:
    """The value before, told in another way: "in percent?", "and on average?", "and the least?"."""
    if own is None and previous.quantity in (Quantity.ENERGY, Quantity.POWER, Quantity.SHARE):
        if heard.has("share"):
            return Wanted(Intent.SHARE, Quantity.SHARE, Statistic.SHARE, certainty=_INHERITED)
        if heard.has("mean"):
            return Wanted(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN, certainty=_INHERITED)
    is_open = own is None or (own.intent is Intent.RANKING and own.quantity is Quantity.ENERGY)
    return _turned(heard, previous) if is_open and not heard.has("kwh") else None


def devices_for(heard: Heard, wanted: Wanted, before: Before) -> tuple[DeviceRef, ...]:
    """The devices of a follow-up: its own, else those of the turn before where the answer needs one."""
    previous = before.question
    if heard.named:
        if wanted.intent is Intent.COMPARE and len(heard.devices) == 1 and previous.devices:
            return (previous.devices[0], *heard.devices)
        return heard.devices
    if wanted.intent in (Intent.RANKING, Intent.ACTIVE, Intent.INVENTORY):
        return previous.devices if previous.intent is wanted.intent else ()
    if _WHOLE.search(heard.words) and wanted.intent in (Intent.ENERGY, Intent.POWER_NOW, Intent.AVERAGE):
        return ()
    if wanted.intent in (Intent.STATE, Intent.SHARE) or previous.intent is not Intent.RANKING:
        return before.devices if previous.devices or wanted.intent is not previous.intent else ()
    return before.devices


def is_day_before(text: str) -> bool:
    """Whether "the day before" is said, which only a conversation can tell."""
    return bool(_BEFORE_THAT.search(text))


def shifted_window(heard: Heard, before: Before, moment: Moment) -> Window | None:
    """ "And the day before?": the day (or week) before the one that was spoken of."""
    match = _BEFORE_THAT.search(heard.words)
    window = before.question.window
    if match is None or window is None:
        return None
    calendar = SiteCalendar(moment)
    first = window.start.astimezone(moment.timezone).date()
    if match.group("unit") == "day":
        day = first - timedelta(days=1)
        return calendar.span(day, day, calendar.day_label(day))
    monday = first - timedelta(days=first.weekday() + 7)
    sunday = monday + timedelta(days=6)
    label = f"from {calendar.date_words(monday)} to {calendar.date_words(sunday)}"
    return calendar.span(monday, sunday, label)


def _as_before(previous: Question) -> Wanted:
    current = previous.window is None
    return Wanted(
        previous.intent,
        previous.quantity,
        previous.statistic,
        previous.order,
        previous.top,
        current=current,
        certainty=_INHERITED,
    )


def _compared(previous: Question) -> Wanted:
    """ "Is that more than the fridge?": the quantity asked before, of both."""
    wanted = replace(_as_before(previous), intent=Intent.COMPARE)
    if previous.quantity in (Quantity.STATE, Quantity.SHARE, Quantity.COUNT):
        return replace(wanted, quantity=Quantity.ENERGY, statistic=Statistic.SUM, current=False)
    if previous.statistic in (Statistic.MAX, Statistic.MIN):
        return replace(wanted, statistic=Statistic.MEAN)
    return wanted


def _turned(heard: Heard, previous: Question) -> Wanted | None:
    """ "And the least?", "and the top 3?" after a ranking or an extreme."""
    wanted = _as_before(previous)
    if previous.intent is Intent.RANKING and not heard.named:
        order = Order.LEAST if heard.has("least") else Order.MOST if heard.has("most") else previous.order
        if order is previous.order and heard.top is None:
            return None
        return replace(wanted, order=order, top=heard.top or 1)
    if previous.intent is Intent.COMPARE and heard.has("less", "least"):
        return replace(wanted, order=Order.LEAST)
    return None


def _adapted(heard: Heard, wanted: Wanted) -> Outcome:
    """The intent before, fitted to another device or another time."""
    of_many = wanted.intent in (Intent.RANKING, Intent.COMPARE, Intent.ACTIVE, Intent.INVENTORY)
    if of_many and (heard.named or _WHOLE.search(heard.words)):
        wanted = _of_one(wanted)
    if heard.past is not None:
        return _in_window(wanted)
    if heard.is_now:
        return _at_this_moment(wanted)
    return wanted


def _of_one(wanted: Wanted) -> Wanted:
    if wanted.intent in (Intent.ACTIVE, Intent.INVENTORY):
        return replace(
            wanted, intent=Intent.STATE, quantity=Quantity.STATE, statistic=Statistic.LATEST, current=True
        )
    if wanted.quantity in _BY_QUANTITY:
        intent, statistic = _BY_QUANTITY[wanted.quantity]
        return replace(wanted, intent=intent, statistic=wanted.statistic if wanted.current else statistic)
    intent = Intent.POWER_NOW if wanted.current else Intent.AVERAGE
    return replace(wanted, intent=intent)


def _in_window(wanted: Wanted) -> Outcome:
    if not wanted.current:
        return wanted
    if wanted.intent is Intent.STATE:
        return not_yet("earlier states")
    if wanted.intent is Intent.POWER_NOW:
        return replace(wanted, intent=Intent.AVERAGE, statistic=Statistic.MEAN, current=False)
    if wanted.intent is Intent.ACTIVE:
        return replace(wanted, statistic=Statistic.COUNT, current=False)
    if wanted.statistic is Statistic.LATEST:
        return replace(wanted, statistic=Statistic.MEAN, current=False)
    return wanted


def _at_this_moment(wanted: Wanted) -> Outcome:
    if wanted.intent is Intent.SHARE:
        return not_yet("shares of the power at this moment")
    if wanted.intent in (Intent.ENERGY, Intent.AVERAGE, Intent.PEAK, Intent.MINIMUM) and wanted.quantity in (
        Quantity.ENERGY,
        Quantity.POWER,
    ):
        return Wanted(Intent.POWER_NOW, current=True, certainty=_INHERITED)
    if wanted.intent in (Intent.RANKING, Intent.COMPARE) and wanted.quantity in (
        Quantity.ENERGY,
        Quantity.POWER,
    ):
        return replace(wanted, quantity=Quantity.POWER, statistic=Statistic.LATEST, current=True)
    if wanted.quantity is Quantity.THD:
        return replace(wanted, statistic=Statistic.LATEST, current=True)
    return wanted
