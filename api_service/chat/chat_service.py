"""The use cases of a question: ask, wait, follow, cancel."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress

from api_service.chat.acceptance import QuestionAcceptor, own_idempotency_key
from api_service.chat.answer_leases import AnswerLeases
from api_service.chat.events import MessageEvents
from api_service.chat.messages import end_message, is_final, load_message, message_view
from api_service.chat.pending_question import PendingQuestion
from api_service.chat.subscribers import Subscribers
from api_service.database.sessions import SessionFactory, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import MessageStatus
from api_service.repositories.access.ownership import Viewer
from api_service.repositories.chat_repository import delete_session
from api_service.schemas.chat import ChatAnswer, ChatEvent, ChatRequest, Message
from api_service.timeouts import POLL_MESSAGE_EVERY_S
from shared.errors import AnswerFailed, Conflict, ModelUnavailable, NotFound, Unavailable
from shared.settings import Settings
from shared.tasks import BackgroundTasks


class ChatService:
    """One per gateway; `start` and `close` belong to its lifespan.

    Whose a message is was checked before (`SessionService.check_message`).
    """

    def __init__(self, sessions: SessionFactory, settings: Settings, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._deadline_s = settings.chat_deadline_s
        self._inference = inference
        self._background = BackgroundTasks()
        self._events = MessageEvents(sessions, inference)
        self._answers = AnswerLeases(sessions, settings, inference, self._events)
        self._acceptor = QuestionAcceptor(sessions, settings, self._answers.holder)
        self.subscribers = Subscribers(self._events, self._background)

    async def start(self) -> None:
        """Begin to take up questions that no gateway answers."""
        await self._answers.start()

    async def close(self) -> None:
        """Stop answering; what is unfinished stays `queued`, free for any gateway."""
        await self._background.close()
        await self._answers.close()

    async def ask(self, request: ChatRequest, viewer: Viewer, key: str | None = None) -> ChatAnswer | Message:
        """The answer, or after `CHAT_DEADLINE_S` the message that will hold it.

        The answer is made and stored whether or not the caller stays. Raises `NotFound` for an unknown
        session, `Overloaded`, `QueueUnavailable` (nothing is stored then), `AnswerFailed`, `Conflict` when it
        was cancelled meanwhile.
        """
        message_id = await self.accept(request, viewer, key)
        if self._answers.holds(message_id):
            answer = await self._answers.wait(message_id, self._deadline_s)
            return answer or _answer_or_pending(await self.message(message_id))
        return _answer_or_pending(await self.message(message_id, self._deadline_s))

    async def accept(self, request: ChatRequest, viewer: Viewer, key: str | None = None) -> str:
        """Commit a question of `viewer` and begin to answer it; returns the id of the answer's message.

        The same request under the same `key` gives the same message. Raises like `ask`.
        """
        own_key = None if key is None else own_idempotency_key(viewer, key)
        if (earlier := await self._acceptor.repeat(request, own_key)) is not None:
            return earlier.message_id
        async with self._answers.admission():
            question = await self._acceptor.commit(request, viewer, own_key)
            if isinstance(question, PendingQuestion):
                self._answers.begin(question)
        return question.message_id

    async def message(self, message_id: str, wait_s: float = 0.0, *, explain: bool = False) -> Message:
        """A message's state, waiting up to `wait_s` for its end; raises `NotFound`.

        With `explain` it tells how the question was understood.
        """
        give_up_at = time.monotonic() + wait_s
        row = await load_message(self._sessions, message_id)
        while not is_final(row) and (left_s := give_up_at - time.monotonic()) > 0:
            await self._wait_for_end(message_id, min(left_s, POLL_MESSAGE_EVERY_S))
            row = await load_message(self._sessions, message_id)
        is_running = not is_final(row) and await self._events.is_running(message_id)
        return message_view(row, is_running=is_running, explain=explain)

    async def expect_answer(self, waited_s: float) -> None:
        """For clients that can only wait: raise `ModelUnavailable` where no worker will answer them soon.

        That is after `CHAT_DEADLINE_S` without a worker that has a model or loads one.
        """
        if waited_s <= self._deadline_s:
            return
        if not any(worker.phase.can_answer for worker in await self._inference.worker_states()):
            raise ModelUnavailable("No worker with a model is there: start one with `make worker`.")

    async def stream(self, request: ChatRequest, viewer: Viewer, key: str | None = None) -> str:
        """Like `accept`, for a client that follows `events`: without one, the facts alone answer."""
        message_id = await self.accept(request, viewer, key)
        self.subscribers.register(message_id)
        return message_id

    def events(self, message_id: str, after: int = 0) -> AsyncIterator[ChatEvent]:
        """The message's events after number `after`, to its end. Raises `NotFound`."""
        return self.subscribers.follow(message_id, after)

    async def cancel(self, message_id: str) -> Message:
        """End a message that is not final, and its generation within a step; final ones stay as they are."""
        row = await load_message(self._sessions, message_id)
        if not is_final(row):
            if await end_message(self._sessions, message_id, MessageStatus.CANCELLED, "cancelled"):
                self._answers.cancel(message_id)
                self._background.spawn(self._events.publish_cancellation(message_id))
            row = await load_message(self._sessions, message_id)
        return message_view(row)

    def forget(self, message_id: str) -> None:
        """Cancel what still runs and delete the conversation, without waiting: for stateless clients."""
        self._background.spawn(self._forget(message_id))

    async def _forget(self, message_id: str) -> None:
        with suppress(NotFound, Unavailable):
            ended = await self.cancel(message_id)
            async with transaction(self._sessions) as session:
                await delete_session(session, ended.session_id)

    async def _wait_for_end(self, message_id: str, wait_s: float) -> None:
        if self._answers.holds(message_id):
            await self._answers.wait(message_id, wait_s)
        else:
            await self._events.wait_for_end(message_id, wait_s)


def _answer_or_pending(message: Message) -> ChatAnswer | Message:
    if message.answer is not None:
        return message.answer
    if message.status == MessageStatus.FAILED.value:
        raise AnswerFailed(f"The question could not be answered: {message.error}")
    if message.status == MessageStatus.CANCELLED.value:
        raise Conflict("The question was cancelled.")
    return message
