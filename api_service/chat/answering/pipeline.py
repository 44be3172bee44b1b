"""The pipeline of one question: understand, compute, say, check, store.

understand   mask names, times and numbers; the worker reads the rest as a query; every word is accounted for
compute      the query over the data, in one read transaction
say          the worker's text for the result; none without a worker, or where nothing was computed
check        the text where every claim in it holds, else an answer composed from the result
store        one conditional update, for the holder of the message's lease alone
"""

import itertools
import time

from api_service.assistant.execution.cells import Findings
from api_service.assistant.execution.refusals import CannotAnswer
from api_service.assistant.rendering.results.refusals import refused_text
from api_service.assistant.rendering.results.say import build_prompt
from api_service.assistant.understanding.focus.focus import NOTHING
from api_service.assistant.understanding.focus.found import focus_of
from api_service.chat.answering.answer_check import checked_answer, reply_answer
from api_service.chat.answering.answer_record import AnswerRecord, reading_record
from api_service.chat.answering.computing import computed
from api_service.chat.answering.decisions import Reply
from api_service.chat.answering.generation import GenerationClient, LeaseLost, QuestionJobs
from api_service.chat.answering.question_reader import NotRead, QuestionReader, slotted
from api_service.chat.answering.site_catalog import KnownSite, SiteCatalogs
from api_service.chat.answering.understanding import Understanding, UnderstoodQuestion
from api_service.chat.messages import end_message
from api_service.chat.pending_question import PendingQuestion
from api_service.counters import QUESTIONS_ENDED
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import MessageStatus
from api_service.repositories.chat_repository import FinalState, finish
from api_service.schemas.chat import ChatAnswer
from api_service.timeouts import DATABASE_RETRY_S
from shared.errors import StatementTooSlow, Unavailable
from shared.generation import GenerationOutcome
from shared.logs import bind_request, get_logger
from shared.retry import retry
from shared.settings import Settings
from shared.tracing import span

log = get_logger(__name__)

# Other writers and a machine with too much to do pass; a question that is too large does not.
MOST_SLOW = 3
TOO_SLOW = "the database took too long to compute it; ask about a shorter time"


class AnswerPipeline:
    """Answers the questions whose lease `holder` has."""

    def __init__(
        self, sessions: SessionFactory, settings: Settings, inference: InferenceClient, holder: str
    ) -> None:
        self._sessions = sessions
        self._give_up_s = settings.chat_give_up_s
        self._holder = holder
        self._catalogs = SiteCatalogs()
        self._generation = GenerationClient(sessions, settings, inference, holder)
        self._understanding = Understanding(QuestionReader(self._generation))

    async def answer(self, jobs: QuestionJobs) -> ChatAnswer:
        """Answer one question and store the answer.

        Raises `NotRead` where no worker with a model that reads was there in time, `LeaseLost` when another
        gateway or a cancellation was first, `Unavailable` while the database is away.
        """
        with span("answer", message_id=jobs.question.message_id, attempt=jobs.attempt):
            async with snapshot(self._sessions) as session:
                known = await self._catalogs.load(session, jobs.question.moment)
            understood = await self._understanding.understand(jobs, known)
            with span("compute"):
                found = await self._compute(understood, known)
            record = await self._answered(jobs, understood, found)
            await self._store(record)
            return record.answer

    async def run(self, question: PendingQuestion) -> ChatAnswer | None:
        """`answer`, tried again while the database is away or busy; any other error is stored as a failure.

        So is a question that takes the database too long, `MOST_SLOW` times.

        None where no answer was stored: the message has ended elsewhere, or is left for a later lease.
        """
        bind_request(request_id=question.message_id)
        jobs, slow = QuestionJobs(question), itertools.count(1)

        def waits(error: Exception) -> None:
            if isinstance(error, StatementTooSlow) and next(slow) == MOST_SLOW:
                raise error
            log.warning("answer_waits", reason=str(error))
            jobs.resume()

        try:
            return await retry(
                lambda: self.answer(jobs),
                Unavailable,
                every_s=DATABASE_RETRY_S,
                within_s=question.deadline(self._give_up_s) - time.monotonic(),
                on_error=waits,
            )
        except StatementTooSlow:
            log.warning("question_too_slow")
            await self._fail(question, TOO_SLOW)
        except (LeaseLost, Unavailable) as error:
            log.info("answer_left", reason=str(error))
        except NotRead as error:
            log.warning("question_not_read", reason=str(error))
            await self._fail(question, str(error))
        except Exception as error:
            log.exception("answer_failed")
            await self._fail(question, f"{type(error).__name__}: {error}")
        return None

    async def _compute(self, understood: UnderstoodQuestion, known: KnownSite) -> Findings | Reply:
        decision = understood.decision
        if isinstance(decision, Reply):
            return decision
        try:
            async with snapshot(self._sessions) as session:
                return await computed(session, decision, known.moment)
        except CannotAnswer as cannot:
            refused = cannot.refused
            text = refused_text(refused, known.moment, known.devices)
            return Reply(refused.reason.value, text, query=decision.query)

    async def _answered(
        self, jobs: QuestionJobs, understood: UnderstoodQuestion, found: Findings | Reply
    ) -> AnswerRecord:
        if isinstance(found, Reply):
            kept = NOTHING if understood.decision.query else jobs.question.focus
            return AnswerRecord(reply_answer(jobs, found), reading_record(understood, found, kept))
        outcome = await self._words(jobs, understood, found)
        checked = checked_answer(jobs, found, understood.signs, outcome)
        query = understood.decision.query
        focus = focus_of(found, query, jobs.question.focus) if query else NOTHING
        return AnswerRecord(checked.answer, reading_record(understood, checked, focus))

    async def _words(
        self, jobs: QuestionJobs, understood: UnderstoodQuestion, findings: Findings
    ) -> GenerationOutcome | None:
        masked = understood.masked
        texts = tuple(entity.text for entity in masked.entities)
        prompt = build_prompt(findings, slotted(masked.words_text), texts)
        return None if prompt is None else (await self._generation.say(jobs, prompt)).outcome

    async def _store(self, record: AnswerRecord) -> None:
        answer = record.answer
        final = FinalState(
            MessageStatus.SUCCEEDED, answer.response, answer.model_dump(mode="json"), record.reading
        )
        async with transaction(self._sessions) as session:
            is_stored = await finish(session, answer.message_id, final, self._holder)
        log.info("answered", by=answer.answered_by, stored=is_stored, seconds=answer.timings.total_s)
        if not is_stored:
            raise LeaseLost("the lease was lost, or the message was cancelled, before the answer was stored")
        QUESTIONS_ENDED.labels(final.status.value).inc()

    async def _fail(self, question: PendingQuestion, reason: str) -> None:
        try:
            await end_message(self._sessions, question.message_id, MessageStatus.FAILED, reason, self._holder)
        except Unavailable as error:
            log.warning("failure_not_stored", reason=str(error))  # a later lease comes back to it
