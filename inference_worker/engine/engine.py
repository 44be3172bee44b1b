"""The engine: a thread that runs `EngineCore.step`, and the asyncio interface to it."""

import asyncio
import logging
import threading
import time
from collections import abc, deque
from collections.abc import Callable
from dataclasses import dataclass

from inference_worker.engine.automaton import Constraint
from inference_worker.engine.core import EngineCore
from inference_worker.engine.reply import AsyncReplySink, ReplyBatch
from inference_worker.engine.runner import Runner, RunnerBroken
from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import (
    EngineBroken,
    EngineError,
    EngineOverloaded,
    EngineStopped,
    GenerationResult,
    Sequence,
)

log = logging.getLogger(__name__)

DEFAULT_ENCODER_TOKENS_PER_STEP = 2048
DRAIN_POLL_S = 0.01


@dataclass(frozen=True)
class EngineStats:
    """Counters since the start, and the current state.

    `state` is new, running, draining, stopped or broken; `runner` describes backend, format and device.
    """

    state: str
    runner: str
    running: int
    waiting: int
    oldest_waiting_s: float
    steps: int
    tokens: int
    finished: int
    failed: int
    cancelled: int
    overloaded: int
    encode_s: float
    decode_s: float


class Engine:
    """Serves many `generate` calls with one runner on one thread.

    At most `max_slots` requests run and `max_waiting` more wait; the next one gets `EngineOverloaded`.
    """

    def __init__(
        self,
        runner: Runner,
        *,
        max_slots: int,
        max_waiting: int,
        encoder_tokens_per_step: int = DEFAULT_ENCODER_TOKENS_PER_STEP,
    ) -> None:
        if max_waiting < 0:
            raise ValueError("max_waiting must not be negative")
        self._runner = runner
        self._core = EngineCore(runner, Scheduler(min(max_slots, runner.max_slots), encoder_tokens_per_step))
        self._capacity = self._core.scheduler.max_slots + max_waiting
        self._changed = threading.Condition()
        self._inbox: deque[Sequence] = deque()
        self._mailbox = ReplyBatch()
        self._state = "new"
        self._overloaded = 0
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Start the thread; once only."""
        if self._state != "new":
            raise EngineStopped(f"an engine is started once; this one is {self._state}")
        self._state = "running"
        self._thread.start()

    async def stop(self, drain_s: float = 10.0) -> None:
        """Accept no more requests, let those accepted finish within `drain_s` seconds, fail the rest."""
        with self._changed:
            if self._state in ("new", "running"):
                self._state = "draining"
        give_up_at = time.monotonic() + drain_s
        # polled: a thread drains the engine, no task could set an event
        while self._unfinished() and self._thread.is_alive() and time.monotonic() < give_up_at:  # noqa: ASYNC110
            await asyncio.sleep(DRAIN_POLL_S)
        with self._changed:
            if self._state == "draining":
                self._state = "stopped"
            self._changed.notify()
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)

    async def generate(
        self,
        input_ids: abc.Sequence[int],
        *,
        max_new_tokens: int,
        deadline: float | None = None,
        on_tokens: Callable[[list[int]], None] | None = None,
        constraint: Constraint | None = None,
    ) -> GenerationResult:
        """Generate greedily from a prompt of token ids (EOS included, as the tokenizer made it).

        `deadline` is a `time.monotonic()` reading; when it passes, the result holds the tokens so far.
        `on_tokens` is called on the event loop with each group of new ids, all of them before this returns.
        With a `constraint`, the output stays within its automaton.
        Cancelling the awaiting task takes the row out of the batch within a step.
        Raises ValueError for a prompt, a budget or tokens outside the runner's limits, `EngineOverloaded`,
        `EngineStopped`, `EngineFailed`.
        """
        reply = AsyncReplySink(asyncio.get_running_loop(), on_tokens, self._mailbox)
        sequence = Sequence(tuple(input_ids), max_new_tokens, deadline, reply, constraint)
        self._validate(sequence)
        self._enqueue(sequence)
        try:
            return await reply.future
        finally:
            sequence.cancelled = True

    def stats(self) -> EngineStats:
        """A snapshot of counters and state; may be called from any thread."""
        with self._changed:
            waiting = [*self._inbox, *self._core.scheduler.waiting]
        counters, now = self._core.counters, time.monotonic()
        return EngineStats(
            state=self._state,
            runner=self._runner.description,
            running=len(self._core.scheduler.running),
            waiting=len(waiting),
            oldest_waiting_s=max((now - sequence.arrived_at for sequence in waiting), default=0.0),
            steps=counters.steps,
            tokens=counters.tokens,
            finished=counters.finished,
            failed=counters.failed,
            cancelled=counters.cancelled,
            overloaded=self._overloaded,
            encode_s=counters.encode_s,
            decode_s=counters.decode_s,
        )

    def _validate(self, sequence: Sequence) -> None:
        runner, ids = self._runner, sequence.input_ids
        if not 1 <= len(ids) <= runner.max_source_tokens:
            raise ValueError(f"a prompt has 1 to {runner.max_source_tokens} tokens, this one has {len(ids)}")
        if not 1 <= sequence.max_new_tokens <= runner.max_new_tokens:
            raise ValueError(f"max_new_tokens is 1 to {runner.max_new_tokens}, not {sequence.max_new_tokens}")
        if sequence.constraint is not None:
            ids = (*ids, int(sequence.constraint.automaton.token_ids.max()))
        if min(ids) < 0 or max(ids) >= runner.vocab_size:
            raise ValueError(f"token ids are 0 to {runner.vocab_size - 1}")

    def _enqueue(self, sequence: Sequence) -> None:
        with self._changed:
            if self._state == "broken":
                raise EngineBroken("the device failed for good; this process has to be started again")
            if self._state != "running":
                raise EngineStopped(f"the engine is {self._state}")
            if self._unfinished() >= self._capacity:
                self._overloaded += 1
                raise EngineOverloaded(f"{self._capacity} requests are in the engine already")
            self._inbox.append(sequence)
            self._changed.notify()

    def _unfinished(self) -> int:
        return len(self._inbox) + len(self._core.scheduler.waiting) + len(self._core.scheduler.running)

    def _run(self) -> None:
        """Step until stopped; however this thread ends, every pending request gets a result or an error."""
        state = "broken"
        final_error: EngineError = EngineBroken("the engine's thread ended unexpectedly")
        try:
            while self._await_work():
                self._core.step()
                self._mailbox.flush()
            state, final_error = (
                "stopped",
                EngineStopped("the engine was stopped before this request was done"),
            )
        except RunnerBroken as error:
            log.critical("the device failed for good: %s", error)
            final_error = EngineBroken(str(error))
        finally:
            self._close(state, final_error)

    def _await_work(self) -> bool:
        """Wait for work and accept new requests; False when the thread should end."""
        with self._changed:
            while self._state != "stopped" and not self._inbox and not self._core.has_work:
                self._core.scheduler.restore_limit()
                self._changed.wait()
            while self._inbox:
                self._core.scheduler.add(self._inbox.popleft())
            return self._state != "stopped"

    def _close(self, state: str, final_error: EngineError) -> None:
        with self._changed:
            self._state = state
            while self._inbox:
                self._core.scheduler.add(self._inbox.popleft())
        self._core.fail_all(final_error)
        self._mailbox.flush()
