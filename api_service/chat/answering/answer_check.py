"""The check of the model's text, and the answer that results from it."""

from dataclasses import dataclass
from typing import Any

from api_service.assistant.execution.cells import Findings
from api_service.assistant.rendering.results.say import compose_answer
from api_service.assistant.understanding.signs import ReadingSigns
from api_service.assistant.verification.certainty.confidence import assess
from api_service.assistant.verification.certainty.features import features_of
from api_service.assistant.verification.certainty.wording import Wording
from api_service.assistant.verification.claims.verdict import Verdict
from api_service.assistant.verification.claims.verify import is_plans_wording, verify
from api_service.chat.answering.answer_body import evidence_of, names_of, window_of
from api_service.chat.answering.decisions import Reply
from api_service.chat.answering.generation import QuestionJobs
from api_service.chat.answering.timing import timings_of
from api_service.schemas.chat import ChatAnswer
from shared.generation import GenerationOutcome
from shared.logs import get_logger

log = get_logger(__name__)

CONFIDENCE_DECIMALS = 3
END_OF_SEQUENCE = "eos"
SLOTS = "slots"


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer, and what its confidence is made of: the features, and the factors with their words."""

    answer: ChatAnswer
    features: dict[str, float]
    factors: list[dict[str, Any]]


def checked_answer(
    jobs: QuestionJobs, findings: Findings, signs: ReadingSigns, outcome: GenerationOutcome | None
) -> CheckedAnswer:
    """The model's text where every claim in it holds, else the answer composed from the facts."""
    verdict = _verdict(findings, outcome)
    is_models = outcome is not None and verdict is not None
    text = outcome.text if outcome and verdict else compose_answer(findings)
    verdict = verdict or _composed_verdict(text, findings)
    wording = Wording(is_models, outcome.token_logprobs if outcome and is_models else ())
    features = features_of(signs, findings, verdict, wording)
    confidence = assess(features)
    answer = ChatAnswer(
        response=text,
        devices=names_of(verdict.devices),
        confidence=round(confidence.probability, CONFIDENCE_DECIMALS),
        session_id=jobs.question.session_id,
        message_id=jobs.question.message_id,
        answered_by="model" if is_models else "facts",
        window=window_of(findings),
        evidence=evidence_of(findings, verdict.cells),
        timings=timings_of(jobs),
    )
    factors = [{"name": f.name, "why": f.words, "effect": round(f.effect, 3)} for f in confidence.factors]
    return CheckedAnswer(answer, features, factors)


def reply_answer(jobs: QuestionJobs, reply: Reply) -> ChatAnswer:
    """What is said without data."""
    return ChatAnswer(
        response=reply.text,
        devices=[],
        confidence=round(reply.confidence, CONFIDENCE_DECIMALS),
        session_id=jobs.question.session_id,
        message_id=jobs.question.message_id,
        answered_by="facts",
        window=None,
        evidence=[],
        choices=[choice.question for choice in reply.choices],
        timings=timings_of(jobs),
    )


def _verdict(findings: Findings, outcome: GenerationOutcome | None) -> Verdict | None:
    """The verdict on the model's text; None where there is no text, or a claim in it does not hold.

    A model that speaks in slots was taught the templates: its text must be one of the plan's, slot by slot.
    Each claim of another arrangement may hold, and the sentence still be none.
    """
    if outcome is None or outcome.error is not None:
        log.info("no_model_text", reason=outcome.error if outcome else "no worker in time")
        return None
    if outcome.finish_reason != END_OF_SEQUENCE or not outcome.text or "\0" in outcome.text:
        log.info("model_text_unfinished", finish=outcome.finish_reason)
        return None
    if outcome.prompt_style == SLOTS and not is_plans_wording(outcome.text, findings):
        log.info("model_text_of_no_template", text=outcome.text)
        return None
    verdict = verify(outcome.text, findings)
    if not verdict.supported:
        log.info("model_text_unsupported", problems=list(verdict.problems), text=outcome.text)
        return None
    return verdict


def _composed_verdict(text: str, findings: Findings) -> Verdict:
    """The verdict on a composed answer; one that does not pass is a defect of the check or of a template."""
    verdict = verify(text, findings)
    if not verdict.supported:
        log.error("composed_answer_unsupported", problems=list(verdict.problems), text=text)
    return verdict
