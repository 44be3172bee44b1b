"""The model's words for one question: handed over, waited for, handed over again when they were lost."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from api_service.chat.pending_question import PendingQuestion
from api_service.database.sessions import SessionFactory, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import MessageStatus
from api_service.repositories.chat_repository import find_message, next_attempt
from shared.errors import QueueUnavailable
from shared.generation import GenerationOutcome, PromptParts
from shared.logs import get_logger
from shared.queue import RUNNING
from shared.settings import Settings
from shared.wire import EventKind

log = get_logger(__name__)

LOOK_EVERY_S = 1.0
RECONNECT_S = 0.25
BEGINS_WITHIN_S = 10.0
# With no worker seen at all none is expected, and the asker is not kept for the whole deadline.
NO_WORKER_PATIENCE_S = 2.0


@dataclass(frozen=True)
class GenerationReply:
    """What came of it: an outcome (None: answer from the facts), its attempt, and the seconds it took.

    `is_ended`: the message was ended by somebody else, and nothing is left to do.
    """

    outcome: GenerationOutcome | None
    attempt: int
    waited_s: float = 0.0
    is_ended: bool = False


class GenerationClient:
    """Gets words out of the workers; while Redis or the workers are away it waits for them within limits."""

    def __init__(self, sessions: SessionFactory, settings: Settings, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._settings = settings
        self._inference = inference

    async def words(
        self, question: PendingQuestion, prompt: PromptParts, give_up_at: float
    ) -> GenerationReply:
        """The model's reply, by `give_up_at` (`time.monotonic()`), or one without an outcome."""
        began = time.monotonic()
        attempt, is_handed_over, worker_seen = question.attempt, not question.is_new, False
        while (left_s := give_up_at - time.monotonic()) > 0:
            try:
                if not is_handed_over:
                    await self._inference.enqueue(question.message_id, attempt, prompt, left_s)
                    is_handed_over = True
                slice_s = min(LOOK_EVERY_S, left_s)
                event = await self._inference.outcome(question.message_id, attempt, slice_s)
                if event is not None:
                    waited_s = time.monotonic() - began
                    return GenerationReply(event.outcome, attempt, waited_s, event.kind is EventKind.DONE)
                has_worker = await self._has_worker()
                worker_seen = worker_seen or has_worker
                patience_s = self._settings.chat_deadline_s if worker_seen else NO_WORKER_PATIENCE_S
                if not has_worker and time.monotonic() - began > patience_s:
                    break
                waited_s = time.monotonic() - began
                attempt, is_handed_over = await self._keep_going(question.message_id, attempt, waited_s)
                if not attempt:
                    return GenerationReply(None, attempt, is_ended=True)
            except QueueUnavailable:
                await asyncio.sleep(min(RECONNECT_S, left_s))
        await self._withdraw(question.message_id)
        return GenerationReply(None, attempt, time.monotonic() - began)

    async def _has_worker(self) -> bool:
        return any(worker.phase.can_answer for worker in await self._inference.worker_states())

    async def _keep_going(self, message_id: str, attempt: int, waited_s: float) -> tuple[int, bool]:
        """Free a job that is held by nobody alive; see whether a lost one needs a new attempt.

        Returns the attempt to wait for (0: the message is final) and whether it was handed over.
        """
        if await self._inference.is_pending(message_id):
            await self._free(message_id, waited_s)
            return attempt, True
        if await self._inference.outcome(message_id, attempt, 0):
            return attempt, True  # it ended between the two looks; the next one reads it
        async with transaction(self._sessions) as session:
            if await next_attempt(session, message_id, attempt, datetime.now(UTC)):
                log.warning("handed_over_again", message_id=message_id, attempt=attempt + 1)
                return attempt + 1, False
            row = await find_message(session, message_id)
        if row is None or MessageStatus(row.status).is_final:
            return 0, True
        return row.attempt, True

    async def _free(self, message_id: str, waited_s: float) -> None:
        """End the lease on a job whose worker has died, or whose lease was taken but the job never begun.

        The latter happens when a worker's connection breaks just as it takes a job: the lease stands in
        Redis, and the worker believes that somebody else has it. A worker first of all says that it begins.
        """
        events = [event for _, event in await self._inference.reader(message_id).read()]
        runs = [e.worker for e in events if e.kind is EventKind.STATUS and e.text == RUNNING]
        if runs:
            alive = {worker.worker_id for worker in await self._inference.worker_states()}
            is_stuck = runs[-1] not in alive
        else:
            is_stuck = waited_s > BEGINS_WITHIN_S
        if is_stuck and await self._inference.release(message_id):
            log.warning("lease_ended", message_id=message_id, worker=runs[-1] if runs else None)

    async def _withdraw(self, message_id: str) -> None:
        try:
            await self._inference.cancel(message_id)
        except QueueUnavailable as error:
            log.info("not_withdrawn", message_id=message_id, reason=str(error))
