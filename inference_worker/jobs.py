"""One job: fetch and decode it, generate, stream the tokens, publish the outcome."""

import asyncio
import time
from collections.abc import Sequence

from inference_worker.cancellation import CancelWatch, Superseded
from inference_worker.engine.sequence import EngineFailed, EngineOverloaded, EngineStopped
from inference_worker.llm_service import LLMService
from inference_worker.model.served_model import Generated
from inference_worker.timeouts import (
    BUSY_DEFER_S,
    GENERATION_SHARE,
    JOB_TIMEOUT_MARGIN_S,
    PUBLISH_PATIENCE_S,
    PUBLISH_RETRY_S,
    REDIS_AWAY_DEFER_S,
)
from inference_worker.token_sender import TokenSender
from shared.errors import ContractViolation, ModelUnavailable, QueueUnavailable
from shared.generation import GenerationJob, GenerationOutcome
from shared.logs import bind_request, clear_request, get_logger
from shared.queue import RUNNING, ClaimedJob, Queue
from shared.retry import retry
from shared.settings import Settings
from shared.tracing import span
from shared.wire import EventKind, StreamEvent

log = get_logger(__name__)

MAX_TRIES = 3
LONGEST_REASON = 300
CANCELLED = "cancelled"
TOO_LATE = "the job has expired"


class RetryJob(Exception):
    """The job cannot be done here and now; it goes back to the queue and is due after `defer_s` seconds."""

    def __init__(self, reason: str, defer_s: float) -> None:
        super().__init__(reason)
        self.defer_s = defer_s


class Jobs:
    """Runs the jobs of this worker; typed, where arq's context is not."""

    def __init__(self, settings: Settings, queue: Queue, llm: LLMService, worker_id: str) -> None:
        self._settings = settings
        self._queue = queue
        self._llm = llm
        self._worker_id = worker_id
        self.cancels = CancelWatch(queue)

    async def generate(self, message_id: str, attempt: int, tries: int) -> None:
        """Answer attempt `attempt` of a message on its stream: tokens as they come, then exactly one outcome.

        A job that comes again after its worker was killed is run again, unless its outcome is there already.
        `tries` counts how often it was claimed. Raises `RetryJob`.
        """
        clear_request()
        bind_request(request_id=message_id)
        try:
            await self._run(message_id, attempt, tries)
        except Superseded:
            log.info("job_superseded", attempt=attempt)
        except QueueUnavailable as error:
            log.warning("job_given_back", reason=str(error))
            raise RetryJob(str(error), REDIS_AWAY_DEFER_S) from error
        except (EngineOverloaded, EngineStopped) as error:
            log.info("job_given_back", reason=str(error))
            raise RetryJob(str(error), BUSY_DEFER_S) from error
        except Exception as error:  # without an outcome its gateway would enqueue it again and again
            log.exception("job_raised", attempt=attempt)
            reason = f"the worker failed with {type(error).__name__}: {str(error)[:LONGEST_REASON]}"
            await self._publish(message_id, _failed(message_id, attempt, reason))

    async def _run(self, message_id: str, attempt: int, tries: int) -> None:
        try:
            taken = await self._queue.claim(message_id, attempt)
        except ContractViolation as error:
            await self._fail(message_id, attempt, str(error))
            return
        if taken.is_answered:
            log.info("job_answered_before", attempt=attempt)
            return
        job, refusal = taken.job, _refusal(taken, tries)
        if refusal is not None:
            await self._fail(message_id, attempt, refusal)
            return
        if job is None:  # Redis was wiped after the claim: the gateway finds no job and enqueues the next one
            log.warning("job_lost", attempt=attempt)
            return
        self.cancels.supersede(message_id)  # given up for lost when Redis was wiped, or this worker silent
        running = StreamEvent(EventKind.STATUS, attempt, RUNNING, worker=self._worker_id)
        sender = TokenSender(self._queue, message_id, running)
        time_s = max(
            0.1, min(job.expires_at - taken.now, self._settings.job_timeout_s - JOB_TIMEOUT_MARGIN_S)
        )
        with span(
            "generate", job.trace, message_id=message_id, task=job.task.value, tries=tries
        ) as attributes:
            outcome = await self._outcome(job, time_s, sender)
            attributes |= {
                "model_s": outcome.model_s,
                "queue_s": outcome.queue_s,
                "failed": outcome.error is not None,
            }
        await self._publish(message_id, outcome, sender.rest() if outcome.error is None else ())

    async def _outcome(self, job: GenerationJob, time_s: float, sender: TokenSender) -> GenerationOutcome:
        """The model's text, or why there is none; `EngineOverloaded` and `EngineStopped` pass through."""
        try:
            async with asyncio.timeout(time_s), sender:
                generating = self._llm.generate(
                    job.prompt,
                    reading=job.reading,
                    max_new_tokens=job.max_new_tokens,
                    deadline=time.monotonic() + time_s * GENERATION_SHARE,
                    on_text=sender.add,
                )
                generated = await self.cancels.guard(
                    job.message_id, generating, reads=job.reading is not None
                )
        except (EngineFailed, ModelUnavailable, ValueError) as error:
            return _failed(job.message_id, job.attempt, str(error))
        except TimeoutError:
            return _failed(job.message_id, job.attempt, f"not done in {time_s:.0f} s")
        if generated is None:
            return _failed(job.message_id, job.attempt, CANCELLED)
        log.info("job_done", tokens=len(generated.token_logprobs), model_s=round(generated.model_s, 4))
        return _generation_outcome(job, generated)

    async def _fail(self, message_id: str, attempt: int, reason: str) -> None:
        write = log.info if reason in {CANCELLED, TOO_LATE} else log.warning
        write("job_failed", attempt=attempt, reason=reason)
        await self._publish(message_id, _failed(message_id, attempt, reason))

    async def _publish(
        self, message_id: str, outcome: GenerationOutcome, tokens: Sequence[StreamEvent] = ()
    ) -> None:
        kind = EventKind.RESULT if outcome.error is None else EventKind.ERROR
        event = StreamEvent(kind, outcome.attempt, outcome.error or "", self._worker_id, outcome)
        await retry(
            lambda: self._queue.append(message_id, *tokens, event),
            QueueUnavailable,
            every_s=PUBLISH_RETRY_S,
            within_s=PUBLISH_PATIENCE_S,
        )


def _refusal(taken: ClaimedJob, tries: int) -> str | None:
    """Why a job is not started; None where it is."""
    if taken.is_cancelled:
        return CANCELLED
    if tries > MAX_TRIES:
        return f"given up after {MAX_TRIES} tries that ended without an outcome"
    return TOO_LATE if taken.job is not None and taken.job.expires_at <= taken.now else None


def _failed(message_id: str, attempt: int, reason: str) -> GenerationOutcome:
    return GenerationOutcome(message_id, attempt, text="", finish_reason="error", error=reason)


def _generation_outcome(job: GenerationJob, generated: Generated) -> GenerationOutcome:
    return GenerationOutcome(
        message_id=job.message_id,
        attempt=job.attempt,
        text=generated.text,
        token_logprobs=generated.token_logprobs,
        finish_reason=generated.finish_reason,
        model=generated.model,
        prompt_style=generated.prompt_style,
        queue_s=generated.queue_s,
        model_s=generated.model_s,
        candidates=generated.candidates,
    )
