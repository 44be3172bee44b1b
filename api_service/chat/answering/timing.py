"""The seconds of an answer."""

import time

from api_service.chat.answering.generation import QuestionJobs
from api_service.schemas.chat import Timings

TIME_DECIMALS = 4


def timings_of(jobs: QuestionJobs) -> Timings:
    """Waiting for the model, in the model, and from the question to now; of all jobs of the question."""
    return Timings(
        queue_s=round(max(0.0, jobs.waited_s - jobs.model_s), TIME_DECIMALS),
        model_s=round(jobs.model_s, TIME_DECIMALS),
        total_s=round(time.monotonic() - jobs.question.claimed_at, TIME_DECIMALS),
    )
