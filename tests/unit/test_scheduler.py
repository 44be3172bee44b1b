import pytest

from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import Sequence


def prompt(tokens: int, **more: object) -> Sequence:
    return Sequence(tuple(range(tokens)), 8, **more)  # type: ignore[arg-type]


def filled(*sizes: int, slots: int = 4, budget: int = 100) -> Scheduler:
    scheduler = Scheduler(slots, budget)
    for size in sizes:
        scheduler.add(prompt(size))
    return scheduler


def test_admit_with_free_slots_takes_the_earliest_first() -> None:
    scheduler = filled(1, 2, 3, 4, 5, 6)
    assert [sequence.prompt_tokens for sequence in scheduler.admit()] == [1, 2, 3, 4]
    assert [sequence.prompt_tokens for sequence in scheduler.waiting] == [5, 6]


def test_admit_past_the_token_budget_leaves_the_rest_waiting_in_order() -> None:
    scheduler = filled(60, 50, 10)
    assert [sequence.prompt_tokens for sequence in scheduler.admit()] == [60]
    scheduler.start([prompt(60)])
    assert [sequence.prompt_tokens for sequence in scheduler.admit()] == [50, 10]


def test_admit_prompt_above_the_whole_budget_goes_alone() -> None:
    scheduler = filled(500, 1)
    assert [sequence.prompt_tokens for sequence in scheduler.admit()] == [500]
    assert [sequence.prompt_tokens for sequence in scheduler.admit()] == [1]


def test_admit_without_free_slots_takes_nobody() -> None:
    scheduler = filled(1, slots=1)
    scheduler.start([prompt(1)])
    assert scheduler.admit() == []


def test_retire_middle_slot_moves_the_last_into_it() -> None:
    scheduler = Scheduler(3, 10)
    first, second, third = prompt(1), prompt(2), prompt(3)
    scheduler.start([first, second, third])
    assert scheduler.retire(0) is first
    assert scheduler.running == [third, second]


def test_finished_slots_are_listed_highest_first() -> None:
    scheduler = Scheduler(4, 10)
    rows = [prompt(1) for _ in range(4)]
    rows[0].finish_reason = rows[2].finish_reason = "eos"
    scheduler.start(rows)
    assert scheduler.finished_slots() == [2, 0]


def test_drop_finished_waiting_takes_the_cancelled_and_the_late() -> None:
    scheduler = Scheduler(4, 10)
    stays, late, left = prompt(1), prompt(2, deadline=5.0), prompt(3, cancelled=True)
    for sequence in (stays, late, left):
        scheduler.add(sequence)
    assert scheduler.drop_finished_waiting(now=5.0) == [late, left]
    assert [late.finish_reason, left.finish_reason] == ["deadline", "cancelled"]
    assert list(scheduler.waiting) == [stays]


def test_preempt_youngest_half_returns_them_to_the_head_oldest_first() -> None:
    scheduler = Scheduler(4, 100)
    rows = [prompt(number, arrived_at=float(number)) for number in (4, 1, 3, 2)]
    scheduler.start(rows)
    scheduler.add(prompt(9, arrived_at=9.0))
    rows[0].token_ids.append(7)
    assert scheduler.preempt_youngest_half() == [2, 0]
    assert sorted(sequence.prompt_tokens for sequence in scheduler.running) == [1, 2]
    assert [sequence.prompt_tokens for sequence in scheduler.waiting] == [3, 4, 9]
    assert rows[0].token_ids == []
    assert scheduler.admit() == []  # two slots are all there are until the limit is restored
    scheduler.restore_limit()
    assert [sequence.prompt_tokens for sequence in scheduler.admit()] == [3, 4]


@pytest.mark.parametrize(("slots", "budget"), [(0, 10), (4, 0)])
def test_scheduler_without_room_is_refused(slots: int, budget: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Scheduler(slots, budget)
