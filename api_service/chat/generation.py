"""Text for one question: its job is enqueued, waited for, and enqueued again when it was lost."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

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
from shared.generation import GenerationOutcome, PromptParts
from shared.logs import get_logger
from shared.queue import RUNNING
from shared.settings import Settings
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)


class LeaseLost(Exception):
    """The lease has gone to another gateway, or ended with the message: nothing is left to do here."""


@dataclass(frozen=True)
class GenerationReply:
    """The worker's outcome (None: answer from the facts), and the seconds that it took to come."""

    outcome: GenerationOutcome | None
    waited_s: float = 0.0


class GenerationClient:
    """Generates through the workers; an outage of Redis or of all workers is waited out within limits."""

    def __init__(
        self, sessions: SessionFactory, settings: Settings, inference: InferenceClient, holder: str
    ) -> None:
        self._sessions = sessions
        self._settings = settings
        self._inference = inference
        self._holder = holder

    async def generate(self, question: PendingQuestion, prompt: PromptParts) -> GenerationReply:
        """The worker's reply, or one without an outcome after `CHAT_GIVE_UP_S` or without a live worker.

        Raises `LeaseLost` when the message has ended elsewhere meanwhile.
        """
        job = _Job(question, prompt, is_enqueued=not question.is_new)
        give_up_at = question.deadline(self._settings.chat_give_up_s)
        while (left_s := give_up_at - time.monotonic()) > 0:
            try:
                if (event := await self._next_event(job, left_s)) is not None:
                    return GenerationReply(_outcome(event), job.waited_s)
                if not await self._expects_worker(job):
                    break
                await self._look_after(job)
            except QueueUnavailable:
                await asyncio.sleep(min(REDIS_RETRY_S, left_s))
        with suppress(QueueUnavailable):
            await self._inference.cancel(question.message_id)
        return GenerationReply(None, job.waited_s)

    async def _next_event(self, job: "_Job", left_s: float) -> StreamEvent | None:
        """The event that ends the job, waiting one look long; enqueues the job first where that is due."""
        if not job.is_enqueued:
            await self._inference.enqueue(job.message_id, job.attempt, job.prompt, left_s)
            job.is_enqueued = True
        wait_s = min(LOOK_AFTER_JOB_EVERY_S, left_s)
        return await self._inference.outcome(job.message_id, job.attempt, wait_s)

    async def _expects_worker(self, job: "_Job") -> bool:
        """Whether a worker lives, or may still come back; one that was never seen is not waited for long."""
        if any(worker.phase.can_answer for worker in await self._inference.worker_states()):
            job.has_seen_worker = True
            return True
        patience_s = self._settings.chat_deadline_s if job.has_seen_worker else NO_WORKER_PATIENCE_S
        return job.waited_s <= patience_s

    async def _look_after(self, job: "_Job") -> None:
        """Free a job whose worker has died; begin the next attempt for one that Redis has lost."""
        if await self._inference.is_pending(job.message_id, job.attempt):
            await self._free_stuck_job(job)
        elif not await self._inference.outcome(job.message_id, job.attempt, 0):
            async with transaction(self._sessions) as session:
                if not await next_attempt(session, job.message_id, job.attempt, self._holder):
                    raise LeaseLost(
                        "the lease was lost, or the message was cancelled, while it was generated"
                    )
            job.attempt += 1
            job.is_enqueued = False
            log.warning("enqueued_again", message_id=job.message_id, attempt=job.attempt)

    async def _free_stuck_job(self, job: "_Job") -> None:
        """End arq's lease on a job whose worker has died, or that was claimed but never begun.

        The latter happens when a worker's connection breaks just as it claims a job: the lease stands in
        Redis, and the worker believes that another one has it. Workers report "running" before all else.
        """
        events = [event for _, event in await self._inference.reader(job.message_id).read()]
        runs = [e.worker for e in events if e.kind is EventKind.STATUS and e.text == RUNNING]
        if runs:
            alive = {worker.worker_id for worker in await self._inference.worker_states()}
            is_stuck = runs[-1] not in alive
        else:
            is_stuck = job.waited_s > JOB_STARTS_WITHIN_S
        if is_stuck and await self._inference.release(job.message_id, job.attempt):
            log.warning("job_freed", message_id=job.message_id, worker=runs[-1] if runs else None)


class _Job:
    """One question's job as this gateway knows it."""

    def __init__(self, question: PendingQuestion, prompt: PromptParts, *, is_enqueued: bool) -> None:
        self.message_id = question.message_id
        self.attempt = question.attempt
        self.prompt = prompt
        self.is_enqueued = is_enqueued
        self.has_seen_worker = False
        self._began = time.monotonic()

    @property
    def waited_s(self) -> float:
        """Seconds since the job was first enqueued or looked for."""
        return time.monotonic() - self._began


def _outcome(event: StreamEvent) -> GenerationOutcome | None:
    if event.kind is EventKind.DONE:
        raise LeaseLost("another gateway has ended the message")
    return event.outcome
