"""Understanding: from a question, the turns before it and "now" to a `Question`; deterministic, pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api_service.assistant.time.extract import default_window, last_hour
from api_service.assistant.types import (
    DeviceRef,
    Intent,
    Moment,
    Question,
    Refusal,
    Turn,
    Window,
)
from api_service.assistant.understanding import refusal_rules as refusals
from api_service.assistant.understanding.dialogue import (
    Before,
    devices_for,
    devices_of_answer,
    is_follow_up,
    last_exchange,
    merged,
    shifted_window,
)
from api_service.assistant.understanding.intent import Wanted
from api_service.assistant.understanding.intent_rules import recognise
from api_service.assistant.understanding.prefilter import first_look, guess, is_about_data, is_elsewhere
from api_service.assistant.understanding.refusal_rules import Declined
from api_service.assistant.understanding.utterance import PRONOUN, SINGULAR, Heard, hear

MAX_TURNS_BACK = 6
"""How many of the user's turns an understanding may lean on, one on the other."""

_NO_WINDOW = frozenset({Intent.POWER_NOW, Intent.STATE, Intent.INVENTORY})
_NEEDS_DEVICE = frozenset({Intent.STATE, Intent.SHARE, Intent.COMPARE})
_DEFAULT_WINDOW = 0.97
_STRANGE_WORDS = 0.85


@dataclass(frozen=True)
class _Understood:
    """A question as if it could be answered, and why it can not, where that is so.

    The first serves follow-ups: after "how much did the sauna use yesterday?" one may ask "and the fridge?".
    `context` is what a follow-up leans on, `subject` what "it" stands for then.
    """

    question: Question
    declined: Declined | None = None
    context: Question | None = None
    subject: tuple[DeviceRef, ...] = ()


def understand(text: str, history: Sequence[Turn], catalog: Sequence[DeviceRef], moment: Moment) -> Question:
    """What `text` asks.

    `history` are the turns before it, oldest first; `catalog` all devices. Never raises for any text: what
    cannot be understood or answered comes back with `intent` DECLINED, a `refusal` and its `detail`.
    """
    understood = _understand(text, history, catalog, moment, MAX_TURNS_BACK)
    if understood.declined is None:
        return understood.question
    declined = understood.declined
    return replace(
        understood.question,
        intent=Intent.DECLINED,
        refusal=declined.refusal,
        detail=declined.detail,
        heard={**understood.question.heard, "refusal": declined.words or "the question"},
    )


def _understand(
    text: str, history: Sequence[Turn], catalog: Sequence[DeviceRef], moment: Moment, depth: int
) -> _Understood:
    heard = hear(text, catalog, moment)
    before = _before(history, catalog, moment, depth)
    if before is not None and not heard.namings and before.devices and PRONOUN.search(heard.words):
        heard = heard.with_pronouns(before.devices)
    own = first_look(heard, is_dialogue=before is not None) or recognise(heard)
    outcome, leans = own, False
    if before is not None:
        leans = is_follow_up(heard, own)
        outcome = merged(heard, own, before) if leans else own
    if outcome is None:
        outcome = guess(heard)
    if isinstance(outcome, Declined):
        return _declined(heard, outcome, before)
    return _complete(heard, outcome, before if leans else None, moment)


def _before(
    history: Sequence[Turn], catalog: Sequence[DeviceRef], moment: Moment, depth: int
) -> Before | None:
    exchange = last_exchange(history)
    if exchange is None or depth == 0:
        return None
    turn, answer, earlier = exchange
    previous = _understand(turn.content, earlier, catalog, moment, depth - 1)
    if previous.context is None:
        return None
    return Before(
        previous.context,
        previous.question.devices or devices_of_answer(answer, catalog)[:1] or previous.subject,
    )


