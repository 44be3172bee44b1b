import asyncio
import gc
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from inference_worker.engine.engine import Engine
from inference_worker.engine.runner import ReadyStep, RunnerBroken
from inference_worker.engine.sequence import (
    EngineBroken,
    EngineFailed,
    EngineOverloaded,
    EngineStopped,
    Sequence,
)
from tests.support.engine_kit import FakeRunner

SOAK_REQUESTS = int(os.environ.get("ENGINE_SOAK_REQUESTS", "1500"))


class SlowRunner(FakeRunner):
    """Takes `step_s` for a step, as a device does, with the interpreter released."""

    step_s = 0.002

    def decode_step(self) -> ReadyStep:
        time.sleep(self.step_s)
        return super().decode_step()


@asynccontextmanager
async def running(runner: FakeRunner, *, max_slots: int = 4, max_waiting: int = 100) -> AsyncIterator[Engine]:
    engine = Engine(runner, max_slots=max_slots, max_waiting=max_waiting)
    engine.start()
    try:
        yield engine
    finally:
        await engine.stop(0.0)


async def until(condition: object, timeout_s: float = 5.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "nothing happened in time"
        await asyncio.sleep(0.001)


async def test_generate_many_at_once_gives_each_its_own_answer_and_tokens_first() -> None:
    async with running(FakeRunner()) as engine:
        heard: dict[int, list[int]] = {number: [] for number in range(10, 200, 10)}
        results = await asyncio.gather(
            *(
                engine.generate([number, 1], max_new_tokens=50, on_tokens=heard[number].extend)
                for number in heard
            )
        )
        for number, result in zip(heard, results, strict=True):
            assert result.token_ids == tuple(range(number, number + 5))
            assert heard[number] == list(result.token_ids)
            assert result.finish_reason == "eos"
            assert len(result.logprobs) == 6
        assert engine.stats().finished == len(heard)


@pytest.mark.parametrize(
    ("input_ids", "budget", "message"),
    [
        ([], 5, "1 to 100 tokens"),
        ([2] * 101, 5, "has 101"),
        ([2], 0, "max_new_tokens is 1 to 50"),
        ([2], 51, "max_new_tokens is 1 to 50"),
        ([1000], 5, "0 to 999"),
        ([-1], 5, "0 to 999"),
    ],
)
async def test_generate_outside_the_limits_is_refused(
    input_ids: list[int], budget: int, message: str
) -> None:
    async with running(FakeRunner()) as engine:
        with pytest.raises(ValueError, match=message):
            await engine.generate(input_ids, max_new_tokens=budget)
        assert engine.stats().steps == 0


async def test_cancelled_task_leaves_the_batch_and_its_slot_serves_the_next() -> None:
    async with running(SlowRunner(answer_tokens=10_000, max_new_tokens=10_000), max_slots=1) as engine:
        task = asyncio.create_task(engine.generate([10], max_new_tokens=10_000))
        await until(lambda: engine.stats().running == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        result = await engine.generate([20], max_new_tokens=3)
        assert result.token_ids == (20, 21, 22)
        assert engine.stats().cancelled == 1


async def test_deadline_in_the_middle_returns_what_there_is() -> None:
    async with running(SlowRunner(answer_tokens=10_000, max_new_tokens=10_000)) as engine:
        result = await engine.generate([10], max_new_tokens=10_000, deadline=time.monotonic() + 0.05)
        assert result.finish_reason == "deadline"
        assert 1 <= len(result.token_ids) < 100


async def test_generate_past_the_capacity_is_overloaded_and_recovers() -> None:
    async with running(SlowRunner(answer_tokens=20), max_slots=2, max_waiting=1) as engine:
        tasks = [asyncio.create_task(engine.generate([10], max_new_tokens=50)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(EngineOverloaded, match="3 requests"):
            await engine.generate([10], max_new_tokens=50)
        await asyncio.gather(*tasks)
        assert (await engine.generate([10], max_new_tokens=1)).token_ids == (10,)
        assert engine.stats().overloaded == 1


async def test_stop_with_time_to_drain_lets_everybody_finish() -> None:
    engine = Engine(SlowRunner(), max_slots=2, max_waiting=10)
    engine.start()
    tasks = [asyncio.create_task(engine.generate([10], max_new_tokens=50)) for _ in range(6)]
    await asyncio.sleep(0)
    stopping = asyncio.create_task(engine.stop(5.0))
    await asyncio.sleep(0)
    with pytest.raises(EngineStopped, match="draining"):
        await engine.generate([10], max_new_tokens=50)
    results = await asyncio.gather(*tasks)
    await stopping
    assert all(len(result.token_ids) == 5 for result in results)
    assert engine.stats().state == "stopped"


async def test_stop_without_time_to_drain_fails_the_rest_and_ends_the_thread() -> None:
    engine = Engine(SlowRunner(answer_tokens=10_000, max_new_tokens=10_000), max_slots=1, max_waiting=10)
    engine.start()
    tasks = [asyncio.create_task(engine.generate([10], max_new_tokens=10_000)) for _ in range(3)]
    await until(lambda: engine.stats().running == 1)
    await engine.stop(0.0)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, EngineStopped) for outcome in outcomes)
    with pytest.raises(EngineStopped, match="stopped"):
        await engine.generate([10], max_new_tokens=5)


async def test_stop_never_started_or_twice_does_nothing() -> None:
    engine = Engine(FakeRunner(), max_slots=1, max_waiting=1)
    await engine.stop()
    await engine.stop()
    with pytest.raises(EngineStopped, match="started once"):
        engine.start()


async def test_failed_step_gives_members_the_reason_and_the_next_an_answer() -> None:
    runner = FakeRunner(faults={"decode_step": [RuntimeError("kernel failed")]})
    async with running(runner) as engine:
        with pytest.raises(EngineFailed, match="RuntimeError: kernel failed"):
            await engine.generate([10], max_new_tokens=5)
        assert (await engine.generate([10], max_new_tokens=2)).token_ids == (10, 11)


async def test_broken_device_ends_everything_with_a_typed_error() -> None:
    runner = FakeRunner(faults={"decode_step": [RunnerBroken("CUDA error: illegal address")]})
    async with running(runner) as engine:
        with pytest.raises(EngineBroken, match="illegal address"):
            await engine.generate([10], max_new_tokens=5)
        await until(lambda: engine.stats().state == "broken")
        with pytest.raises(EngineBroken):
            await engine.generate([10], max_new_tokens=5)


async def test_callback_that_fails_ends_its_own_request_only() -> None:
    def refuse(token_ids: list[int]) -> None:
        raise LookupError(f"cannot show {token_ids}")

    async with running(FakeRunner()) as engine:
        outcomes = await asyncio.gather(
            engine.generate([10], max_new_tokens=5, on_tokens=refuse),
            engine.generate([20], max_new_tokens=5),
            return_exceptions=True,
        )
        assert isinstance(outcomes[0], LookupError)
        assert outcomes[1].token_ids == (20, 21, 22, 23, 24)  # type: ignore[union-attr]


def test_closed_event_loop_frees_the_rows_of_its_requests() -> None:
    engine = Engine(
        SlowRunner(answer_tokens=10_000, max_new_tokens=10_000, max_slots=1), max_slots=1, max_waiting=1
    )
    engine.start()

    async def ask_and_go() -> None:
        asyncio.get_running_loop().create_task(
            engine.generate([10], max_new_tokens=10_000, on_tokens=lambda _: None)
        )
        await until(lambda: engine.stats().running == 1)

    async def ask_again() -> None:
        assert (await engine.generate([20], max_new_tokens=2)).token_ids == (20, 21)
        await engine.stop(0.0)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(ask_and_go())
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    loop.close()
    asyncio.run(ask_again())


async def soak(requests: int) -> None:
    random.seed(5)
    runner = FakeRunner(max_slots=16, answer_tokens=12)
    outcomes: dict[str, int] = {}

    async def one(engine: Engine) -> None:
        kind = random.choice(["answer", "answer", "cancel", "deadline"])
        deadline = time.monotonic() + random.random() * 0.01 if kind == "deadline" else None
        task = asyncio.create_task(
            engine.generate(
                [random.randrange(2, 900)], max_new_tokens=random.randrange(1, 40), deadline=deadline
            )
        )
        if kind == "cancel":
            await asyncio.sleep(random.random() * 0.005)
            task.cancel()
        try:
            reason = (await task).finish_reason
        except asyncio.CancelledError:
            reason = "cancelled"
        outcomes[reason] = outcomes.get(reason, 0) + 1

    before = len(asyncio.all_tasks())
    async with running(runner, max_slots=16, max_waiting=requests) as engine:
        for start in range(0, requests, 250):
            await asyncio.gather(*(one(engine) for _ in range(start, min(start + 250, requests))))
        await until(lambda: engine.stats().running == 0 and engine.stats().waiting == 0)
        stats = engine.stats()
    assert sum(outcomes.values()) == requests
    assert set(outcomes) == {"eos", "length", "cancelled", "deadline"}
    assert stats.finished + stats.cancelled == requests
    assert runner.rows == []
    assert len(asyncio.all_tasks()) == before
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) is Sequence]


async def test_soak_with_random_cancels_and_deadlines_leaks_nothing() -> None:
    await soak(SOAK_REQUESTS)


@pytest.mark.slow
async def test_soak_of_ten_thousand_leaks_nothing() -> None:
    await soak(10_000)
