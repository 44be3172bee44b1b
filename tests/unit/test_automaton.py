import numpy as np
import pytest

from inference_worker.engine.automaton import ALWAYS, END, MAX_FORBIDDEN, Automaton
from tests.support.random_rules import Rules

# 0 --5--> 1, 0 --6--> 2; 1 --7 (guard 1)--> 0, 1 --8 (guard 2)--> 3; 2 --1--> end; 3 --1 (guard 3)--> end
RULES = Rules(
    (
        ((5, 1, ALWAYS), (6, 2, ALWAYS)),
        ((7, 0, 1), (8, 3, 2)),
        ((1, END, ALWAYS),),
        ((1, END, 3),),
    )
)
TABLE = RULES.automaton()


def test_sizes_are_those_of_the_edges() -> None:
    assert (TABLE.states, TABLE.width, TABLE.guard_count) == (4, 2, 4)


@pytest.mark.parametrize(
    ("opened", "live"),
    [
        (set(), [True, False, True, False]),
        ({1}, [True, True, True, False]),
        ({2}, [True, False, True, False]),
        ({2, 3}, [True, True, True, True]),
    ],
)
def test_live_states_are_those_from_which_the_end_can_be_reached(opened: set[int], live: list[bool]) -> None:
    assert TABLE.live_states(frozenset(opened)).tolist() == live
    assert [Rules(RULES.edges, frozenset(opened)).completes(state) for state in range(4)] == live


def test_allowed_leaves_out_closed_guards_dead_ends_and_forbidden_tokens() -> None:
    assert TABLE.constrain().allowed(0, 0) == {6: 2}
    assert TABLE.constrain({1}).allowed(0, 0) == {5: 1, 6: 2}
    assert TABLE.constrain({1, 2}).allowed(1, 1) == {7: 0}
    assert TABLE.constrain({1}, [(0, 5)]).allowed(0, 0) == {6: 2}
    assert TABLE.constrain({1}, [(0, 5)]).allowed(0, 2) == {5: 1, 6: 2}
    assert TABLE.constrain({1}, [(1, 7)]).allowed(1, 1) == {}
    assert TABLE.constrain().allowed(2, 1) == {1: END}


def test_guards_that_no_edge_has_are_ignored() -> None:
    assert TABLE.constrain({1, 99}).open_guards == frozenset({1})


def test_constraint_without_any_possible_output_is_refused() -> None:
    closed = Rules((((5, 0, ALWAYS), (1, END, 1)),)).automaton()
    with pytest.raises(ValueError, match="no output is possible"):
        closed.constrain()
    assert closed.constrain({1}).allowed(0, 0) == {5: 0, 1: END}


def test_more_forbidden_tokens_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        TABLE.constrain({1}, [(0, 5)] * (MAX_FORBIDDEN + 1))


@pytest.mark.parametrize(
    ("offsets", "token_ids", "next_states", "guards", "message"),
    [
        ([0], [], [], [], "offsets"),
        ([1, 1], [5], [0], [0], "offsets"),
        ([0, 2, 1], [5], [0], [0], "offsets"),
        ([0, 1], [5], [0, 0], [0], "one entry per edge"),
        ([0, 1], [-5], [0], [0], "not negative"),
        ([0, 1], [5], [0], [-1], "not negative"),
        ([0, 1], [5], [1], [0], "does not exist"),
        ([0, 1], [5], [-2], [0], "does not exist"),
    ],
)
def test_table_that_is_not_well_formed_is_refused(
    offsets: list[int], token_ids: list[int], next_states: list[int], guards: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Automaton(*(np.array(part, np.int64) for part in (offsets, token_ids, next_states, guards)))
