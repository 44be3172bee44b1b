"""Questions and their answers: ask, wait, follow, cancel. Owns the tasks that answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from api_service.chat.acceptance import QuestionAcceptor
from api_service.chat.background import BackgroundTasks
from api_service.chat.message_events import MessageEvents
from api_service.chat.message_view import message_view
from api_service.chat.pending_question import PendingQuestion, pending_question
from api_service.chat.pipeline import AnswerPipeline
from api_service.chat.subscribers import Subscribers
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import ChatMessage, MessageStatus, Role
from api_service.repositories.chat_repository import (
    FinalState,
    delete_session,
    find_message,
    finish,
    unfinished_answers,
)
from api_service.schemas.chat import ChatAnswer, ChatEvent, ChatRequest, Message
from shared.errors import AnswerFailed, Conflict, NotFound, Overloaded, QueueUnavailable, Unavailable
from shared.logs import get_logger
from shared.queue import RUNNING
from shared.settings import Settings
from shared.tasks import cancel_and_wait
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)

SWEEP_BATCH = 100
# A question is somebody else's until it has lain for this long; a fresh process takes up what the one before
# it has left sooner.
SWEEP_GRACE = timedelta(seconds=10)
FIRST_SWEEP_GRACE = timedelta(seconds=1)
LOOK_EVERY_S = 1.0


class ChatService:
    """One per gateway; `start` and `close` belong to its lifespan."""

    def __init__(self, sessions: SessionFactory, settings: Settings, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._settings = settings
        self._inference = inference
        self._acceptor = QuestionAcceptor(sessions, settings)
        self._pipeline = AnswerPipeline(sessions, settings, inference)
        self._background = BackgroundTasks()
        self._events = MessageEvents(self._row, inference)
        self.subscribers = Subscribers(self._background, self._withdraw_words)
        self._running: dict[str, asyncio.Task[ChatAnswer | None]] = {}
        self._entering = 0

    async def start(self) -> None:
        """Begin to look for questions that nobody answers."""
        self._background.spawn(self._sweep())

    async def close(self) -> None:
        """Stop answering; what is unfinished stays `queued` and is taken up at the next start."""
        await self._background.close()
        await cancel_and_wait(list(self._running.values()))

    async def ask(self, request: ChatRequest, key: str | None = None) -> ChatAnswer | Message:
        """The answer, or after `CHAT_DEADLINE_S` the message that will hold it.

        The answer is made and stored whether or not the caller stays. Raises `NotFound` for an unknown
        session, `Overloaded`, `QueueUnavailable` (nothing is stored then), `AnswerFailed`, `Conflict` when it
        was cancelled meanwhile.
        """
        message_id = await self.accept(request, key)
        task = self._running.get(message_id)
        if task is not None:
            await asyncio.wait({task}, timeout=self._settings.chat_deadline_s)
            if task.done() and not task.cancelled() and (answer := task.result()) is not None:
                return answer
        waited = task is not None
        return _answer_or_pending(await self.message(message_id, 0.0 if waited else self._deadline_s))

    async def accept(self, request: ChatRequest, key: str | None = None) -> str:
        """Commit a question and begin to answer it; returns the id of the answer's message.

        The same request under the same `key` gives the same message. Raises like `ask`.
        """
        if (earlier := await self._acceptor.repeat(request, key)) is not None:
            return earlier.message_id
        async with self._permit():
            question = await self._acceptor.commit(request, key)
            if isinstance(question, PendingQuestion):
                self._begin(question)
        return question.message_id

    async def message(self, message_id: str, wait_s: float = 0.0) -> Message:
        """Where a message stands, waiting up to `wait_s` for its end; raises `NotFound`."""
        give_up_at = time.monotonic() + wait_s
        row = await self._row(message_id)
        while not _is_final(row) and (left_s := give_up_at - time.monotonic()) > 0:
            await self._wait_for_end(message_id, min(left_s, LOOK_EVERY_S))
            row = await self._row(message_id)
        return message_view(row, is_running=not _is_final(row) and await self._is_running(row))

    async def stream(self, request: ChatRequest, key: str | None = None) -> str:
        """Like `accept`, for an asker who follows `events`: left unread, it is answered from the facts."""
        message_id = await self.accept(request, key)
        self.subscribers.expect(message_id)
        return message_id

    def events(self, message_id: str, after: int = 0) -> AsyncIterator[ChatEvent]:
        """The message's events after number `after`, to its end. Raises `NotFound`."""
        return self.subscribers.follow(message_id, self._events.follow(message_id, after))

    async def cancel(self, message_id: str) -> Message:
        """End a message that is not final, and its words within a step; final ones stay as they are."""
        row = await self._row(message_id)
        if not _is_final(row):
            if await self._end(message_id, MessageStatus.CANCELLED, "cancelled"):
                self._background.spawn(self._stop(message_id))
                if task := self._running.get(message_id):
                    task.cancel()
            row = await self._row(message_id)
        return message_view(row)

    def abandon(self, message_id: str) -> None:
        """Cancel besides: for a client that has left and cannot come back."""
        self._background.spawn(self.cancel(message_id))

    def forget(self, message_id: str) -> None:
        """For stateless callers: cancel what still runs and remove the conversation, besides."""
        self._background.spawn(self._forget(message_id))

    @property
    def _deadline_s(self) -> float:
        return self._settings.chat_deadline_s

    @asynccontextmanager
    async def _permit(self) -> AsyncIterator[None]:
        """A place among the questions that this gateway answers at once; `Overloaded` where there is none."""
        if len(self._running) + self._entering >= self._settings.chat_max_waiting:
            raise Overloaded("Too many questions are being answered; try again in a moment.")
        self._entering += 1
        try:
            await self._inference.admit()
            yield
        finally:
            self._entering -= 1

    def _begin(self, question: PendingQuestion) -> None:
        task = asyncio.create_task(self._pipeline.run(question))
        self._running[question.message_id] = task
        task.add_done_callback(lambda _: self._ended(question.message_id, task))

    def _ended(self, message_id: str, task: asyncio.Task[ChatAnswer | None]) -> None:
        self._running.pop(message_id, None)
        if not task.cancelled() and task.exception() is None:
            is_stored = task.result() is not None
            self._background.spawn(
                self._tell_end(message_id) if is_stored else self._tell_if_final(message_id)
            )

    async def _end(self, message_id: str, status: MessageStatus, reason: str) -> bool:
        final = FinalState(status, "", {"reason": reason}, datetime.now(UTC))
        async with transaction(self._sessions) as session:
            return await finish(session, message_id, None, final)

    async def _tell_end(self, message_id: str) -> None:
        """Wake those who follow the message, in any gateway; without Redis they look themselves."""
        with suppress(QueueUnavailable):
            await self._inference.tell(message_id, StreamEvent(EventKind.DONE, 0))

    async def _tell_if_final(self, message_id: str) -> None:
        """An end that is told before there is one would keep the sweep from ever answering the message."""
        with suppress(NotFound, Unavailable):
            if _is_final(await self._row(message_id)):
                await self._tell_end(message_id)

    async def _forget(self, message_id: str) -> None:
        with suppress(NotFound, Unavailable):
            ended = await self.cancel(message_id)
            async with transaction(self._sessions) as session:
                await delete_session(session, ended.session_id)

    async def _stop(self, message_id: str) -> None:
        with suppress(QueueUnavailable):
            await self._inference.cancel(message_id)
        await self._tell_end(message_id)

    async def _withdraw_words(self, message_id: str) -> None:
        """Free the worker; whoever answers the message here or elsewhere goes on from the facts."""
        with suppress(NotFound, Unavailable):
            if not _is_final(await self._row(message_id)):
                await self._inference.cancel(message_id)

    async def _wait_for_end(self, message_id: str, wait_s: float) -> None:
        if task := self._running.get(message_id):
            await asyncio.wait({task}, timeout=wait_s)
            return
        try:
            reader = self._inference.reader(message_id)
            end_at = time.monotonic() + wait_s
            while (left_s := end_at - time.monotonic()) > 0:
                if any(event.kind is EventKind.DONE for _, event in await reader.read(left_s)):
                    return
        except QueueUnavailable:
            await asyncio.sleep(wait_s)

    async def _is_running(self, row: ChatMessage) -> bool:
        with suppress(QueueUnavailable):
            events = await self._inference.reader(row.message_id).read()
            return any(event.kind is EventKind.STATUS and event.text == RUNNING for _, event in events)
        return False

    async def _row(self, message_id: str) -> ChatMessage:
        async with snapshot(self._sessions) as session:
            row = await find_message(session, message_id)
        if row is None:
            raise NotFound(f"There is no message {message_id}.")
        return row

    async def _sweep(self) -> None:
        """Take up, again and again, answers that are not final and that nobody here works on."""
        began = datetime.now(UTC)
        while True:
            now = datetime.now(UTC)
            is_fresh = now - began < SWEEP_GRACE
            try:
                await self._adopt(now - (FIRST_SWEEP_GRACE if is_fresh else SWEEP_GRACE))
            except Unavailable as error:
                log.warning("sweep_waits", reason=str(error))
            except Exception:
                log.exception("sweep_failed")  # a missing schema, say; whatever it is, sweeping goes on
            await asyncio.sleep(self._settings.chat_sweep_interval_s)

    async def _adopt(self, before: datetime) -> None:
        async with snapshot(self._sessions) as session:
            rows = await unfinished_answers(session, before, SWEEP_BATCH)
        for row in rows:
            if row.message_id in self._running:
                continue
            log.info("adopted", message_id=row.message_id, attempt=row.attempt)
            try:
                self._begin(pending_question(row, self._settings.timezone))
            except (KeyError, TypeError, ValueError) as error:
                await self._end(row.message_id, MessageStatus.FAILED, f"unreadable: {error!r}")


def _is_final(row: ChatMessage) -> bool:
    return row.role == Role.USER.value or MessageStatus(row.status).is_final


def _answer_or_pending(message: Message) -> ChatAnswer | Message:
    if message.answer is not None:
        return message.answer
    if message.status == MessageStatus.FAILED.value:
        raise AnswerFailed(f"The question could not be answered: {message.error}")
    if message.status == MessageStatus.CANCELLED.value:
        raise Conflict("The question was cancelled.")
    return message
