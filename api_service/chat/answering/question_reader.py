"""Reads a question: the worker's likeliest reading, and the next one where words are left over."""

import re
from functools import lru_cache

from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.automaton import query_automaton
from api_service.assistant.understanding.reading.context import SURE_IN_CONTEXT, is_reading, points_back
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.assistant.understanding.reading.reading import ReaderOutput, Reading, read_output, slots_of
from api_service.chat.answering.generation import GenerationClient, QuestionJobs
from shared.generation import GenerationOutcome, PromptParts, ReadingCandidate, ReadingRequest, SlottedText

MAX_SLOTS = 32
"""As many as a reader takes."""
_SLOT = re.compile(r"<extra_id_(\d{1,2})>")


class NotRead(Exception):
    """No worker has read the question: none was there in time, or its model cannot read."""


class QuestionReader:
    """Has questions read by the workers."""

    def __init__(self, generation: GenerationClient) -> None:
        self._generation = generation

    async def read(
        self,
        jobs: QuestionJobs,
        masked: MaskedQuestion,
        previous: PreviousQuery | None,
    ) -> tuple[Reading, ...]:
        """The likeliest readings in their order. Raises `NotRead`, `LeaseLost`.

        A question after another one may go on from it or stand by itself. Where the reading in its context
        is not sure, and no word points back, it is also read alone; the likelier sound reading counts.
        """
        in_context = await self._readings(jobs, masked, previous)
        if previous is None or points_back(masked):
            return in_context
        if in_context[0].is_sound and in_context[0].signs.logprob_sum >= SURE_IN_CONTEXT:
            return in_context
        alone = await self._readings(jobs, masked, None)
        found = [reading for reading in (*in_context, *alone) if is_reading(reading)]
        sound = [reading for reading in found if reading.is_sound]
        if not sound:
            return in_context
        return tuple(sorted(sound, key=lambda reading: -reading.signs.logprob_sum))

    async def _readings(
        self, jobs: QuestionJobs, masked: MaskedQuestion, previous: PreviousQuery | None
    ) -> tuple[Reading, ...]:
        """The candidates in their order, up to the first one that is sound."""
        outcome = await self._outcome(jobs, masked, previous)
        readings: list[Reading] = []
        for candidate in outcome.candidates:
            readings.append(read_output(_output(candidate), masked, previous, is_second=bool(readings)))
            if readings[-1].is_sound:
                break
        return tuple(readings)

    async def _outcome(
        self, jobs: QuestionJobs, masked: MaskedQuestion, previous: PreviousQuery | None
    ) -> GenerationOutcome:
        slots = slots_of(masked, previous)
        prompt = PromptParts(
            task="read",
            question=slotted(masked.hinted_text),
            facts=(),
            slots=tuple(entity.text for entity in slots),
        )
        reading = ReadingRequest(
            grammar=_grammar_digest(),
            slot_kinds=tuple(entity.kind.value for entity in slots),
            previous=slotted(previous.linear(len(masked.entities))) if previous else (),
        )
        outcome = await self._generation.read(jobs, prompt, reading)
        if outcome is None:
            raise NotRead("No worker was there in time, with a model that can read the question.")
        if outcome.error is not None:
            raise NotRead(f"The question could not be read: {outcome.error}")
        return outcome


def fits_reader(masked: MaskedQuestion, previous: PreviousQuery | None) -> bool:
    """Whether the question has no more slots than a reader takes."""
    return len(slots_of(masked, previous)) <= MAX_SLOTS


def slotted(text: str) -> SlottedText:
    """A text with sentinels as pieces, a slot as its number."""
    pieces = _SLOT.split(text)
    found = [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)]
    return tuple(piece for piece in found if piece != "")


@lru_cache(maxsize=1)
def _grammar_digest() -> str:
    return query_automaton().digest


def _output(candidate: ReadingCandidate) -> ReaderOutput:
    return ReaderOutput(
        candidate.text,
        candidate.token_logprobs,
        candidate.token_margins,
        candidate.share,
        is_complete=candidate.is_complete,
    )
