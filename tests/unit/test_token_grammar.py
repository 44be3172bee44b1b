"""Grammars over symbols as automata over token ids, against the grammar itself."""

import random
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_worker.engine.automaton import END
from inference_worker.model.token_grammar import MAX_SLOTS, TokenGrammar, compile_grammar
from shared.grammar import Grammar, GrammarError

BUNDLED = Path("inference_worker/bundled_model")
EOS, UNKNOWN = 1, 2
WORDS = {"a": [10], "ab": [10, 11], "abc": [10, 11, 12], "b": [11], "long": [13, 14, 15], "the": [16]}


class SpelledTokenizer:
    """Pieces as in `WORDS`: symbols that begin like others, and pieces that are symbols too."""

    eos_token_id, unk_token_id = EOS, UNKNOWN

    def __init__(self, sentinels: int = 4) -> None:
        self._sentinels = sentinels

    def encode(self, text: str, add_special_tokens: bool) -> list[int]:
        assert not add_special_tokens
        return WORDS.get(text, [UNKNOWN])

    def convert_tokens_to_ids(self, tokens: list[str]) -> list[int]:
        return [100 + n if n < self._sentinels else UNKNOWN for n in range(len(tokens))]


# a | ab | abc | long of one slot, then "the" and again; ends after a slot
GRAMMAR = Grammar(
    "g",
    1,
    ("a", "ab", "abc", "long", "the", "@device", "@time"),
    (
        ((0, 1), (1, 1), (2, 2), (3, 2)),
        ((5, 3), (4, 0)),
        ((5, 3), (6, 3)),
        ((4, 0),),
    ),
    frozenset({1, 3}),
)
KINDS = ["device", "time", "device"]
SLOTS = {f"<extra_id_{number}>": kind for number, kind in enumerate(KINDS)}


@cache
def compiled() -> TokenGrammar:
    return compile_grammar(GRAMMAR, SpelledTokenizer())


def random_sentence(chance: random.Random, grammar: Grammar, slots: dict[str, str]) -> list[str]:
    """Symbols that lead from the start to an accepting state."""
    while True:
        state, words = 0, []
        for _ in range(40):
            if state in grammar.accepting and (chance.random() < 0.3 or not grammar.edges[state]):
                return words
            if not grammar.edges[state]:
                break
            index, state = chance.choice(grammar.edges[state])
            symbol = grammar.symbols[index]
            if symbol.startswith("@"):
                fitting = [slot for slot, kind in slots.items() if f"@{kind}" == symbol]
                if not fitting:
                    break
                symbol = chance.choice(fitting)
            words.append(symbol)


def accepts(grammar: TokenGrammar, kinds: list[str], ids: list[int]) -> bool:
    """Whether the automaton takes these ids to its end."""
    constraint = grammar.automaton.constrain(grammar.open_guards(kinds))
    state = 0
    for position, token in enumerate(ids):
        allowed = constraint.allowed(state, position) if state != END else {}
        if token not in allowed:
            return False
        state = allowed[token]
    return state == END


@given(st.integers(0, 2**32))
def test_sentence_of_the_grammar_is_accepted_and_decoded_as_it_was(seed: int) -> None:
    words = random_sentence(random.Random(seed), GRAMMAR, SLOTS)
    ids = compiled().encode(words)
    assert accepts(compiled(), KINDS, ids)
    assert compiled().decode(ids[:-1]) == words


@given(st.integers(0, 2**32))
def test_whatever_the_automaton_generates_is_in_the_grammar(seed: int) -> None:
    chance = random.Random(seed)
    kinds = [chance.choice(["device", "time", "other"]) for _ in range(chance.randint(1, 4))]
    try:
        constraint = compiled().automaton.constrain(compiled().open_guards(kinds))
    except ValueError:
        return
    state, ids = 0, []
    while state != END and len(ids) < 30:
        token, state = chance.choice(sorted(constraint.allowed(state, len(ids)).items()))
        ids.append(token)
    words = compiled().decode(ids[:-1] if state == END else ids)
    slots = {f"<extra_id_{number}>": kind for number, kind in enumerate(kinds)}
    reached = GRAMMAR.follow(words, slots)
    assert reached is not None
    assert state != END or reached in GRAMMAR.accepting


@pytest.mark.parametrize("words", ["long", "abc", "a the", "a <extra_id_1>", "abc <extra_id_3>", "the"])
def test_what_is_not_in_the_grammar_is_not_accepted(words: str) -> None:
    symbols = words.split()
    assert not accepts(compiled(), KINDS, compiled().encode(symbols))


def test_decode_of_an_output_that_was_cut_keeps_the_complete_symbols() -> None:
    assert compiled().decode([13, 14]) == []
    assert compiled().decode([13, 14, 15]) == ["long"]
    assert compiled().decode([10, 16, 13]) == ["a", "the"]


def test_guards_of_kinds_without_a_symbol_are_left_out() -> None:
    assert len(compiled().open_guards(["device", "number", "time"])) == 2


def test_more_slots_than_sentinels_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 4 slots, not 5"):
        compiled().open_guards(["device"] * 5)


def test_symbol_that_the_tokenizer_cannot_write_is_refused() -> None:
    grammar = Grammar("g", 1, ("unheard",), (((0, 0),),), frozenset({0}))
    with pytest.raises(GrammarError, match="cannot write the symbol 'unheard'"):
        compile_grammar(grammar, SpelledTokenizer())


def test_tokenizer_without_sentinels_cannot_write_slots() -> None:
    with pytest.raises(GrammarError, match="no sentinels"):
        compile_grammar(GRAMMAR, SpelledTokenizer(sentinels=0))
    assert len(compile_grammar(GRAMMAR, SpelledTokenizer(sentinels=99)).sentinels) == MAX_SLOTS


@pytest.mark.skipif(not (BUNDLED / "tokenizer.json").exists(), reason="no bundled model in this checkout")
def test_query_grammar_compiles_for_a_real_tokenizer() -> None:
    from transformers import AutoTokenizer

    from api_service.assistant.query.automaton import query_automaton

    tokenizer: Any = AutoTokenizer.from_pretrained(BUNDLED)
    grammar = query_automaton()
    real = compile_grammar(grammar, tokenizer)
    kinds = ["device", "time", "number", "group", "hours", "state"]
    slots = {f"<extra_id_{number}>": kind for number, kind in enumerate(kinds)}

    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 2**32))
    def any_sentence(seed: int) -> None:
        words = random_sentence(random.Random(seed), grammar, slots)
        ids = real.encode(words)
        assert accepts(real, kinds, ids)
        assert real.decode(ids[:-1]) == words
        # the pieces say what the symbols say; sentinels are glued to their neighbours
        assert re.sub(r"(<extra_id_\d+>)", r" \1 ", tokenizer.decode(ids[:-1])).split() == words

    any_sentence()
