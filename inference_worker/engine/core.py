"""One iteration of continuous batching: admit, prefill, decode, deliver, retire. No threads, no torch."""

import logging
import time
from dataclasses import dataclass

from inference_worker.engine.runner import Runner, RunnerBroken, RunnerOutOfMemory, Step
from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import EngineError, EngineFailed, Sequence

log = logging.getLogger(__name__)


def member_error(error: Exception) -> EngineFailed:
    """The error that every request of a failed call gets."""
    reason = "out of memory" if isinstance(error, RunnerOutOfMemory) else type(error).__name__
    return EngineFailed(f"{reason}: {error}")


@dataclass
class Counters:
    """Totals since the start; the seconds are time of the engine's thread."""

    steps: int = 0
    tokens: int = 0
    finished: int = 0
    failed: int = 0
    cancelled: int = 0
    encode_s: float = 0.0
    decode_s: float = 0.0


class EngineCore:
    """Runs what the scheduler admits on a runner and delivers tokens and results to each sequence."""

    def __init__(self, runner: Runner, scheduler: Scheduler) -> None:
        self.runner = runner
        self.scheduler = scheduler
        self.counters = Counters()
        self._joining: list[Sequence] = []
        self._in_flight: tuple[Step, list[Sequence]] | None = None

    @property
    def has_work(self) -> bool:
        """Whether another `step` would do anything."""
        return self._in_flight is not None or not self.scheduler.is_idle

    def step(self) -> None:
        """One iteration; an error fails the sequences it concerns. Raises only `RunnerBroken`."""
        try:
            for sequence in self.scheduler.drop_finished_waiting(time.monotonic()):
                self._finish(sequence)
            self._joining = self.scheduler.admit()
            self._encode(list(self._joining))
            self._step()
            self._retire_finished()
        except RunnerBroken:
            raise
        except RunnerOutOfMemory as error:
            self._preempt(error)
        except Exception as error:  # the boundary where any error of a model becomes its requests' error
            log.exception("a decode step failed")
            self._fail_running(error)

    def fail_all(self, error: EngineError) -> None:
        """Fail every waiting and running request with `error`; the runner is not touched."""
        for sequence in [*self.scheduler.running, *self._joining, *self.scheduler.waiting]:
            self._fail(sequence, error)
        self._joining.clear()
        self.scheduler.running.clear()
        self.scheduler.waiting.clear()
        self._in_flight = None

    def _encode(self, sequences: list[Sequence]) -> None:
        """Prefill and start them; when out of memory, halve the group until a single one fails alone."""
        if not sequences:
            return
        started = time.monotonic()
        try:
            self.runner.encode(sequences)
        except RunnerOutOfMemory as error:
            if len(sequences) == 1:
                self._refuse(sequences, error)
                return
            log.warning("out of memory encoding %d prompts, trying the halves", len(sequences))
            middle = len(sequences) // 2
            self._encode(sequences[:middle])
            self._encode(sequences[middle:])
        except RunnerBroken:
            raise
        except Exception as error:  # as in `step`, for the new requests alone
            log.exception("encoding failed")
            self._refuse(sequences, error)
        else:
            now = time.monotonic()
            for sequence in sequences:
                sequence.admitted_at, sequence.encoded_at = started, now
                self._joining.remove(sequence)
            self.counters.encode_s += now - started
            self.scheduler.start(sequences)

    def _refuse(self, sequences: list[Sequence], error: Exception) -> None:
        """Fail new requests whose prefill failed."""
        for sequence in sequences:
            self._joining.remove(sequence)
            self._fail(sequence, member_error(error))

    def _step(self) -> None:
        """Launch a decode step and read its tokens; on a pipelined device, those of the step before it."""
        started = time.monotonic()
        launched = None
        if self.scheduler.running:
            launched = (self.runner.decode_step(), list(self.scheduler.running))
        if self.runner.pipelined:
            launched, self._in_flight = self._in_flight, launched
        if launched is not None:
            self._collect(*launched)
        self.counters.decode_s += time.monotonic() - started

    def _collect(self, step: Step, members: list[Sequence]) -> None:
        """Append each row's token; a sequence that finished while the step was running ignores it."""
        choices = step.read()
        self.counters.steps += 1
        for sequence, choice in zip(members, choices, strict=True):
            if not sequence.is_finished:
                sequence.append(choice, self.runner.eos_token_ids)
                self.counters.tokens += 1

    def _retire_finished(self) -> None:
        """Deliver new tokens and take finished sequences out of the batch."""
        now = time.monotonic()
        for sequence in self.scheduler.running:
            sequence.check(now)
            if not sequence.is_finished:
                sequence.deliver(now)
        for slot in self.scheduler.finished_slots():
            self.runner.retire(slot)
            self._finish(self.scheduler.retire(slot))

    def _preempt(self, error: RunnerOutOfMemory) -> None:
        """Out of memory in a decode step: preempt the younger half of the rows; a single row fails."""
        if self._in_flight is not None:
            last, self._in_flight = self._in_flight, None
            self._collect(*last)
        self._retire_finished()
        if len(self.scheduler.running) <= 1:
            self._fail_running(error)
            return
        log.warning(
            "out of memory in a step of %d rows, going on with half of them", len(self.scheduler.running)
        )
        for slot in self.scheduler.preempt_youngest_half():
            self.runner.retire(slot)

    def _fail_running(self, error: Exception) -> None:
        """Fail every running sequence and start over with an empty batch."""
        self._in_flight = None
        for sequence in self.scheduler.running:
            self._fail(sequence, member_error(error))
        self.scheduler.running.clear()
        self.runner.reset()

    def _finish(self, sequence: Sequence) -> None:
        if sequence.finish_reason == "cancelled":
            self.counters.cancelled += 1
        else:
            self.counters.finished += 1
        sequence.deliver(time.monotonic())

    def _fail(self, sequence: Sequence, error: EngineError) -> None:
        self.counters.failed += 1
        sequence.reply.put([], error)
