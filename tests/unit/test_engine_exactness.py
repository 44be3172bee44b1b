"""Whatever joins, leaves or is cancelled: every answer is what HF `generate` gives to it alone, in fp32."""

import math
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference_worker.engine.core import EngineCore
from inference_worker.engine.scheduler import Scheduler
from inference_worker.engine.sequence import GenerationResult, Sequence
from inference_worker.t5.loading import load_runner
from inference_worker.t5.runner import T5Runner
from tests.support.engine_kit import EOS, Collected, ReferenceAnswer, reference_answers, tiny_model
from tests.support.random_rules import random_rules

BUNDLED = Path("inference_worker/bundled_model")
BUDGET = 24
SLOTS = 6
LONGEST = 70
KINDS = ["v1.1", "v1.0", "flat"]
MANY = int(os.environ.get("ENGINE_SCHEDULES", "1500"))
LOGPROB_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Request:
    """One request of a schedule: which prompt, how many tokens, when it comes and when it is given up."""

    prompt: int
    budget: int
    arrives: int
    gives_up_after: int | None


requests = st.builds(
    Request,
    prompt=st.integers(0, 1000),
    budget=st.integers(1, BUDGET),
    arrives=st.integers(0, 30),
    gives_up_after=st.one_of(st.none(), st.none(), st.integers(0, 12)),
)
schedules = st.tuples(
    st.lists(requests, min_size=1, max_size=14),
    st.integers(1, SLOTS),
    st.sampled_from([1, 40, 120, 1000]),
)


def second_reading(answer: ReferenceAnswer) -> ReferenceAnswer:
    """The same request with the choice of least margin forbidden."""
    assert answer.rules is not None
    position = answer.margins.index(min(answer.margins))
    token = (*answer.token_ids, EOS)[position]
    return replace(answer, rules=replace(answer.rules, forbidden=((position, token),)))


@cache
def pool(kind: str) -> tuple[ReferenceAnswer, ...]:
    """Prompts of many lengths with their oracle's answers."""
    chance = random.Random(11)
    lengths = [1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 63, 64, 65, LONGEST]
    prompts = [[chance.randrange(2, 120) for _ in range(length - 1)] + [1] for length in lengths * 3]
    # every other prompt within rules of its own, and for some of them a second reading
    asked = [(prompt, random_rules(chance) if index % 2 else None) for index, prompt in enumerate(prompts)]
    answers = reference_answers(tiny_model(kind), asked, BUDGET)
    again = [second_reading(answer) for answer in answers if answer.rules and min(answer.margins) < math.inf]
    answers += reference_answers(tiny_model(kind), [(list(a.input_ids), a.rules) for a in again], BUDGET)
    assert len(answers) >= 40
    assert sum(answer.rules is not None and len(answer.token_ids) > 2 for answer in answers) >= 8
    return tuple(answers)


@cache
def runner(kind: str, static_shapes: bool) -> T5Runner:
    return load_runner(
        tiny_model(kind),
        device="cpu",
        dtype="fp32",
        max_slots=SLOTS,
        max_source_tokens=LONGEST,
        max_new_tokens=BUDGET,
        static_shapes=static_shapes,
    )


def play(
    core: EngineCore, answers: tuple[ReferenceAnswer, ...], planned: list[Request]
) -> Iterator[tuple[Request, Collected]]:
    """Run a schedule to its end, cycle by cycle."""
    live: list[tuple[Request, Sequence]] = []
    replies = []
    for step in range(2000):
        for request in planned:
            if request.arrives == step:
                reply = Collected()
                answer = answers[request.prompt % len(answers)]
                sequence = Sequence(
                    answer.input_ids, request.budget, reply=reply, constraint=answer.constraint
                )
                live.append((request, sequence))
                core.scheduler.add(live[-1][1])
                replies.append((request, reply))
        for request, sequence in live:
            if request.gives_up_after is not None and step >= request.arrives + request.gives_up_after:
                sequence.cancelled = True
        core.step()
        if step > 31 and not core.has_work:
            return iter(replies)
    raise AssertionError("the schedule does not come to an end")


