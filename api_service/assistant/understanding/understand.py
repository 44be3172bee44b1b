"""Understanding: from a question, the turns before it and "now" to a `Question`; deterministic, pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api_service.assistant.time.phrases.extract import default_window, last_hour
from api_service.assistant.types import DeviceRef, Intent, Moment, Question, Refusal, Turn, Window
from api_service.assistant.understanding import refusal_rules as refusals
from api_service.assistant.understanding.dialogue import (
    DialogueContext,
    devices_for,
    devices_of_answer,
    is_follow_up,
    last_exchange,
    resolve_ellipsis,
    shifted_window,
)
from api_service.assistant.understanding.intent import IntentFrame
from api_service.assistant.understanding.intent_rules import classify
from api_service.assistant.understanding.prefilter import fallback_intent, is_about_data, is_elsewhere, screen
from api_service.assistant.understanding.refusal_rules import DeclineReason
from api_service.assistant.understanding.utterance import PRONOUN, SINGULAR, Utterance, parse_utterance

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
    declined: DeclineReason | None = None
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
        sources={**understood.question.sources, "refusal": declined.words or "the question"},
    )


def _understand(
    text: str, history: Sequence[Turn], catalog: Sequence[DeviceRef], moment: Moment, depth: int
) -> _Understood:
    utterance = parse_utterance(text, catalog, moment)
    before = _dialogue_context(history, catalog, moment, depth)
    if before is not None and not utterance.namings and before.devices and PRONOUN.search(utterance.words):
        utterance = utterance.with_pronouns(before.devices)
    own = screen(utterance, is_dialogue=before is not None) or classify(utterance)
    outcome, leans = own, False
    if before is not None:
        leans = is_follow_up(utterance, own)
        outcome = resolve_ellipsis(utterance, own, before) if leans else own
    if outcome is None:
        outcome = fallback_intent(utterance)
    if isinstance(outcome, DeclineReason):
        return _declined(utterance, outcome, before)
    return _complete(utterance, outcome, before if leans else None, moment)


def _dialogue_context(
    history: Sequence[Turn], catalog: Sequence[DeviceRef], moment: Moment, depth: int
) -> DialogueContext | None:
    exchange = last_exchange(history)
    if exchange is None or depth == 0:
        return None
    turn, answer, earlier = exchange
    previous = _understand(turn.content, earlier, catalog, moment, depth - 1)
    if previous.context is None:
        return None
    return DialogueContext(
        previous.context,
        previous.question.devices or devices_of_answer(answer, catalog)[:1] or previous.subject,
    )


def _complete(
    utterance: Utterance, frame: IntentFrame, before: DialogueContext | None, moment: Moment
) -> _Understood:
    """The question with devices, window and certainty; declined where a name is unknown or ambiguous."""
    devices = devices_for(utterance, frame, before) if before is not None else utterance.devices
    if not devices and not utterance.named and _asks_about_it(utterance, frame):
        return _Understood(_bare(utterance), DeclineReason(Refusal.AMBIGUOUS_DEVICE, (), "it"))
    if utterance.strange_time is not None and (
        before is None or shifted_window(utterance, before, moment) is None
    ):
        return _declined(utterance, _strange_time(utterance.strange_time), before)
    window, source = _window(utterance, frame, before, moment)
    certainty = utterance.certainty * frame.certainty
    if source == "default":
        certainty *= _DEFAULT_WINDOW
    if utterance.english < 1.0:
        certainty *= _STRANGE_WORDS ** (len(utterance.words.split()) * (1.0 - utterance.english))
    question = Question(
        utterance.text,
        frame.intent,
        frame.quantity,
        frame.statistic,
        devices,
        window,
        frame.order,
        frame.top,
        mentions=utterance.mentions,
        certainty=round(max(min(certainty, 1.0), 0.05), 4),
        sources={
            "intent": "inherited" if before is not None and frame.certainty < 1 else utterance.words,
            "devices": "the text" if utterance.namings else "inherited" if devices else "default",
            "window": source,
        },
    )
    subject = devices or (before.devices if before is not None else ())
    return _Understood(question, _names_declined(utterance, question), question, subject)


def _asks_about_it(utterance: Utterance, frame: IntentFrame) -> bool:
    """Whether the text speaks of an "it" that no turn before has named."""
    return bool(SINGULAR.search(utterance.words)) and frame.intent not in (Intent.RANKING, Intent.INVENTORY)


def _strange_time(words: str) -> DeclineReason:
    """A date that no calendar has holds no readings; other words for times are to come."""
    if any(character.isdigit() for character in words):
        return DeclineReason(Refusal.EMPTY_WINDOW, ("", words, "", ""), words)
    return refusals.not_yet(f'the time "{words}"', words)


def _names_declined(utterance: Utterance, question: Question) -> DeclineReason | None:
    if utterance.ambiguous:
        return DeclineReason(Refusal.AMBIGUOUS_DEVICE, tuple(device.name for device in utterance.ambiguous))
    elsewhere = is_elsewhere(utterance) and (question.intent is Intent.STATE or not utterance.namings)
    if elsewhere and (
        utterance.unknown_devices or question.intent is Intent.STATE or not is_about_data(utterance)
    ):
        return DeclineReason(Refusal.OFF_TOPIC)
    if utterance.unknown_devices:
        return DeclineReason(
            Refusal.UNKNOWN_DEVICE, utterance.unknown_devices[:1], utterance.unknown_devices[0]
        )
    if question.intent in _NEEDS_DEVICE and not question.devices:
        return DeclineReason(Refusal.OFF_TOPIC)
    is_single = question.intent is Intent.COMPARE and len(question.devices) < 2
    return refusals.not_yet("comparisons of periods") if is_single else None


def _window(
    utterance: Utterance, frame: IntentFrame, before: DialogueContext | None, moment: Moment
) -> tuple[Window | None, str]:
    """The window and where it comes from: the words, "inherited", "default", or "now"."""
    if frame.intent in _NO_WINDOW or frame.current:
        return None, "now"
    if utterance.past is not None:
        return utterance.past.window, utterance.past.words
    if utterance.is_now and frame.intent not in (Intent.PEAK, Intent.MINIMUM, Intent.ACTIVE):
        return last_hour(moment), "now"
    if before is not None and (shifted := shifted_window(utterance, before, moment)) is not None:
        return shifted, "the text"
    if before is not None and before.question.window is not None:
        return before.question.window, "inherited"
    return default_window(moment), "default"


def _declined(utterance: Utterance, why: DeclineReason, before: DialogueContext | None) -> _Understood:
    """A declined question leaves the conversation where it was, but for the devices it named."""
    bare = _bare(utterance)
    if before is None:
        return _Understood(bare, why, None, utterance.devices)
    devices = utterance.devices or before.devices
    context = replace(before.question, devices=utterance.devices or before.question.devices)
    return _Understood(bare, why, context, devices)


def _bare(utterance: Utterance) -> Question:
    return Question(
        utterance.text,
        Intent.DECLINED,
        devices=utterance.devices,
        mentions=utterance.mentions,
        certainty=utterance.certainty,
    )
