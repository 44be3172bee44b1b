"""The model's outcomes for one question: its jobs are enqueued, waited for, and enqueued again when lost."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from api_service.chat.answering.job_numbers import SAYING, job_number
from api_service.chat.pending_question import PendingQuestion
from api_service.database.sessions import SessionFactory, transaction
from api_service.inference_client import InferenceClient
from api_service.repositories.chat_repository import next_attempt
from api_service.timeouts import (
    JOB_STARTS_WITHIN_S,
    LOOK_AFTER_JOB_EVERY_S,
    NO_WORKER_PATIENCE_S,
    REDIS_RETRY_S,
)
from shared.errors import QueueUnavailable
from shared.generation import GenerationOutcome, PromptParts, ReadingRequest
from shared.logs import get_logger
from shared.queue import RUNNING
from shared.settings import Settings
from shared.tracing import span
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)


MOST_ATTEMPTS = 10
"""So often a question's jobs may be lost without an outcome, as when Redis is wiped; each takes a second."""


class LeaseLost(Exception):
    """The lease has gone to another gateway, or ended with the message: nothing is left to do here."""


@dataclass(frozen=True)
class GenerationReply:
    """The worker's outcome (None: there is none in time), and the seconds that it took to come."""

    outcome: GenerationOutcome | None
    waited_s: float = 0.0


class QuestionJobs:
    """One question's jobs as this gateway knows them; they come one after the other.

    `attempt` counts how often a lost job was begun again, `waited_s` sums the seconds waited for all jobs,
    `model_s` those in the model.
    """

    def __init__(self, question: PendingQuestion) -> None:
        self.question = question
        self.attempt = question.attempt
        self.may_be_enqueued = not question.is_new
        self.waited_s = 0.0
        self.model_s = 0.0
        self.readings = 0

    def resume(self) -> None:
        """The answer is begun anew: its jobs may have been enqueued already."""
        self.may_be_enqueued = True
        self.readings = 0