def check(schedule: tuple[list[Request], int, int], kind: str, model: T5Runner, pipelined: bool) -> None:
    planned, slots, encoder_budget = schedule
    model.reset()
    model.pipelined = pipelined
    answers = pool(kind)
    core = EngineCore(model, Scheduler(slots, encoder_budget))
    for request, reply in play(core, answers, planned):
        (result,) = reply.outcomes
        assert isinstance(result, GenerationResult)
        answer = answers[request.prompt % len(answers)].expected(request.budget)
        if result.finish_reason == "cancelled":
            assert request.gives_up_after is not None
            answer = answer.expected(len(result.token_ids))
        else:
            assert result.finish_reason == answer.finish_reason
        assert reply.token_ids == list(answer.token_ids)
        assert_same(result, answer)
    assert core.counters.failed == 0
    assert not model._rows


def assert_same(result: GenerationResult, answer: ReferenceAnswer) -> None:
    assert result.token_ids == answer.token_ids
    assert result.logprobs == pytest.approx(answer.logprobs, abs=LOGPROB_TOLERANCE)
    assert result.margins == pytest.approx(answer.margins, abs=LOGPROB_TOLERANCE)


@pytest.mark.parametrize("pipelined", [False, True], ids=["", "pipelined"])
@pytest.mark.parametrize("static_shapes", [False, True], ids=["", "static"])
@pytest.mark.parametrize("kind", KINDS)
def test_any_schedule_gives_the_oracles_answers(kind: str, static_shapes: bool, pipelined: bool) -> None:
    @settings(max_examples=20, deadline=None, derandomize=True)
    @given(schedules)
    def any_schedule(schedule: tuple[list[Request], int, int]) -> None:
        check(schedule, kind, runner(kind, static_shapes), pipelined)

    any_schedule()


@pytest.mark.slow
@pytest.mark.parametrize("static_shapes", [False, True], ids=["", "static"])
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_schedules_give_the_oracles_answers(kind: str, static_shapes: bool) -> None:
    @settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
    @given(schedules, st.booleans())
    def any_schedule(schedule: tuple[list[Request], int, int], pipelined: bool) -> None:
        check(schedule, kind, runner(kind, static_shapes), pipelined)

    any_schedule()


@pytest.mark.parametrize("kind", KINDS)
def test_full_batch_at_once_gives_the_oracles_answers(kind: str) -> None:
    planned = [Request(number, BUDGET, 0, None) for number in range(2 * SLOTS)]
    check((planned, SLOTS, 1000), kind, runner(kind, static_shapes=False), pipelined=False)


@pytest.mark.skipif(not (BUNDLED / "model.safetensors").exists(), reason="no bundled model in this checkout")
def test_bundled_model_in_a_mixed_batch_gives_the_oracles_answers() -> None:
    from transformers import T5ForConditionalGeneration

    model = T5ForConditionalGeneration.from_pretrained(BUNDLED, dtype="float32").eval()
    chance = random.Random(3)
    vocabulary = model.config.vocab_size
    prompts = [[chance.randrange(3, vocabulary) for _ in range(length)] + [1] for length in range(4, 120, 9)]
    asked = [
        (prompt, random_rules(chance, vocabulary) if index % 2 else None)
        for index, prompt in enumerate(prompts)
    ]
    answers = reference_answers(model, asked, BUDGET)
    assert len(answers) >= 8
    served = load_runner(
        model,
        device="cpu",
        dtype="fp32",
        max_slots=SLOTS,
        max_source_tokens=128,
        max_new_tokens=BUDGET,
    )
    core = EngineCore(served, Scheduler(SLOTS, 200))
    planned = [Request(number, 4 + number, number // 2, None) for number in range(len(answers))]
    for request, reply in play(core, tuple(answers), planned):
        (result,) = reply.outcomes
        assert isinstance(result, GenerationResult)
        assert_same(result, answers[request.prompt].expected(request.budget))
