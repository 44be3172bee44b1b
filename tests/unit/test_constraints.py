"""Constrained choice over random scores: no automaton is ever left, and every number is the plain one."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_worker.engine.sequence import NO_TOKEN
from inference_worker.t5 import constraints as static
from inference_worker.t5.constraints import MAX_AUTOMATA, RowConstraints, StaticConstraints
from inference_worker.t5.cpu.ragged_constraints import RaggedConstraints
from inference_worker.t5.forward import greedy
from tests.support.random_rules import EOS, Rules, random_rules

SLOTS, VOCABULARY = 5, 40
KINDS = ["static", "ragged"]


def made(kind: str) -> RowConstraints:
    return StaticConstraints(SLOTS, torch.device("cpu")) if kind == "static" else RaggedConstraints(SLOTS)


def step(rows: RowConstraints, logits: torch.Tensor) -> list[tuple[int, float, float]]:
    choices = rows.choose(logits.clone(), greedy)
    rows.advance()
    return list(zip(*(part.tolist() for part in choices), strict=True))


def assert_best(choice: tuple[int, float, float], logits: torch.Tensor, allowed: list[int]) -> None:
    """The choice among `allowed`, computed in double precision by numpy."""
    scores = logits.double().numpy()[allowed]
    order = np.argsort(-scores)
    token, logprob, margin = choice
    assert token == allowed[order[0]]
    assert logprob == pytest.approx(-math.log(np.exp(scores - scores.max()).sum()), abs=1e-5)
    expected = math.inf if len(allowed) == 1 else scores[order[0]] - scores[order[1]]
    assert margin == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_no_output_ever_leaves_its_automaton(kind: str) -> None:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.integers(0, 2**32), st.lists(st.booleans(), min_size=1, max_size=SLOTS))
    def any_rows(seed: int, constrained: list[bool]) -> None:
        chance = random.Random(seed)
        generator = torch.Generator().manual_seed(seed)
        rules = [random_rules(chance, VOCABULARY) if flag else None for flag in constrained]
        rows = made(kind)
        for slot, rule in enumerate(rules):
            rows.occupy(slot, rule.constraint() if rule else None)
        outputs: list[list[int]] = [[] for _ in rules]
        while rules and len(outputs[0]) < 12:
            logits = torch.randn(len(rules), VOCABULARY, generator=generator) * 3
            choices = step(rows, logits)
            for choice, row, rule, output in zip(choices, logits, rules, outputs, strict=True):
                assert_best(choice, row, rule.after(output) if rule else list(range(VOCABULARY)))
                output.append(choice[0])
            ended = [
                slot for slot, output in enumerate(outputs) if output[-1] == EOS or chance.random() < 0.05
            ]
            for slot in reversed(ended):  # as the runner does: the last row moves into a freed slot
                last = len(rules) - 1
                if slot != last:
                    rows.move(last, slot)
                rows.free(last)
                rules[slot], outputs[slot] = rules[last], outputs[last]
                rules.pop()
                outputs.pop()

    any_rows()


@pytest.mark.parametrize("kind", KINDS)
def test_forbidden_token_is_left_out_at_its_position_alone(kind: str) -> None:
    rules = Rules((((5, 0, 0), (6, 0, 0), (7, 0, 0), (EOS, -1, 0)),), forbidden=((1, 5), (1, 6), (3, 5)))
    rows = made(kind)
    rows.occupy(0, rules.constraint())
    logits = torch.zeros(1, VOCABULARY)
    logits[0, [5, 6, 7]] = torch.tensor([3.0, 2.0, 1.0])
    assert [step(rows, logits)[0][0] for _ in range(5)] == [5, 7, 5, 6, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_allowed_is_no_token_and_leaves_the_other_rows_alone(kind: str) -> None:
    rules = Rules((((5, 1, 0),), ((EOS, -1, 0),)))
    rows = made(kind)
    rows.occupy(0, replace(rules, forbidden=((0, 5),)).constraint())
    rows.occupy(1, rules.constraint())
    dead, alive = step(rows, torch.randn(2, VOCABULARY))
    assert dead[0] == NO_TOKEN
    assert math.isnan(dead[1])
    assert math.isnan(dead[2])
    assert alive == (5, 0.0, math.inf)


@pytest.mark.parametrize("kind", KINDS)
def test_choice_that_is_repeated_after_a_failure_is_the_same(kind: str) -> None:
    rows = made(kind)
    rows.occupy(0, Rules((((5, 1, 0), (6, 1, 0)), ((7, 0, 0), (EOS, -1, 0)))).constraint())
    logits = torch.randn(1, VOCABULARY)
    first = rows.choose(logits.clone(), greedy)
    assert rows.choose(logits.clone(), greedy).token_ids.tolist() == first.token_ids.tolist()
    rows.advance()
    assert step(rows, logits)[0][0] in {7, EOS}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_constraint_make_it_inactive(kind: str) -> None:
    rows = made(kind)
    assert not rows.is_active(SLOTS)
    rows.occupy(3, Rules((((EOS, -1, 0),),)).constraint())
    assert rows.is_active(SLOTS)
    assert not rows.is_active(3)
    rows.move(3, 0)
    rows.free(3)
    assert rows.is_active(1)
    rows.occupy(0, None)
    assert not rows.is_active(SLOTS)


@pytest.mark.parametrize("kind", KINDS)
def test_automata_nobody_uses_make_room_and_those_in_use_stay(kind: str) -> None:
    chance = random.Random(4)
    rows = made(kind)
    kept = random_rules(chance, VOCABULARY)
    constraint = kept.constraint()
    rows.occupy(0, constraint)
    for _ in range(2 * MAX_AUTOMATA):
        rows.occupy(1, random_rules(chance, VOCABULARY).constraint())
    assert len(rows._first) == 2 * MAX_AUTOMATA + 1  # type: ignore[attr-defined]
    logits = torch.randn(2, VOCABULARY)
    assert_best(step(rows, logits)[0], logits[0], kept.after([]))
    rows.free(0)
    rows.free(1)
    rows.occupy(0, random_rules(chance, VOCABULARY).constraint())
    assert len(rows._first) == 1  # type: ignore[attr-defined]


def test_static_table_that_would_be_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "MAX_TABLE_ENTRIES", 3)
    rows = made("static")
    with pytest.raises(ValueError, match="too large"):
        rows.occupy(0, Rules((((5, 1, 0),), ((EOS, -1, 0),))).constraint())
    assert not rows.is_active(SLOTS)


def test_static_version_changes_with_the_tables_only() -> None:
    rows = StaticConstraints(SLOTS, torch.device("cpu"))
    constraint = Rules((((5, 0, 0), (EOS, -1, 0)),)).constraint()
    rows.occupy(0, constraint)
    before = rows.version
    rows.occupy(1, constraint)
    step(rows, torch.randn(2, VOCABULARY))
    assert rows.version == before
    rows.occupy(2, Rules((((6, 0, 0), (EOS, -1, 0)),)).constraint())
    assert rows.version > before


def test_static_snapshot_restores_states_and_countdowns() -> None:
    rows = StaticConstraints(SLOTS, torch.device("cpu"))
    rules = Rules((((5, 1, 0),), ((6, 2, 0), (7, 2, 0)), ((EOS, -1, 0),)), forbidden=((1, 6),))
    rows.occupy(0, rules.constraint())
    logits = torch.zeros(1, VOCABULARY)
    logits[0, 6] = 9.0
    restore = rows.snapshot()
    first = [step(rows, logits)[0][0] for _ in range(3)]
    restore()
    assert [step(rows, logits)[0][0] for _ in range(3)] == first == [5, 7, EOS]
