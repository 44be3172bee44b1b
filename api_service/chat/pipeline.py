"""The pipeline of one question: load facts, generate, check, store.

load facts   understand the question, run it over the data, in one read transaction
generate     the worker's text for these facts; none without a worker, or where the question is refused
check        the text where every claim in it holds, else an answer composed from the facts
store        one conditional update, for the holder of the message's lease alone
"""

import time
from dataclasses import replace

from api_service.assistant.execution.facts import collect_facts
from api_service.assistant.rendering.answer import build_prompt
from api_service.assistant.types import AnswerFacts, DeviceRef
from api_service.assistant.understanding.understand import understand
from api_service.chat.answer_check import checked_answer
from api_service.chat.generation import GenerationClient, GenerationReply, LeaseLost
from api_service.chat.messages import end_message
from api_service.chat.pending_question import PendingQuestion
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import MessageStatus
from api_service.repositories.aggregates import device_statuses
from api_service.repositories.chat_repository import FinalState, finish
from api_service.schemas.chat import ChatAnswer
from api_service.timeouts import DATABASE_RETRY_S
from shared.errors import Unavailable
from shared.logs import bind_request, get_logger
from shared.retry import retry
from shared.settings import Settings

log = get_logger(__name__)


class AnswerPipeline:
    """Answers the questions whose lease `holder` has."""

    def __init__(
        self, sessions: SessionFactory, settings: Settings, inference: InferenceClient, holder: str
    ) -> None:
        self._sessions = sessions
        self._give_up_s = settings.chat_give_up_s
        self._holder = holder
        self._generation = GenerationClient(sessions, settings, inference, holder)

    async def answer(self, question: PendingQuestion) -> ChatAnswer:
        """Answer one question and store the answer.

        Raises `LeaseLost` when another gateway or a cancellation was first, `Unavailable` while the
        database is away.
        """
        facts = await self._load_facts(question)
        reply = await self._generate(question, facts)
        answer = checked_answer(question, facts, reply)
        await self._store(question, answer)
        return answer

    async def run(self, question: PendingQuestion) -> ChatAnswer | None:
        """`answer`, tried again while the database is away; any other error is stored as a failure.

        None where no answer was stored: the message has ended elsewhere, or is left for a later lease.
        """
        bind_request(request_id=question.message_id)
        current = question

        def waits(error: Exception) -> None:
            nonlocal current
            log.warning("answer_waits", reason=str(error))
            current = replace(question, is_new=False)  # its job may be enqueued by now

        try:
            return await retry(
                lambda: self.answer(current),
                Unavailable,
                every_s=DATABASE_RETRY_S,
                within_s=question.deadline(self._give_up_s) - time.monotonic(),
                on_error=waits,
            )
        except (LeaseLost, Unavailable) as error:
            log.info("answer_left", reason=str(error))
        except Exception as error:
            log.exception("answer_failed")
            await self._fail(question, f"{type(error).__name__}: {error}")
        return None

    async def _load_facts(self, question: PendingQuestion) -> AnswerFacts:
        async with snapshot(self._sessions) as session:
            statuses = await device_statuses(session)
            catalog = [DeviceRef(status.cluster, status.name) for status in statuses]
            understood = understand(question.text, question.history, catalog, question.moment)
            return await collect_facts(session, understood, question.moment, statuses)

    async def _generate(self, question: PendingQuestion, facts: AnswerFacts) -> GenerationReply:
        if facts.refusal is not None or not facts.required:
            return GenerationReply(None)
        return await self._generation.generate(question, build_prompt(facts, question.history))

    async def _store(self, question: PendingQuestion, answer: ChatAnswer) -> None:
        final = FinalState(MessageStatus.SUCCEEDED, answer.response, answer.model_dump(mode="json"))
        async with transaction(self._sessions) as session:
            is_stored = await finish(session, question.message_id, final, self._holder)
        log.info("answered", by=answer.answered_by, stored=is_stored, seconds=answer.timings.total_s)
        if not is_stored:
            raise LeaseLost("the lease was lost, or the message was cancelled, before the answer was stored")

    async def _fail(self, question: PendingQuestion, reason: str) -> None:
        try:
            await end_message(self._sessions, question.message_id, MessageStatus.FAILED, reason, self._holder)
        except Unavailable as error:
            log.warning("failure_not_stored", reason=str(error))  # a later lease comes back to it
