import math

import pytest

from inference_worker.engine.sequence import NO_TOKEN, Choice, GenerationResult, Sequence
from tests.support.engine_kit import Collected

EOS = frozenset({1})


def test_append_eos_ends_without_counting_it_as_a_token() -> None:
    sequence = Sequence((5, 1), 4)
    sequence.append(Choice(7, -0.1, 0.5), EOS)
    sequence.append(Choice(1, -0.2, 0.5), EOS)
    assert (sequence.token_ids, sequence.logprobs, sequence.finish_reason) == ([7], [-0.1, -0.2], "eos")


def test_append_last_of_the_budget_ends_by_length() -> None:
    sequence = Sequence((5, 1), 2)
    sequence.append(Choice(7, -0.1, 0.5), EOS)
    assert not sequence.is_finished
    sequence.append(Choice(8, -0.2, 0.5), EOS)
    assert sequence.finish_reason == "length"


@pytest.mark.parametrize(
    ("now", "cancelled", "reason"),
    [(9.9, False, None), (10.0, False, "deadline"), (9.9, True, "cancelled"), (10.0, True, "cancelled")],
)
def test_check_knows_deadline_and_cancel(now: float, cancelled: bool, reason: str | None) -> None:
    sequence = Sequence((5,), 2, deadline=10.0, cancelled=cancelled)
    sequence.check(now)
    assert sequence.finish_reason == reason


def test_check_after_the_end_keeps_the_first_reason() -> None:
    sequence = Sequence((5,), 1)
    sequence.append(Choice(7, -0.1, 0.5), EOS)
    sequence.cancelled = True
    sequence.check(0.0)
    assert sequence.finish_reason == "length"


def test_check_when_nobody_can_be_reached_counts_as_cancelled() -> None:
    sequence = Sequence((5,), 1)
    sequence.reply.lost = True
    sequence.check(0.0)
    assert sequence.finish_reason == "cancelled"


def test_deliver_after_a_restart_repeats_nothing() -> None:
    reply = Collected()
    sequence = Sequence((5,), 3, reply=reply)
    for token in (7, 8):
        sequence.append(Choice(token, -0.1, 0.5), EOS)
        sequence.deliver(0.0)
    sequence.restart()
    for token in (7, 8, 9):
        sequence.append(Choice(token, -0.1, 0.5), EOS)
        sequence.deliver(0.0)
    assert reply.token_ids == [7, 8, 9]
    assert len(reply.outcomes) == 1


def test_result_splits_the_time_into_queue_encode_and_decode() -> None:
    sequence = Sequence((5,), 1, arrived_at=100.0)
    sequence.admitted_at, sequence.encoded_at = 101.0, 103.0
    sequence.append(Choice(7, -0.25, 0.5), EOS)
    assert sequence.result(107.0) == GenerationResult((7,), (-0.25,), (0.5,), "length", 1.0, 2.0, 4.0)


def test_result_of_one_that_never_ran_is_all_queue() -> None:
    sequence = Sequence((5,), 1, deadline=101.0, arrived_at=100.0)
    sequence.check(102.0)
    result = sequence.result(102.0)
    assert (result.queue_s, result.encode_s, result.decode_s) == (2.0, 0.0, 0.0)


def test_result_before_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="unfinished"):
        Sequence((5,), 1).result(0.0)


def test_append_without_an_allowed_token_is_a_dead_end() -> None:
    sequence = Sequence((5, 1), 4)
    sequence.append(Choice(7, -0.1, 0.5), EOS)
    sequence.append(Choice(NO_TOKEN, math.nan, math.nan), EOS)
    assert (sequence.token_ids, sequence.logprobs, sequence.margins) == ([7], [-0.1], [0.5])
    assert sequence.finish_reason == "dead_end"
