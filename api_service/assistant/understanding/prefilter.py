"""What is declined at first sight, and what to make of a text that no rule fits."""

from api_service.assistant.entities.appliances import is_appliance
from api_service.assistant.text.vocabulary import OFF_TOPIC
from api_service.assistant.text.words import DEVICE, NOW, WINDOW
from api_service.assistant.time.phrases.extract import Tense
from api_service.assistant.types import Intent, Quantity, Refusal
from api_service.assistant.understanding import refusal_rules as refusals
from api_service.assistant.understanding.dialogue import is_day_before
from api_service.assistant.understanding.intent import IntentFrame, ParseResult
from api_service.assistant.understanding.refusal_rules import DeclineReason
from api_service.assistant.understanding.utterance import Utterance
from api_service.metering.measure import Statistic

# Words around a bare name that ask nothing, those that mean everything, and those that ask how it is doing.
_COURTESY = frozenset(
    {
        DEVICE,
        NOW,
        WINDOW,
        "the",
        "my",
        "our",
        "a",
        "and",
        "please",
        "what",
        "about",
        "how",
        "hey",
        "hi",
        "thanks",
        "ok",
    }
)
_ALL = frozenset(
    {
        "total",
        "overall",
        "all",
        "devices",
        "everything",
        "whole",
        "house",
        "home",
        "site",
        "in",
        "sum",
        "us",
        "for",
        "is",
        "was",
        "of",
    }
)
_NEWS = frozenset(
    {
        "is",
        "are",
        "okay",
        "fine",
        "update",
        "updates",
        "news",
        "looking",
        "on",
        "with",
        "any",
        "latest",
        "status",
    }
    | {
        "situation",
        "check",
        "info",
        "going",
        "it",
        "give",
        "me",
        "an",
        "tell",
        "show",
        "can",
        "you",
        "of",
        "alright",
    }
)
_BARE_NAME = 0.6
_MIN_ENGLISH = 0.34


def screen(utterance: Utterance, *, is_dialogue: bool) -> DeclineReason | None:
    """What is declined before any intent is sought."""
    text = utterance.words
    subject = utterance.devices[0].name if utterance.devices else ""
    if not utterance.line.words:
        return DeclineReason(Refusal.GIBBERISH)
    declined = refusals.control(text) or refusals.future(text)
    if declined is None and any(time.tense is Tense.FUTURE for time in utterance.times):
        declined = DeclineReason(Refusal.FUTURE, (), "the time")
    if declined is None:
        if is_dialogue and is_day_before(text):
            return None
        declined = refusals.not_recorded(text, subject) or refusals.to_come(text)
    if (
        declined is not None
        and declined.detail[:1] == ("earlier states",)
        and utterance.has("mean", "max", "min")
    ):
        declined = None
    if declined is None and _names_two_periods(utterance):
        declined = refusals.not_yet("comparisons of periods")
    if declined is not None and declined.refusal is not Refusal.CONTROL and not is_about_data(utterance):
        return DeclineReason(Refusal.OFF_TOPIC)
    return declined


def _names_two_periods(utterance: Utterance) -> bool:
    return len({time.window for time in utterance.times if time.window is not None}) > 1


def is_about_data(utterance: Utterance) -> bool:
    """Whether a declined question is at least about devices or electricity, or about nothing else."""
    concepts = ("power", "energy", "usage", "thing", "thd", "power_factor", "voltage", "frequency")
    if utterance.namings or utterance.pronoun or utterance.has(*concepts, "reactive", "apparent", "base"):
        return not is_elsewhere(utterance)
    return all(is_appliance(name) for name in utterance.unknown_devices) and not is_elsewhere(utterance)


def is_elsewhere(utterance: Utterance) -> bool:
    """Whether words of other subjects are spoken, in the place of a device's name too."""
    spoken = {word for name in utterance.unknown_devices if not is_appliance(name) for word in name.split()}
    return not OFF_TOPIC.isdisjoint(spoken | set(utterance.words.split()))


def fallback_intent(utterance: Utterance) -> ParseResult:
    """Where no rule fits: a bare name asks how the device is doing, anything else is no question for us."""
    rest = set(utterance.words.split()) - _COURTESY
    whole = utterance.has("site") and not utterance.named and bool(utterance.times) and rest <= _ALL
    if whole or (utterance.devices and not utterance.unknown_devices and not rest):
        if utterance.past is not None:
            return IntentFrame(Intent.ENERGY, Quantity.ENERGY, Statistic.SUM, certainty=_BARE_NAME)
        return IntentFrame(Intent.POWER_NOW, current=True, certainty=_BARE_NAME)
    if utterance.devices and not utterance.unknown_devices and rest <= _NEWS:
        return IntentFrame(Intent.STATE, Quantity.STATE, current=True, certainty=_BARE_NAME)
    is_language = utterance.english >= _MIN_ENGLISH or utterance.namings
    return DeclineReason(Refusal.OFF_TOPIC if is_language else Refusal.GIBBERISH)
