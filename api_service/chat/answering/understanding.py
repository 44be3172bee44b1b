"""From a question's text to a query with its values: mask, read, account, bind."""

import math
from dataclasses import dataclass, field, replace

from api_service.assistant.entities.mask import MaskedQuestion, mask
from api_service.assistant.entities.pointers.places import NamedBefore
from api_service.assistant.query.query import Explain, Outcome, SlotKind
from api_service.assistant.rendering.replies import texts
from api_service.assistant.rendering.replies.prices import price_text
from api_service.assistant.text.markup import has_markup
from api_service.assistant.understanding.focus.focus import NOTHING, Focus
from api_service.assistant.understanding.focus.focused_query import context_of
from api_service.assistant.understanding.focus.found import named_devices
from api_service.assistant.understanding.misfits import without_misfits
from api_service.assistant.understanding.out_of_scope import (
    OutOfScope,
    energy_of,
    out_of_scope,
    without_price,
)
from api_service.assistant.understanding.question_parts import Parts, parts_of_question
from api_service.assistant.understanding.reading.account import nearest, settled
from api_service.assistant.understanding.reading.choices import chosen
from api_service.assistant.understanding.reading.context import SURE_IN_CONTEXT
from api_service.assistant.understanding.reading.previous_query import PreviousQuery, previous_query
from api_service.assistant.understanding.reading.reading import Reading, slots_of
from api_service.assistant.understanding.signs import ReadingSigns
from api_service.assistant.verification.certainty.confidence import BEST, REFUSAL_CONFIDENCE
from api_service.chat.answering.decisions import (
    AcceptedQuery,
    Decision,
    QuestionRead,
    Reply,
    choice_of,
    decide,
    decide_query,
    terms_of,
)
from api_service.chat.answering.generation import QuestionJobs
from api_service.chat.answering.question_reader import QuestionReader, fits_reader
from api_service.chat.answering.site_catalog import KnownSite

LEAST_SURE = math.log(0.3)
"""The log-probability from which on a part of a question is answered beside the others."""
MOST_TURNS = 3
"""So many of the client's own earlier questions are read to find what a follow-up goes on from."""


@dataclass(frozen=True)
class UnderstoodQuestion:
    """A question with its reading (None where none was needed) and what becomes of it.

    `previous` is the query before, `context` what the reader had of it: itself, or with what was found.
    """

    masked: MaskedQuestion
    decision: Decision
    reading: Reading | None = None
    previous: PreviousQuery | None = None
    signs: ReadingSigns = field(default_factory=ReadingSigns)
    context: PreviousQuery | None = None

    @property
    def query(self) -> PreviousQuery | None:
        """What a follow-up may go on from: this question's query, else the one before."""
        return self.decision.query or self.previous