def _complete(heard: Heard, wanted: Wanted, before: Before | None, moment: Moment) -> _Understood:
    """The question with devices, window and certainty; declined where a name is unknown or ambiguous."""
    devices = devices_for(heard, wanted, before) if before is not None else heard.devices
    if not devices and not heard.named and _asks_about_it(heard, wanted):
        return _Understood(_bare(heard), Declined(Refusal.AMBIGUOUS_DEVICE, (), "it"))
    if heard.strange_time is not None and (before is None or shifted_window(heard, before, moment) is None):
        return _declined(heard, _strange_time(heard.strange_time), before)
    window, source = _window(heard, wanted, before, moment)
    certainty = heard.certainty * wanted.certainty
    if source == "default":
        certainty *= _DEFAULT_WINDOW
    if heard.english < 1.0:
        certainty *= _STRANGE_WORDS ** (len(heard.words.split()) * (1.0 - heard.english))
    question = Question(
        heard.text,
        wanted.intent,
        wanted.quantity,
        wanted.statistic,
        devices,
        window,
        wanted.order,
        wanted.top,
        mentions=heard.mentions,
        certainty=round(max(min(certainty, 1.0), 0.05), 4),
        heard={
            "intent": "inherited" if before is not None and wanted.certainty < 1 else heard.words,
            "devices": "the text" if heard.namings else "inherited" if devices else "default",
            "window": source,
        },
    )
    subject = devices or (before.devices if before is not None else ())
    return _Understood(question, _names_declined(heard, question), question, subject)


def _asks_about_it(heard: Heard, wanted: Wanted) -> bool:
    """Whether the text speaks of an "it" that no turn before has named."""
    return bool(SINGULAR.search(heard.words)) and wanted.intent not in (Intent.RANKING, Intent.INVENTORY)


def _strange_time(words: str) -> Declined:
    """A date that no calendar has holds no readings; other words for times are to come."""
    if any(character.isdigit() for character in words):
        return Declined(Refusal.EMPTY_WINDOW, ("", words, "", ""), words)
    return refusals.not_yet(f'the time "{words}"', words)


def _names_declined(heard: Heard, question: Question) -> Declined | None:
    if heard.ambiguous:
        return Declined(Refusal.AMBIGUOUS_DEVICE, tuple(device.name for device in heard.ambiguous))
    elsewhere = is_elsewhere(heard) and (question.intent is Intent.STATE or not heard.namings)
    if elsewhere and (heard.strangers or question.intent is Intent.STATE or not is_about_data(heard)):
        return Declined(Refusal.OFF_TOPIC)
    if heard.strangers:
        return Declined(Refusal.UNKNOWN_DEVICE, heard.strangers[:1], heard.strangers[0])
    if question.intent in _NEEDS_DEVICE and not question.devices:
        return Declined(Refusal.OFF_TOPIC)
    is_single = question.intent is Intent.COMPARE and len(question.devices) < 2
    return refusals.not_yet("comparisons of periods") if is_single else None


def _window(heard: Heard, wanted: Wanted, before: Before | None, moment: Moment) -> tuple[Window | None, str]:
    """The window and where it comes from: the words, "inherited", "default", or "now"."""
    if wanted.intent in _NO_WINDOW or wanted.current:
        return None, "now"
    if heard.past is not None:
        return heard.past.window, heard.past.words
    if heard.is_now and wanted.intent not in (Intent.PEAK, Intent.MINIMUM, Intent.ACTIVE):
        return last_hour(moment), "now"
    if before is not None and (shifted := shifted_window(heard, before, moment)) is not None:
        return shifted, "the text"
    if before is not None and before.question.window is not None:
        return before.question.window, "inherited"
    return default_window(moment), "default"


def _declined(heard: Heard, why: Declined, before: Before | None) -> _Understood:
    """A declined question leaves the conversation where it was, but for the devices it named."""
    bare = _bare(heard)
    if before is None:
        return _Understood(bare, why, None, heard.devices)
    devices = heard.devices or before.devices
    context = replace(before.question, devices=heard.devices or before.question.devices)
    return _Understood(bare, why, context, devices)


def _bare(heard: Heard) -> Question:
    return Question(
        heard.text,
        Intent.DECLINED,
        devices=heard.devices,
        mentions=heard.mentions,
        certainty=heard.certainty,
    )
