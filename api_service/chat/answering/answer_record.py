"""What is kept of an answer: its body, and what was understood of its question; pure."""

from dataclasses import dataclass
from typing import Any

from api_service.assistant.understanding.focus.focus import Focus
from api_service.chat.answering.answer_check import CheckedAnswer
from api_service.chat.answering.decisions import Reply
from api_service.chat.answering.understanding import UnderstoodQuestion
from api_service.schemas.chat import ChatAnswer

ANSWERED = "answered"
_DECIMALS = 4


@dataclass(frozen=True)
class AnswerRecord:
    """An answer's body, and the record of its reading as it is stored; None without a reading."""

    answer: ChatAnswer
    reading: dict[str, Any] | None


def reading_record(
    understood: UnderstoodQuestion, outcome: Reply | CheckedAnswer, focus: Focus
) -> dict[str, Any]:
    """The reading's record: `explanation` is for people, the rest for the next turn."""
    kind = outcome.kind if isinstance(outcome, Reply) else ANSWERED
    choices = outcome.choices if isinstance(outcome, Reply) else ()
    context = understood.query
    explanation = {"kind": kind, **_explanation(understood)}
    if isinstance(outcome, CheckedAnswer):
        explanation |= {"factors": outcome.factors, "features": outcome.features}
    return {
        "explanation": explanation,
        "context": context.to_json() if context else None,
        "choices": [choice.to_json() for choice in choices],
        "focus": focus.to_json(),
    }


def _explanation(understood: UnderstoodQuestion) -> dict[str, Any]:
    reading, query, signs = understood.reading, understood.decision.query, understood.signs
    return {
        "masked": understood.masked.prompt,
        "slots": [f"{entity.kind.value}: {entity.text}" for entity in understood.masked.entities],
        "query": query.linear() if query else (reading.linear if reading else ""),
        "previous": understood.context.linear() if understood.context else None,
        "leftovers": [
            {"words": left.text, "weight": left.weight} for left in (reading.leftovers if reading else ())
        ],
        "unfounded": list(reading.unfounded) if reading else [],
        "margins": {
            "smallest": round(signs.smallest_margin, _DECIMALS),
            "log_probability": round(signs.logprob_sum, _DECIMALS),
            "is_second_reading": signs.is_second,
        },
    }