class GenerationClient:
    """Generates through the workers; an outage of Redis or of all workers is waited out within limits."""

    def __init__(
        self, sessions: SessionFactory, settings: Settings, inference: InferenceClient, holder: str
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._inference = inference
        self._holder = holder

    async def read(
        self, jobs: QuestionJobs, prompt: PromptParts, reading: ReadingRequest
    ) -> GenerationOutcome | None:
        """The next reading of the question, or None after `CHAT_GIVE_UP_S`: a worker may still come.

        Raises `LeaseLost` when the message has ended elsewhere meanwhile.
        """
        place = jobs.readings
        jobs.readings += 1
        return (await self._run(_Job(jobs, place, prompt, reading))).outcome

    async def say(self, jobs: QuestionJobs, prompt: PromptParts) -> GenerationReply:
        """The worker's words, or none after `CHAT_GIVE_UP_S` or without a live worker. Raises `LeaseLost`."""
        return await self._run(_Job(jobs, SAYING, prompt, None))

    async def _run(self, job: "_Job") -> GenerationReply:
        with span("say" if job.reading is None else "read", message_id=job.message_id) as attributes:
            reply = await self._waited_for(job)
            attributes["has_outcome"] = reply.outcome is not None
            return reply

    async def _waited_for(self, job: "_Job") -> GenerationReply:
        question = job.jobs.question
        give_up_at = question.deadline(self._settings.chat_give_up_s)
        job.is_checked = not job.jobs.may_be_enqueued
        while (left_s := give_up_at - time.monotonic()) > 0:
            try:
                if (event := await self._next_event(job, left_s)) is not None:
                    return job.reply(_outcome(event))
                if job.jobs.attempt >= MOST_ATTEMPTS:
                    return job.reply(job.lost_too_often())
                if not await self._expects_worker(job):
                    break
                await self._look_after(job)
            except QueueUnavailable:
                await asyncio.sleep(min(REDIS_RETRY_S, left_s))
        with suppress(QueueUnavailable):
            await self._inference.cancel(question.message_id)
        return job.reply(None)

    async def _next_event(self, job: "_Job", left_s: float) -> StreamEvent | None:
        """The event that ends the job, waiting one look long; enqueues the job first where that is due."""
        message_id = job.message_id
        if not job.is_checked:  # another gateway, or an earlier try of this one, may have enqueued it
            if (event := await self._inference.outcome(message_id, job.number, 0)) is not None:
                return event
            job.is_enqueued = await self._inference.is_pending(message_id, job.number)
            job.is_checked = True
        if not job.is_enqueued:
            await self._inference.enqueue(message_id, job.number, job.prompt, left_s, job.reading)
            job.is_enqueued = True
        wait_s = min(LOOK_AFTER_JOB_EVERY_S, left_s)
        return await self._inference.outcome(message_id, job.number, wait_s)

    async def _expects_worker(self, job: "_Job") -> bool:
        """Whether a worker lives or is waited for: to read as long as the question lasts, to say not long."""
        if job.reading is not None:
            return True
        if any(worker.phase.can_answer for worker in await self._inference.worker_states()):
            job.has_seen_worker = True
            return True
        patience_s = self._settings.chat_deadline_s if job.has_seen_worker else NO_WORKER_PATIENCE_S
        return job.waited_s <= patience_s

    async def _look_after(self, job: "_Job") -> None:
        """Free a job whose worker has died; begin the next attempt for one that Redis has lost."""
        if await self._inference.is_pending(job.message_id, job.number):
            await self._free_stuck_job(job)
        elif not await self._inference.outcome(job.message_id, job.number, 0):
            async with transaction(self._sessions) as session:
                if not await next_attempt(session, job.message_id, job.jobs.attempt, self._holder):
                    raise LeaseLost(
                        "the lease was lost, or the message was cancelled, while it was generated"
                    )
            job.jobs.attempt += 1
            job.is_enqueued = False
            log.warning("enqueued_again", message_id=job.message_id, attempt=job.jobs.attempt)

    async def _free_stuck_job(self, job: "_Job") -> None:
        """End arq's lease on a job whose worker has died, or that was claimed but never begun.

        The latter happens when a worker's connection breaks just as it claims a job: the lease stands in
        Redis, and the worker believes that another one has it. Workers report "running" before all else.
        """
        events = [event for _, event in await self._inference.reader(job.message_id).read()]
        runs = [
            event.worker
            for event in events
            if event.kind is EventKind.STATUS and event.text == RUNNING and event.attempt == job.number
        ]
        if runs:
            alive = {worker.worker_id for worker in await self._inference.worker_states()}
            is_stuck = runs[-1] not in alive
        else:
            is_stuck = job.waited_s > JOB_STARTS_WITHIN_S
        if is_stuck and await self._inference.release(job.message_id, job.number):
            log.warning("job_freed", message_id=job.message_id, worker=runs[-1] if runs else None)


class _Job:
    """One job of a question."""

    def __init__(
        self, jobs: QuestionJobs, place: int, prompt: PromptParts, reading: ReadingRequest | None
    ) -> None:
        self.jobs = jobs
        self.prompt = prompt
        self.reading = reading
        self.is_checked = True
        self.is_enqueued = False
        self.has_seen_worker = False
        self._place = place
        self._began = time.monotonic()

    @property
    def message_id(self) -> str:
        """The message that it belongs to."""
        return self.jobs.question.message_id

    @property
    def number(self) -> int:
        """Its number in the queue, in the attempt that is being made."""
        return job_number(self.jobs.attempt, self._place)

    @property
    def waited_s(self) -> float:
        """Seconds since it was first enqueued or looked for."""
        return time.monotonic() - self._began

    def lost_too_often(self) -> GenerationOutcome:
        """The outcome of a job that is not enqueued once more."""
        reason = f"its jobs were lost {self.jobs.attempt} times without an outcome; see the worker's log"
        return GenerationOutcome(self.message_id, self.number, text="", finish_reason="error", error=reason)

    def reply(self, outcome: GenerationOutcome | None) -> GenerationReply:
        """Its outcome, counted into the question's seconds."""
        self.jobs.waited_s += self.waited_s
        self.jobs.model_s += outcome.model_s if outcome else 0.0
        return GenerationReply(outcome, self.waited_s)


def _outcome(event: StreamEvent) -> GenerationOutcome | None:
    if event.kind is EventKind.DONE:
        raise LeaseLost("another gateway has ended the message")
    return event.outcome
