"""The answers that this gateway makes: those it holds a lease on, renewed while they are made.

A lease that is not renewed ends by itself after `LEASE_S`; the next gateway that sweeps takes over.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from api_service.chat.answering.pipeline import AnswerPipeline
from api_service.chat.events import MessageEvents
from api_service.chat.messages import end_message
from api_service.chat.pending_question import PendingQuestion, pending_question
from api_service.database.sessions import SessionFactory, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import MessageStatus
from api_service.repositories.chat_leases import (
    ClaimedMessage,
    claim_messages,
    release_leases,
    renew_leases,
)
from api_service.schemas.chat import ChatAnswer
from api_service.timeouts import LEASE_S, RENEW_LEASES_EVERY_S
from shared.errors import Overloaded, Unavailable
from shared.logs import get_logger
from shared.settings import Settings
from shared.tasks import BackgroundTasks, cancel_and_wait

log = get_logger(__name__)

SWEEP_BATCH = 100


class AnswerLeases:
    """One per gateway: a task for each answer whose lease it holds, at most `CHAT_MAX_WAITING` of them.

    `holder` is the name under which it holds leases: host, process and a random part.
    """

    def __init__(
        self, sessions: SessionFactory, settings: Settings, inference: InferenceClient, events: MessageEvents
    ) -> None:
        self.holder = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
        self._sessions = sessions
        self._settings = settings
        self._inference = inference
        self._events = events
        self._pipeline = AnswerPipeline(sessions, settings, inference, self.holder)
        self._tasks: dict[str, asyncio.Task[ChatAnswer | None]] = {}
        self._entering = 0
        self._background = BackgroundTasks()

    async def start(self) -> None:
        """Begin to renew leases, and to claim messages on which none is held."""
        self._background.spawn(_repeat(self._renew, "renewal", RENEW_LEASES_EVERY_S))
        self._background.spawn(_repeat(self._sweep, "sweep", self._settings.chat_sweep_interval_s))

    async def close(self) -> None:
        """Stop answering and release every lease: the next gateway takes over at once."""
        await self._background.close()
        await cancel_and_wait(list(self._tasks.values()))
        with suppress(Unavailable):
            async with transaction(self._sessions) as session:
                await release_leases(session, self.holder)

    @asynccontextmanager
    async def admission(self) -> AsyncIterator[None]:
        """A permit to accept one more question; raises `Overloaded` or `QueueUnavailable`."""
        if len(self._tasks) + self._entering >= self._settings.chat_max_waiting:
            raise Overloaded("Too many questions are being answered; try again in a moment.")
        self._entering += 1
        try:
            await self._inference.admit()
            yield
        finally:
            self._entering -= 1

    def begin(self, question: PendingQuestion) -> None:
        """Start to answer a question whose lease this gateway holds."""
        task = asyncio.create_task(self._answer(question))
        self._tasks[question.message_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(question.message_id, None))

    def holds(self, message_id: str) -> bool:
        """Whether the message is being answered here."""
        return message_id in self._tasks

    async def wait(self, message_id: str, timeout_s: float) -> ChatAnswer | None:
        """The answer that is made here; None without one after `timeout_s`, or when none was stored."""
        if (task := self._tasks.get(message_id)) is None:
            return None
        await asyncio.wait({task}, timeout=timeout_s)
        return task.result() if task.done() and not task.cancelled() else None

    def cancel(self, message_id: str) -> None:
        """Stop to answer a message, if it is being answered here."""
        if task := self._tasks.get(message_id):
            task.cancel()

    async def _answer(self, question: PendingQuestion) -> ChatAnswer | None:
        answer = await self._pipeline.run(question)
        end = self._events.publish_end if answer else self._events.publish_end_if_final
        self._background.spawn(end(question.message_id))
        return answer

    async def _renew(self) -> None:
        if self._tasks:
            async with transaction(self._sessions) as session:
                await renew_leases(session, self.holder, LEASE_S, list(self._tasks))

    async def _sweep(self) -> None:
        """Obtain the leases that nobody holds, and answer those messages."""
        limit = min(SWEEP_BATCH, self._settings.chat_max_waiting - len(self._tasks) - self._entering)
        if limit <= 0:
            return
        async with transaction(self._sessions) as session:
            claimed = await claim_messages(session, self.holder, LEASE_S, limit)
        for message in claimed:
            if not self.holds(message.row.message_id):  # ours again after a renewal that came too late
                await self._resume(message)

    async def _resume(self, claimed: ClaimedMessage) -> None:
        row = claimed.row
        log.info("lease_obtained", message_id=row.message_id, attempt=row.attempt)
        try:
            self.begin(pending_question(row, claimed.claimed_at, self._settings.timezone))
        except (KeyError, TypeError, ValueError) as error:
            reason = f"unreadable: {error!r}"
            await end_message(self._sessions, row.message_id, MessageStatus.FAILED, reason)


async def _repeat(work: Callable[[], Awaitable[None]], name: str, every_s: float) -> None:
    """Do `work` every `every_s` seconds, whatever it raises: an outage, or a schema that is missing yet."""
    while True:
        try:
            await work()
        except Unavailable as error:
            log.warning(f"{name}_waits", reason=str(error))
        except Exception:
            log.exception(f"{name}_failed")
        await asyncio.sleep(every_s)
