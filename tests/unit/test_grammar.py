from dataclasses import replace
from typing import Any

import pytest

from shared.grammar import Grammar, GrammarError, grammar_from_json

# "value" | "value of" slot
SMALL = Grammar(
    name="query",
    version=3,
    symbols=("value", "of", "@device"),
    edges=(((0, 1),), ((1, 2),), ((2, 1),)),
    accepting=frozenset({1}),
)
KINDS = {"<extra_id_0>": "device", "<extra_id_1>": "time"}


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("", 0),
        ("value", 1),
        ("value of", 2),
        ("value of <extra_id_0>", 1),
        ("value of <extra_id_0> of <extra_id_0>", 1),
        ("of", None),
        ("value of <extra_id_1>", None),  # a time is no device
        ("value of @device", None),
        ("value of <extra_id_7>", None),
    ],
)
def test_follow_walks_symbols_and_slots_of_the_right_kind(words: str, state: int | None) -> None:
    assert SMALL.follow(words.split(), KINDS) == state


def test_json_round_trip_keeps_everything() -> None:
    again = grammar_from_json(SMALL.to_json())
    assert again == SMALL
    assert again.digest == SMALL.digest
    assert SMALL.title == f"query/3 ({SMALL.digest[:12]})"


def test_digest_is_that_of_the_canonical_json() -> None:
    # printf '%s' '{"accepting":[0],"edges":[[]],"name":"n","symbols":[],"version":1}' | sha256sum
    empty = Grammar("n", 1, (), ((),), frozenset({0}))
    assert empty.digest == "baf159f578e7db737dcdb9fd2191ff68489feb22aa8ffbe5b20d451bfe6a7b96"


@pytest.mark.parametrize(
    "change",
    [
        {"version": 4},
        {"name": "other"},
        {"symbols": ("value", "of", "@time")},
        {"edges": (((0, 1),), ((1, 2),), ((2, 0),))},
        {"accepting": frozenset({0, 1})},
    ],
)
def test_digest_changes_with_every_part(change: dict[str, Any]) -> None:
    assert replace(SMALL, **change).digest != SMALL.digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symbols": ("va lue", "of", "@device")}, "without spaces"),
        ({"symbols": ("", "of", "@device")}, "without spaces"),
        ({"symbols": ("value", "of", "@")}, "without spaces"),
        ({"symbols": ("value", "value", "@device")}, "listed twice"),
        ({"edges": ()}, "at least one state"),
        ({"edges": (((0, 1), (0, 2)), ((1, 2),), ((2, 1),))}, "two edges"),
        ({"edges": (((9, 1),), ((1, 2),), ((2, 1),))}, "does not exist"),
        ({"edges": (((0, 5),), ((1, 2),), ((2, 1),))}, "does not exist"),
        ({"accepting": frozenset({7})}, "does not exist"),
        ({"edges": (((0, 1),), ((1, 2),), ())}, "no way leads from state 2"),
        ({"accepting": frozenset()}, "no way leads from state 0"),
    ],
)
def test_grammar_that_is_not_well_formed_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        replace(SMALL, **change)


def test_state_that_is_never_reached_needs_no_way_out() -> None:
    assert replace(SMALL, edges=(*SMALL.edges, ((0, 3),))).edges[3] == ((0, 3),)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "n", "version": 1, "symbols": 3}', "null"])
def test_json_that_is_no_grammar_is_refused(text: str) -> None:
    with pytest.raises(GrammarError):
        grammar_from_json(text)
