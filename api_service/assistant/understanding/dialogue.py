"""What a follow-up takes from the turn before: "and the fridge?", "and yesterday?", "is it on?"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from api_service.assistant.entities.mentions.device_mentions import find_devices
from api_service.assistant.time.calendar import SiteCalendar
from api_service.assistant.types import (
    DeviceRef,
    Intent,
    Moment,
    Order,
    Quantity,
    Question,
    Relation,
    Turn,
    Window,
)
from api_service.assistant.understanding.intent import IntentFrame, ParseResult
from api_service.assistant.understanding.refusal_rules import DeclineReason, not_yet
from api_service.assistant.understanding.utterance import PRONOUN, Utterance
from api_service.metering.measure import Statistic

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
_BY_QUANTITY: Mapping[Quantity | Relation, tuple[Intent, Statistic]] = {
    Quantity.ENERGY: (Intent.ENERGY, Statistic.SUM),
    Quantity.THD: (Intent.THD, Statistic.MEAN),
    Quantity.POWER_FACTOR: (Intent.POWER_FACTOR, Statistic.MEAN),
}
_EXTREMES = (Intent.PEAK, Intent.MINIMUM)
_OF_ONE_DEVICE = frozenset({Intent.PEAK, Intent.MINIMUM, Intent.THD, Intent.POWER_FACTOR})


@dataclass(frozen=True)
class DialogueContext:
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


def is_follow_up(utterance: Utterance, own: ParseResult | None) -> bool:
    """Whether the text leans on the turn before."""
    if _OPENING.search(utterance.words):
        return True
    if utterance.pronoun or (not utterance.namings and PRONOUN.search(utterance.words)):
        return True
    short = len(utterance.words.split()) <= _SHORT
    if own is None:
        return short and bool(utterance.namings or utterance.times or utterance.concepts)
    if isinstance(own, IntentFrame) and own.intent in _OF_ONE_DEVICE:
        return short and not utterance.named and not utterance.has("site", "thing", "doer")
    return False


def resolve_ellipsis(
    utterance: Utterance, own: ParseResult | None, before: DialogueContext
) -> ParseResult | None:
    """What is wanted, with what the text leaves out taken from the question before."""
    previous = before.question
    if isinstance(own, DeclineReason):
        return own
    if _WHEN_WAS_THAT.search(utterance.words) and (own is None or own.intent not in _EXTREMES):
        return _as_before(previous) if previous.intent in _EXTREMES else None
    if utterance.devices and previous.devices and _VERSUS.search(utterance.words):
        return _compared(previous)
    return _restated(utterance, own, previous) or own or _adapted(utterance, _as_before(previous))


def _restated(utterance: Utterance, own: IntentFrame | None, previous: Question) -> IntentFrame | None:
    """The value before, told in another way: "in percent?", "and on average?", "and the least?"."""
    if own is None and previous.quantity in (Quantity.ENERGY, Quantity.POWER, Relation.SHARE):
        if utterance.has("share"):
            return IntentFrame(Intent.SHARE, Relation.SHARE, Relation.SHARE, certainty=_INHERITED)
        if utterance.has("mean"):
            return IntentFrame(Intent.AVERAGE, Quantity.POWER, Statistic.MEAN, certainty=_INHERITED)
    is_open = own is None or (own.intent is Intent.RANKING and own.quantity is Quantity.ENERGY)
    return _turned(utterance, previous) if is_open and not utterance.has("kwh") else None


def devices_for(utterance: Utterance, frame: IntentFrame, before: DialogueContext) -> tuple[DeviceRef, ...]:
    """The devices of a follow-up: its own, else those of the turn before where the answer needs one."""
    previous = before.question
    if utterance.named:
        if frame.intent is Intent.COMPARE and len(utterance.devices) == 1 and previous.devices:
            return (previous.devices[0], *utterance.devices)
        return utterance.devices
    if frame.intent in (Intent.RANKING, Intent.ACTIVE, Intent.INVENTORY):
        return previous.devices if previous.intent is frame.intent else ()
    if _WHOLE.search(utterance.words) and frame.intent in (Intent.ENERGY, Intent.POWER_NOW, Intent.AVERAGE):
        return ()
    if frame.intent in (Intent.STATE, Intent.SHARE) or previous.intent is not Intent.RANKING:
        return before.devices if previous.devices or frame.intent is not previous.intent else ()
    return before.devices


def is_day_before(text: str) -> bool:
    """Whether "the day before" is said, which only a conversation can tell."""
    return bool(_BEFORE_THAT.search(text))


def shifted_window(utterance: Utterance, before: DialogueContext, moment: Moment) -> Window | None:
    """ "And the day before?": the day (or week) before the one that was spoken of."""
    match = _BEFORE_THAT.search(utterance.words)
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


def _as_before(previous: Question) -> IntentFrame:
    current = previous.window is None
    return IntentFrame(
        previous.intent,
        previous.quantity,
        previous.statistic,
        previous.order,
        previous.top,
        current=current,
        certainty=_INHERITED,
    )


def _compared(previous: Question) -> IntentFrame:
    """ "Is that more than the fridge?": the quantity asked before, of both."""
    frame = replace(_as_before(previous), intent=Intent.COMPARE)
    if previous.quantity in (Quantity.STATE, Relation.SHARE, Relation.COUNT):
        return replace(frame, quantity=Quantity.ENERGY, statistic=Statistic.SUM, current=False)
    if previous.statistic in (Statistic.MAX, Statistic.MIN):
        return replace(frame, statistic=Statistic.MEAN)
    return frame


def _turned(utterance: Utterance, previous: Question) -> IntentFrame | None:
    """ "And the least?", "and the top 3?" after a ranking or an extreme."""
    frame = _as_before(previous)
    if previous.intent is Intent.RANKING and not utterance.named:
        order = (
            Order.LEAST if utterance.has("least") else Order.MOST if utterance.has("most") else previous.order
        )
        if order is previous.order and utterance.top is None:
            return None
        return replace(frame, order=order, top=utterance.top or 1)
    if previous.intent is Intent.COMPARE and utterance.has("less", "least"):
        return replace(frame, order=Order.LEAST)
    return None


def _adapted(utterance: Utterance, frame: IntentFrame) -> ParseResult:
    """The intent before, fitted to another device or another time."""
    of_many = frame.intent in (Intent.RANKING, Intent.COMPARE, Intent.ACTIVE, Intent.INVENTORY)
    if of_many and (utterance.named or _WHOLE.search(utterance.words)):
        frame = _of_one(frame)
    if utterance.past is not None:
        return _in_window(frame)
    if utterance.is_now:
        return _at_this_moment(frame)
    return frame


def _of_one(frame: IntentFrame) -> IntentFrame:
    if frame.intent in (Intent.ACTIVE, Intent.INVENTORY):
        return replace(
            frame, intent=Intent.STATE, quantity=Quantity.STATE, statistic=Statistic.LATEST, current=True
        )
    if frame.quantity in _BY_QUANTITY:
        intent, statistic = _BY_QUANTITY[frame.quantity]
        return replace(frame, intent=intent, statistic=frame.statistic if frame.current else statistic)
    intent = Intent.POWER_NOW if frame.current else Intent.AVERAGE
    return replace(frame, intent=intent)


def _in_window(frame: IntentFrame) -> ParseResult:
    if not frame.current:
        return frame
    if frame.intent is Intent.STATE:
        return not_yet("earlier states")
    if frame.intent is Intent.POWER_NOW:
        return replace(frame, intent=Intent.AVERAGE, statistic=Statistic.MEAN, current=False)
    if frame.intent is Intent.ACTIVE:
        return replace(frame, statistic=Relation.COUNT, current=False)
    if frame.statistic is Statistic.LATEST:
        return replace(frame, statistic=Statistic.MEAN, current=False)
    return frame


def _at_this_moment(frame: IntentFrame) -> ParseResult:
    if frame.intent is Intent.SHARE:
        return not_yet("shares of the power at this moment")
    if frame.intent in (Intent.ENERGY, Intent.AVERAGE, Intent.PEAK, Intent.MINIMUM) and frame.quantity in (
        Quantity.ENERGY,
        Quantity.POWER,
    ):
        return IntentFrame(Intent.POWER_NOW, current=True, certainty=_INHERITED)
    if frame.intent in (Intent.RANKING, Intent.COMPARE) and frame.quantity in (
        Quantity.ENERGY,
        Quantity.POWER,
    ):
        return replace(frame, quantity=Quantity.POWER, statistic=Statistic.LATEST, current=True)
    if frame.quantity is Quantity.THD:
        return replace(frame, statistic=Statistic.LATEST, current=True)
    return frame
