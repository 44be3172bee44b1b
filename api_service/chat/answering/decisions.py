"""What becomes of a question once it is read: a query with all its values, or what is said without data.

Every way out names its true reason: a word that no reading holds, a name that nobody or several have, a time
that does not exist, a query that makes no sense.
"""

import math
from dataclasses import dataclass, replace

from api_service.assistant.entities.entity import DeviceValue, Entity, NumberValue, TimeValue
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.query.numbers import number_uses
from api_service.assistant.query.query import SMALL_TALK, Explain, Outcome, Query, Summary
from api_service.assistant.query.syntax import slot_of
from api_service.assistant.rendering.glossary.explain import explanation_of
from api_service.assistant.rendering.replies import texts
from api_service.assistant.rendering.replies.examples import QuestionTerms
from api_service.assistant.rendering.replies.question_text import question_text
from api_service.assistant.understanding.entity_binding import (
    BindingFault,
    BoundQuery,
    Unbound,
    bind,
    number_for,
)
from api_service.assistant.understanding.misfits import misfit
from api_service.assistant.understanding.reading.account import nearest, settled
from api_service.assistant.understanding.reading.choices import (
    Choice,
    device_choices,
    is_uncertain,
    time_choices,
)
from api_service.assistant.understanding.reading.commands import is_command
from api_service.assistant.understanding.reading.previous_query import PreviousQuery, previous_query
from api_service.assistant.understanding.reading.reading import Reading
from api_service.assistant.verification.certainty.confidence import BEST, REFUSAL_CONFIDENCE
from api_service.chat.answering.site_catalog import KnownSite
from api_service.metering.measures import MEASURES

EXPLAINED = "explained"
SURE_OF_REASON = 0.6
"""A reason to decline that is less probable is not told, as it might be false."""
_REASONS = frozenset(Outcome) - SMALL_TALK - {Outcome.UNCLEAR, Outcome.GIBBERISH, Outcome.LANGUAGE}


@dataclass(frozen=True)
class Reply:
    """What is said without data: `kind` is the reason in one word, `query` what a follow-up goes on from.

    `confidence` is that of the reading where the reply answers without data: a definition, small talk.
    """

    kind: str
    text: str
    choices: tuple[Choice, ...] = ()
    query: PreviousQuery | None = None
    confidence: float = REFUSAL_CONFIDENCE


@dataclass(frozen=True)
class AcceptedQuery:
    """A request to the data, and the values of its slots; `others` are answered after it, as it was asked."""

    query: PreviousQuery
    bindings: Bindings
    others: tuple["AcceptedQuery", ...] = ()


Decision = AcceptedQuery | Reply


@dataclass(frozen=True)
class QuestionRead:
    """A question, its slots' entities, and its readings."""

    masked: MaskedQuestion
    slots: tuple[Entity, ...]
    readings: tuple[Reading, ...]


def decide(question: QuestionRead, known: KnownSite) -> Decision:
    """What becomes of a question that the reader has read."""
    reading = settled(question.readings)
    if reading is None or reading.request is None:
        return _not_understood(question, known)
    if isinstance(reading.request, Outcome):
        return _outcome(question, reading, reading.request, known)
    decision = decide_query(question.masked.text, previous_query(reading.request, question.slots), known)
    if isinstance(decision, Reply) and decision.kind == EXPLAINED:
        return replace(decision, confidence=_certainty(reading))
    return decision


def _outcome(question: QuestionRead, reading: Reading, outcome: Outcome, known: KnownSite) -> Reply:
    """Small talk, or a reason to decline; a reason that is not sure is not given, as it might be false."""
    examples = known.examples_about(terms_of(question.masked))
    certainty = _certainty(reading)
    if outcome in SMALL_TALK:
        return Reply(outcome.value, texts.outcome_text(outcome, examples), confidence=certainty)
    is_order = outcome is Outcome.CONTROL and is_command(question.masked.prompt.split())
    if certainty < SURE_OF_REASON and outcome in _REASONS and not is_order:
        return Reply("unsure", texts.unsure_text(examples))
    return Reply(outcome.value, texts.outcome_text(outcome, examples))


def _certainty(reading: Reading) -> float:
    """The probability of a reading without data; low where a word of the question speaks against it."""
    signs = reading.signs
    probability = math.exp(min(0.0, signs.logprob_sum)) * signs.mask_certainty
    if not reading.is_sound:
        return REFUSAL_CONFIDENCE
    return min(max(probability, REFUSAL_CONFIDENCE), BEST)


def terms_of(masked: MaskedQuestion) -> QuestionTerms:
    """What examples should keep to: the device and the past time that a question names, and its words."""
    devices = [entity.value for entity in masked.entities if isinstance(entity.value, DeviceValue)]
    times = [entity.value for entity in masked.entities if isinstance(entity.value, TimeValue)]
    readings = [value.readings[0] for value in times if value.readings]
    labels = [r.window.label for r in readings if r.window is not None and not r.is_future]
    names = [value.devices[0].name for value in devices if len(value.devices) == 1]
    words = frozenset(word.text.casefold() for word in masked.words)
    return QuestionTerms(next(iter(names), ""), next(iter(labels), ""), words)


def decide_query(text: str, query: PreviousQuery, known: KnownSite) -> Decision:
    """What becomes of a question whose request counts."""
    request = query.request
    if isinstance(request, Outcome):
        return Reply(request.value, texts.outcome_text(request, known.examples))
    if isinstance(request, Explain):
        return _explained(query, request)
    return _bound(text, query, known)


