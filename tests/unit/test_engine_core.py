import pytest

from inference_worker.engine.core import EngineCore
from inference_worker.engine.runner import RunnerBroken, RunnerOutOfMemory
from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import EngineFailed, EngineStopped, GenerationResult, Sequence
from tests.support.engine_kit import Collected, FakeRunner


def core_of(runner: FakeRunner, slots: int = 4) -> EngineCore:
    return EngineCore(runner, Scheduler(slots, 100))


def add(core: EngineCore, first_token: int, budget: int = 50, **more: object) -> tuple[Sequence, Collected]:
    reply = Collected()
    sequence = Sequence((first_token, 1), budget, reply=reply, **more)  # type: ignore[arg-type]
    core.scheduler.add(sequence)
    return sequence, reply


def drain(core: EngineCore, cycles: int = 200) -> int:
    for number in range(cycles):
        if not core.has_work:
            return number
        core.step()
    raise AssertionError("the core does not come to rest")


def result_of(reply: Collected) -> GenerationResult:
    (outcome,) = reply.outcomes
    assert isinstance(outcome, GenerationResult)
    return outcome


def error_of(reply: Collected) -> str:
    (outcome,) = reply.outcomes
    assert isinstance(outcome, EngineFailed)
    return str(outcome)


@pytest.mark.parametrize("pipelined", [False, True])
def test_cycle_with_more_requests_than_slots_answers_each_its_own(pipelined: bool) -> None:
    core = core_of(FakeRunner(pipelined=pipelined), slots=3)
    replies = [add(core, 10 * number, budget=3 + number % 4)[1] for number in range(1, 12)]
    drain(core)
    for number, reply in enumerate(replies, start=1):
        length = min(5, 3 + number % 4)
        assert result_of(reply).token_ids == tuple(range(10 * number, 10 * number + length))
        assert reply.token_ids == list(result_of(reply).token_ids)
    assert core.runner.rows == []  # type: ignore[attr-defined]
    assert core.counters.finished == 11


def test_cycle_cancelled_row_leaves_within_one_step_and_frees_its_slot() -> None:
    core = core_of(FakeRunner(), slots=1)
    first, first_reply = add(core, 10)
    _, second_reply = add(core, 20)
    core.step()
    first.cancelled = True
    core.step()
    assert result_of(first_reply).finish_reason == "cancelled"
    core.step()
    assert second_reply.token_ids == [20]


def test_cycle_past_a_deadline_keeps_what_there_is() -> None:
    core = core_of(FakeRunner())
    sequence, reply = add(core, 10)
    core.step()
    sequence.deadline = 0.0
    core.step()
    result = result_of(reply)
    assert (result.finish_reason, result.token_ids) == ("deadline", (10, 11))


def test_cycle_deadline_while_waiting_ends_without_running() -> None:
    runner = FakeRunner()
    core = core_of(runner)
    _, reply = add(core, 10, deadline=0.0)
    core.step()
    assert result_of(reply).finish_reason == "deadline"
    assert runner.encode_sizes == []


def test_encode_out_of_memory_halves_until_the_one_too_large_fails_alone() -> None:
    oom = RunnerOutOfMemory("too large")
    # 4 fail, 2 pass, 2 fail, 1 passes, 1 fails
    runner = FakeRunner(faults={"encode": [oom, None, oom, None, oom]})
    core = core_of(runner)
    replies = [add(core, 10 * number)[1] for number in range(1, 5)]
    drain(core)
    assert runner.encode_sizes == [4, 2, 2, 1, 1]
    assert error_of(replies[3]) == "out of memory: too large"
    assert [result_of(reply).token_ids[0] for reply in replies[:3]] == [10, 20, 30]


def test_encode_fault_fails_the_newcomers_and_spares_the_running() -> None:
    runner = FakeRunner(faults={"encode": [None, ValueError("bad prompt")]})
    core = core_of(runner)
    _, old = add(core, 10)
    core.step()
    _, new = add(core, 20)
    drain(core)
    assert error_of(new) == "ValueError: bad prompt"
    assert len(result_of(old).token_ids) == 5


@pytest.mark.parametrize("pipelined", [False, True])
def test_step_out_of_memory_goes_on_with_half_and_loses_no_answer(pipelined: bool) -> None:
    runner = FakeRunner(
        pipelined=pipelined, faults={"decode_step": [None, None, RunnerOutOfMemory("no room")]}
    )
    core = core_of(runner)
    replies = [add(core, 10 * number, arrived_at=float(number))[1] for number in range(1, 5)]
    for _ in range(3):
        core.step()
    assert len(core.scheduler.running) == 2
    drain(core)
    for number, reply in enumerate(replies, start=1):
        assert reply.token_ids == list(range(10 * number, 10 * number + 5))
        assert result_of(reply).token_ids == tuple(reply.token_ids)


def test_step_out_of_memory_with_one_row_fails_it_alone_and_the_next_is_served() -> None:
    core = core_of(FakeRunner(faults={"decode_step": [RunnerOutOfMemory("no room")]}), slots=1)
    _, first = add(core, 10)
    _, second = add(core, 20)
    drain(core)
    assert error_of(first) == "out of memory: no room"
    assert len(result_of(second).token_ids) == 5


def test_step_fault_tells_every_member_the_reason_and_the_engine_lives() -> None:
    runner = FakeRunner(faults={"decode_step": [RuntimeError("kernel failed")]})
    core = core_of(runner)
    replies = [add(core, 10)[1], add(core, 20)[1]]
    core.step()
    assert [error_of(reply) for reply in replies] == ["RuntimeError: kernel failed"] * 2
    assert runner.resets == 1
    _, later = add(core, 30)
    drain(core)
    assert len(result_of(later).token_ids) == 5


@pytest.mark.parametrize("call", ["encode", "decode_step"])
def test_broken_device_is_raised_and_fail_all_reaches_everybody(call: str) -> None:
    core = core_of(FakeRunner(faults={call: [RunnerBroken("illegal address")]}), slots=2)
    replies = [add(core, 10 * number)[1] for number in range(1, 5)]
    with pytest.raises(RunnerBroken):
        core.step()
    core.fail_all(EngineStopped("over"))
    assert [len(reply.outcomes) for reply in replies] == [1, 1, 1, 1]
    assert not core.has_work
