"""One cycle of the engine: admit, encode, step, deliver, retire. No threads and no torch: tests step it."""

import logging
import time
from dataclasses import dataclass

from inference_worker.engine.runner import Runner, RunnerBroken, RunnerOutOfMemory, Step
from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import EngineError, EngineFailed, Sequence

log = logging.getLogger(__name__)


def failure(error: Exception) -> EngineFailed:
    """What the members of a failed call are told."""
    reason = "out of memory" if isinstance(error, RunnerOutOfMemory) else type(error).__name__
    return EngineFailed(f"{reason}: {error}")


@dataclass
class Counters:
    """What happened since the start; seconds are spent on the engine's thread."""

    steps: int = 0
    tokens: int = 0
    finished: int = 0
    failed: int = 0
    cancelled: int = 0
    encode_s: float = 0.0
    decode_s: float = 0.0


class EngineCore:
    """Drives a runner as its scheduler says and tells every sequence its tokens and its end."""

    def __init__(self, runner: Runner, scheduler: Scheduler) -> None:
        self.runner = runner
        self.scheduler = scheduler
        self.counters = Counters()
        self._joining: list[Sequence] = []
        self._in_flight: tuple[Step, list[Sequence]] | None = None

    @property
    def has_work(self) -> bool:
        """Whether another cycle would do anything."""
        return self._in_flight is not None or not self.scheduler.is_idle

    def step(self) -> None:
        """Do one of everything; faults end the sequences they concern. Raises only `RunnerBroken`."""
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
            self._make_room(error)
        except Exception as error:  # the boundary where any fault of a model becomes its members' error
            log.exception("a cycle failed")
            self._fail_running(error)

    def fail_all(self, error: EngineError) -> None:
        """Tell everybody inside that it is over; the runner is left alone."""
        for sequence in [*self.scheduler.running, *self._joining, *self.scheduler.waiting]:
            self._fail(sequence, error)
        self._joining.clear()
        self.scheduler.running.clear()
        self.scheduler.waiting.clear()
        self._in_flight = None

    def _encode(self, sequences: list[Sequence]) -> None:
        """Encode and start them; out of memory, try the halves, until a single one fails alone."""
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
        except Exception as error:  # as in `step`, for the newcomers alone
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
        """Fail newcomers that could not be encoded."""
        for sequence in sequences:
            self._joining.remove(sequence)
            self._fail(sequence, failure(error))

    def _step(self) -> None:
        """Launch a step and read it; on a pipelined device, read the one before it meanwhile."""
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
        """Give each member its token; one that ended while the step was under way gets none."""
        now_tokens = step.read()
        self.counters.steps += 1
        for sequence, (token_id, logprob) in zip(members, now_tokens, strict=True):
            if not sequence.is_finished:
                sequence.append(token_id, logprob, self.runner.eos_token_ids)
                self.counters.tokens += 1

    def _retire_finished(self) -> None:
        """Deliver what is new and take the finished out of the batch."""
        now = time.monotonic()
        for sequence in self.scheduler.running:
            sequence.check(now)
            if not sequence.is_finished:
                sequence.deliver(now)
        for slot in self.scheduler.finished_slots():
            self.runner.retire(slot)
            self._finish(self.scheduler.retire(slot))

    def _make_room(self, error: RunnerOutOfMemory) -> None:
        """A step had no memory: keep the older half of the rows; a single one fails alone."""
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
        """Fail every row and start over with an empty batch."""
        self._in_flight = None
        for sequence in self.scheduler.running:
            self._fail(sequence, failure(error))
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
