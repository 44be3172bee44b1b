"""The check of the model's text, and the answer that results from it."""

from api_service.assistant.rendering.answer import compose_answer
from api_service.assistant.types import AnswerFacts
from api_service.assistant.verification.confidence import confidence
from api_service.assistant.verification.verify import Verdict, verify
from api_service.chat.answering.generation import QuestionJobs
from api_service.chat.answering.patterns.sheet_body import evidence_of, names_of, window_of
from api_service.chat.answering.timing import timings_of
from api_service.schemas.chat import ChatAnswer
from shared.generation import GenerationOutcome
from shared.logs import get_logger

log = get_logger(__name__)

CONFIDENCE_DECIMALS = 3
END_OF_SEQUENCE = "eos"


def checked_answer(jobs: QuestionJobs, facts: AnswerFacts, outcome: GenerationOutcome | None) -> ChatAnswer:
    """The model's text where every claim in it holds, else the answer composed from the facts."""
    verdict = _verdict(facts, outcome)
    is_models = outcome is not None and verdict is not None
    text = outcome.text if outcome and verdict else compose_answer(facts)
    verdict = verdict or _composed_verdict(text, facts)
    answered_by = "model" if is_models else "facts"
    logprobs = outcome.token_logprobs if outcome and is_models else ()
    return ChatAnswer(
        response=text,
        devices=names_of(verdict.devices) if facts.refusal is None else [],
        confidence=round(confidence(facts, verdict, answered_by, logprobs), CONFIDENCE_DECIMALS),
        session_id=jobs.question.session_id,
        message_id=jobs.question.message_id,
        answered_by="model" if is_models else "facts",
        window=window_of(facts),
        evidence=evidence_of(facts, verdict),
        timings=timings_of(jobs),
    )


def _verdict(facts: AnswerFacts, outcome: GenerationOutcome | None) -> Verdict | None:
    """The verdict on the model's text; None where there is no text, or a claim in it does not hold."""
    if outcome is None or outcome.error is not None:
        log.info("no_model_text", reason=outcome.error if outcome else "no worker in time")
        return None
    if outcome.finish_reason != END_OF_SEQUENCE or not outcome.text or "\0" in outcome.text:
        log.info("model_text_unfinished", finish=outcome.finish_reason)
        return None
    verdict = verify(outcome.text, facts)
    if not verdict.supported:
        log.info("model_text_unsupported", problems=list(verdict.problems), text=outcome.text)
        return None
    return verdict


def _composed_verdict(text: str, facts: AnswerFacts) -> Verdict:
    """The verdict on a composed answer; one that does not pass is a defect of the check or of a template."""
    verdict = verify(text, facts)
    if not verdict.supported:
        log.error("composed_answer_unsupported", problems=list(verdict.problems), text=text)
    return verdict
