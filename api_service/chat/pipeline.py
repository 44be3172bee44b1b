"""One question's way from its words to its stored answer: understand, facts, model, check, store."""

import asyncio
import time
from datetime import UTC, datetime

from api_service.assistant.execution.facts import collect_facts
from api_service.assistant.rendering.answer import build_prompt, compose_answer
from api_service.assistant.types import AnswerFacts, DeviceRef
from api_service.assistant.understanding.understand import understand
from api_service.assistant.verification.confidence import confidence
from api_service.assistant.verification.verify import Verdict, verify
from api_service.chat.answer_body import evidence_of, names_of, window_of
from api_service.chat.generation import GenerationClient, GenerationReply
from api_service.chat.pending_question import PendingQuestion
from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.inference_client import InferenceClient
from api_service.models.chat import MessageStatus
from api_service.repositories.aggregates import device_statuses
from api_service.repositories.chat_repository import FinalState, finish
from api_service.schemas.chat import ChatAnswer, Timings
from shared.errors import Unavailable
from shared.logs import bind_request, get_logger
from shared.settings import Settings

log = get_logger(__name__)

RETRY_S = 1.0
CONFIDENCE_DECIMALS = 3
TIME_DECIMALS = 4
FULL_STOP = "eos"


class AnswerPipeline:
    """Answers committed questions, each once; several may try, one of them stores."""

    def __init__(self, sessions: SessionFactory, settings: Settings, inference: InferenceClient) -> None:
        self._sessions = sessions
        self._settings = settings
        self._generation = GenerationClient(sessions, settings, inference)

    async def run(self, question: PendingQuestion) -> ChatAnswer | None:
        """Answer and store; None where somebody else did, or nobody could by now (the sweep tries again).

        While the database is away this waits for it. What goes wrong otherwise is stored as the failure.
        """
        bind_request(request_id=question.message_id)
        age_s = (datetime.now(UTC) - question.accepted_at).total_seconds()
        give_up_at = time.monotonic() + self._settings.chat_give_up_s - age_s
        while True:
            try:
                return await self._answer(question, give_up_at)
            except Unavailable as error:
                log.warning("answer_waits", reason=str(error))
                if time.monotonic() > give_up_at:
                    return None
                await asyncio.sleep(RETRY_S)
            except Exception as error:
                log.exception("answer_failed")
                await self._fail(question, f"{type(error).__name__}: {error}")
                return None

    async def _answer(self, question: PendingQuestion, give_up_at: float) -> ChatAnswer | None:
        began = time.monotonic()
        sheet = await self._facts(question)
        reply = GenerationReply(None, question.attempt)
        if sheet.refusal is None and sheet.required:
            prompt = build_prompt(sheet, question.history)
            reply = await self._generation.words(question, prompt, give_up_at)
        if reply.is_ended:
            return None
        answer = checked_answer(question, sheet, reply, time.monotonic() - began)
        return answer if await self._store(question, reply.attempt, answer) else None

    async def _facts(self, question: PendingQuestion) -> AnswerFacts:
        async with snapshot(self._sessions) as session:
            statuses = await device_statuses(session)
            catalog = [DeviceRef(status.cluster, status.name) for status in statuses]
            understood = understand(question.text, question.history, catalog, question.moment)
            return await collect_facts(session, understood, question.moment, statuses)

    async def _store(self, question: PendingQuestion, attempt: int, answer: ChatAnswer) -> bool:
        body = answer.model_dump(mode="json")
        final = FinalState(MessageStatus.SUCCEEDED, answer.response, body, datetime.now(UTC))
        async with transaction(self._sessions) as session:
            is_stored = await finish(session, question.message_id, attempt, final)
        log.info("answered", by=answer.answered_by, stored=is_stored, seconds=answer.timings.total_s)
        return is_stored

    async def _fail(self, question: PendingQuestion, reason: str) -> None:
        final = FinalState(MessageStatus.FAILED, "", {"reason": reason}, datetime.now(UTC))
        try:
            async with transaction(self._sessions) as session:
                await finish(session, question.message_id, None, final)
        except Unavailable as error:
            log.warning("failure_not_stored", reason=str(error))  # the sweep comes back to it


def checked_answer(
    question: PendingQuestion, sheet: AnswerFacts, reply: GenerationReply, took_s: float
) -> ChatAnswer:
    """The model's words where every claim in them holds, else the answer composed from the facts."""
    text, verdict = _model_words(sheet, reply)
    answered_by = "model" if verdict is not None else "facts"
    if verdict is None:
        text = compose_answer(sheet)
        verdict = verify(text, sheet)
    outcome = reply.outcome
    logprobs = outcome.token_logprobs if outcome and answered_by == "model" else ()
    model_s = outcome.model_s if outcome else 0.0
    return ChatAnswer(
        response=text,
        devices=names_of(verdict.devices) if sheet.refusal is None else [],
        confidence=round(confidence(sheet, verdict, answered_by, logprobs), CONFIDENCE_DECIMALS),
        session_id=question.session_id,
        message_id=question.message_id,
        answered_by="model" if answered_by == "model" else "facts",
        window=window_of(sheet),
        evidence=evidence_of(sheet, verdict),
        timings=Timings(
            queue_s=round(max(0.0, reply.waited_s - model_s), TIME_DECIMALS),
            model_s=round(model_s, TIME_DECIMALS),
            total_s=round(took_s, TIME_DECIMALS),
        ),
    )


def _model_words(sheet: AnswerFacts, reply: GenerationReply) -> tuple[str, Verdict | None]:
    """The model's text and its verdict; no verdict where there is no text or a claim in it does not hold."""
    outcome = reply.outcome
    if outcome is None or outcome.error is not None:
        log.info("no_model_words", reason=outcome.error if outcome else "no worker in time")
        return "", None
    if outcome.finish_reason != FULL_STOP or not outcome.text or "\0" in outcome.text:
        log.info("model_words_unfinished", finish=outcome.finish_reason)
        return outcome.text, None
    verdict = verify(outcome.text, sheet)
    if not verdict.supported:
        log.info("model_words_unsupported", problems=list(verdict.problems), text=outcome.text)
        return outcome.text, None
    return outcome.text, verdict