def _explained(query: PreviousQuery, request: Explain) -> Decision:
    """A term, or a number that is to be judged by what is normal on this site."""
    if request.value is None:
        return Reply(EXPLAINED, explanation_of(request.term), query=query)
    entity = query.entities[request.value]
    use = number_uses(request)[0]
    number = number_for(entity.value, use) if isinstance(entity.value, NumberValue) else None
    if number is None:
        return Reply(Unbound.WRONG_UNIT.value, _wrong_unit(entity.text, request.term))
    return AcceptedQuery(query, Bindings(numbers={request.value: number}))


def _bound(text: str, query: PreviousQuery, known: KnownSite) -> Decision:
    firsts = [device.status.first_seen for device in known.site.devices.values()]
    bound: BoundQuery = bind(query.entities, query.request, first_reading=min(firsts, default=None))
    if bound.faults:
        return _FaultReply(text, query, bound.faults[0], known).reply()
    fault = misfit(query.request, query.entities)
    if fault is not None:
        return Reply("senseless", fault.sentence, query=query)
    for entity in query.entities:
        choices = time_choices(text, query, entity) if is_uncertain(entity) else ()
        if choices:
            labels = [choice.label for choice in choices]
            return Reply("ambiguous_time", texts.ambiguous_time_text(entity.text, labels), choices, query)
    return AcceptedQuery(query, bound.bindings)


@dataclass(frozen=True)
class _FaultReply:
    """What is said where a slot of the query has no value."""

    text: str
    query: PreviousQuery
    fault: BindingFault
    known: KnownSite

    def reply(self) -> Reply:
        """The reason, with what there is instead."""
        text, choices = self._text_and_choices()
        return Reply(self.fault.reason.value, text, choices, self.query)

    def _text_and_choices(self) -> tuple[str, tuple[Choice, ...]]:
        text = self.fault.text
        match self.fault.reason:
            case Unbound.UNKNOWN_DEVICE:
                return self._unknown_device()
            case Unbound.AMBIGUOUS_DEVICE:
                return self._ambiguous_device()
            case Unbound.WRONG_UNIT:
                return self._wrong_number()
            case Unbound.NO_SUCH_TIME:
                return texts.no_such_time_text(text), ()
            case Unbound.FUTURE:
                return texts.future_text(text), ()
        return texts.unreadable_text(self.known.examples), ()

    def _unknown_device(self) -> tuple[str, tuple[Choice, ...]]:
        choices = self._choices()
        similar = [choice.label for choice in choices]
        return texts.unknown_device_text(self.fault.text, similar, self.known.names), choices

    def _ambiguous_device(self) -> tuple[str, tuple[Choice, ...]]:
        choices = self._choices()
        labels = [choice.label for choice in choices]
        return texts.ambiguous_device_text(self.fault.text, labels), choices

    def _choices(self) -> tuple[Choice, ...]:
        return device_choices(self.text, self.query, self.fault.entity) if self.fault.entity else ()

    def _wrong_number(self) -> tuple[str, tuple[Choice, ...]]:
        uses = {use.slot: use.measure for use in number_uses(self.query.request)}
        return _wrong_unit(self.fault.text, uses.get(self.fault.slot)), ()


def _wrong_unit(text: str, measure: str | None) -> str:
    if measure is None:
        return texts.wrong_unit_text(text, "a plain number", "")
    row = MEASURES[measure]
    return texts.wrong_unit_text(text, f"the {row.noun}", row.unit)


def _not_understood(question: QuestionRead, known: KnownSite) -> Reply:
    """No reading counts: the true reason, with the question that could be answered where there is one."""
    reading = nearest(question.readings)
    masked = question.masked
    examples = known.examples_about(terms_of(masked))
    if reading is None or reading.request is None:
        return Reply("unreadable", texts.unreadable_text(examples))
    if masked.unread and isinstance(reading.request, Query | Summary):
        start, end = masked.unread[0][0], masked.unread[-1][1]
        return Reply("unread_time", texts.unread_time_text(masked.text[start:end]))
    if reading.heavy:
        return _left_over(question, reading)
    if reading.fault is not None:
        return Reply("senseless", reading.fault.sentence)
    return Reply("unreadable", texts.unreadable_text(examples))


def _left_over(question: QuestionRead, reading: Reading) -> Reply:
    """Words that would be dropped: the question that the rest asks, made anew, where there is one."""
    words = [question.masked.text[start:end] for start, end in _spans(question.masked, reading)]
    has_slot = any(slot_of(word) is not None for left in reading.heavy for word in left.text.split())
    if reading.request is None or reading.fault or has_slot or isinstance(reading.request, Outcome):
        return Reply("leftover", texts.leftover_text(words, ""))
    query = previous_query(reading.request, question.slots)
    choice = choice_of(query)
    asked = choice.question if choice else ""
    return Reply("leftover", texts.leftover_text(words, asked), (choice,) if choice else (), query)


def choice_of(query: PreviousQuery) -> Choice | None:
    """A query as a whole question; None where there are no words for it."""
    asked = question_text(query.request, query.entities)
    return Choice(asked, asked, query) if asked else None


def _spans(masked: MaskedQuestion, reading: Reading) -> list[tuple[int, int]]:
    """Where the leftovers of weight stand in the text; words of the prompt are counted with slots' kinds."""
    places: list[tuple[int, int]] = []
    for word in masked.words:
        places += [(word.start, word.end)] * (1 if word.slot is None else 2)
    return [(places[left.start][0], places[left.end - 1][1]) for left in reading.heavy]