class Understanding:
    """Understands questions with the workers' help."""

    def __init__(self, reader: QuestionReader) -> None:
        self._reader = reader

    async def understand(self, jobs: QuestionJobs, known: KnownSite) -> UnderstoodQuestion:
        """What a question asks for. Raises `NotRead`, `LeaseLost`."""
        question = jobs.question
        masked = _masked(question.text, known, question.previous, question.focus)
        choice = chosen(question.text, masked, question.choices)
        if choice is not None:
            decision = decide_query(question.text, choice.query, known)
            return UnderstoodQuestion(masked, decision, previous=question.previous)
        names = [(one.start, one.end) for one in masked.entities if one.kind is SlotKind.DEVICE]
        if has_markup(question.text, names):
            markup = Reply("markup", texts.markup_text())
            return UnderstoodQuestion(masked, markup, previous=question.previous)
        previous = question.previous or await self._from_history(jobs, known)
        if previous is not None and question.previous is None:
            masked = _masked(question.text, known, previous, question.focus)
        refused = await self._out_of_scope(jobs, known, masked)
        if refused is not None:
            return UnderstoodQuestion(masked, refused, previous=previous)
        parts = parts_of_question(masked)
        if parts is not None:
            return await self._all(jobs, known, (masked, previous), parts)
        return await self._read(jobs, known, (masked, question.focus), previous)

    async def _read(
        self,
        jobs: QuestionJobs,
        known: KnownSite,
        asked: tuple[MaskedQuestion, Focus],
        previous: PreviousQuery | None,
    ) -> UnderstoodQuestion:
        """One question, as the reader understands it; it may point at the focus."""
        masked, focus = asked
        if not fits_reader(masked, previous):
            previous = None
        if not fits_reader(masked, previous):
            return UnderstoodQuestion(masked, Reply("too_much", texts.too_much_text()))
        context = _context(masked, previous, focus)
        readings = await self._reader.read(jobs, masked, context)
        slots = slots_of(masked, context)
        readings = without_misfits(readings, slots)
        read = QuestionRead(masked, slots, readings)
        reading = settled(readings) or nearest(readings)
        signs = reading.signs if reading else ReadingSigns(mask_certainty=masked.certainty)
        return UnderstoodQuestion(masked, decide(read, known), reading, previous, signs, context)

    async def _all(
        self,
        jobs: QuestionJobs,
        known: KnownSite,
        asked: tuple[MaskedQuestion, PreviousQuery | None],
        parts: Parts,
    ) -> UnderstoodQuestion:
        """All parts of a question as one answer where each is understood, else as questions to choose from.

        A part that goes on from the one before it must be read with the certainty of a follow-up.
        """
        masked, previous = asked
        found: list[UnderstoodQuestion] = []
        before = previous
        for text in parts.texts:
            focus = jobs.question.focus if before is previous else NOTHING
            part = _masked(text, known, before, focus)
            found.append(await self._read(jobs, known, (part, focus), before))
            before = found[-1].query if parts.is_chained else previous
        accepted = [one.decision for one in found if isinstance(one.decision, AcceptedQuery)]
        least = SURE_IN_CONTEXT if parts.is_chained else LEAST_SURE
        is_sound = all(one.reading and one.reading.is_sound for one in found)
        doubtful = min(found, key=lambda one: one.signs.logprob_sum)
        is_sure = is_sound and doubtful.signs.logprob_sum >= least
        if len(accepted) == len(found) and is_sure:
            decision = replace(accepted[0], others=tuple(accepted[1:]))
            return UnderstoodQuestion(masked, decision, found[0].reading, previous, doubtful.signs)
        text = texts.several_questions_text(parts.texts)
        choices = tuple(choice for one in accepted if (choice := choice_of(one.query)) is not None)
        reply = Reply("two_questions", text, choices)
        return UnderstoodQuestion(masked, reply, previous=previous)

    async def _out_of_scope(
        self, jobs: QuestionJobs, known: KnownSite, masked: MaskedQuestion
    ) -> Reply | None:
        """What is said where the query language has no place for what is asked."""
        kind = out_of_scope(masked)
        if kind is None:
            return None
        terms = terms_of(masked)
        if kind is OutOfScope.ATTRIBUTE:
            return Reply(kind.value, texts.not_measured_text(terms.device, known.examples_about(terms)))
        if kind is OutOfScope.MEANWHILE:
            return Reply(kind.value, texts.meanwhile_text())
        if kind is OutOfScope.PRICE:
            text = price_text(known.site.prices, known.moment)
            return Reply(kind.value, text, confidence=BEST if known.site.prices else REFUSAL_CONFIDENCE)
        part = mask(without_price(masked.text), known.catalog, known.moment)
        energy = energy_of((await self._read(jobs, known, (part, NOTHING), None)).decision.query)
        choice = choice_of(energy) if energy else None
        asked = choice.question if choice else ""
        return Reply(kind.value, texts.given_price_text(asked), (choice,) if choice else (), energy)

    async def _from_history(self, jobs: QuestionJobs, known: KnownSite) -> PreviousQuery | None:
        """The last query of a history that the client keeps itself: its questions are read in their order."""
        turns = [turn.content for turn in jobs.question.history if turn.role == "user"][-MOST_TURNS:]
        previous: PreviousQuery | None = None
        for text in turns:
            masked = _masked(text, known, previous, NOTHING)
            if not fits_reader(masked, previous):
                continue
            (reading, *_) = await self._reader.read(jobs, masked, previous)
            request = reading.request
            if request is not None and not isinstance(request, Outcome | Explain):
                previous = previous_query(request, slots_of(masked, previous))
        return previous


def _masked(text: str, known: KnownSite, previous: PreviousQuery | None, focus: Focus) -> MaskedQuestion:
    """The question's slots; times lean on what the answer before found, else on what its question named."""
    earlier = focus.time or (previous.window if previous else None)
    current = named_devices(previous) if previous else ()
    devices, is_set = (focus.known, focus.is_set) if focus.known else (current, True)
    before = NamedBefore(devices, focus.devices or current, is_set, has_question=previous is not None)
    return mask(text, known.catalog, known.moment, earlier, before)


def _context(masked: MaskedQuestion, previous: PreviousQuery | None, focus: Focus) -> PreviousQuery | None:
    """What the question goes on from: the query before, with what was found where it points at that."""
    if previous is None:
        return None
    found = context_of(masked, previous, focus)
    return found if fits_reader(masked, found) else previous
