"""Prompts in both styles, and the filling of slots piece by piece."""

from dataclasses import replace
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from inference_worker.prompt import SlotFiller, fill, render, render_reading
from shared.generation import PromptParts, PromptTurn, ReadingRequest

SLOTS = ("the oven", "4.20 kWh", "yesterday", "the TV")
PARTS = PromptParts(
    task="energy device",
    question=("How much did ", 0, " use on 9 March?"),
    facts=((0, " has energy ", 1, " ", 2), ("count: ", 3)),
    slots=SLOTS,
    history=(PromptTurn("user", ("and the fridge?",)), PromptTurn("assistant", ("It used 3.5 kWh.",))),
)


def words(text: str) -> int:
    return len(text.split())


def test_render_slots_hides_names_values_and_digits() -> None:
    assert render(PARTS, "slots", words, 200) == (
        "energy device: <extra_id_0> has energy <extra_id_1> <extra_id_2>; count: <extra_id_3>; "
        "said: user and the fridge?; assistant it used 0 kwh.; "
        "question: how much did <extra_id_0> use on 0 march?"
    )


def test_render_plain_says_everything_in_words() -> None:
    prompt = render(PARTS, "plain", words, 200)
    assert "Facts:\n- the oven has energy 4.20 kWh yesterday\n- count: the TV\n" in prompt
    assert "Conversation:\nUser: and the fridge?\nAssistant: It used 3.5 kWh.\n" in prompt
    assert prompt.endswith("Question: How much did the oven use on 9 March?\nAnswer:")
    assert "extra_id" not in prompt


def test_render_short_budget_drops_turns_then_whole_facts() -> None:
    short = replace(PARTS, question=("How much?",))
    facts = "<extra_id_0> has energy <extra_id_1> <extra_id_2>"
    without_turns = f"energy device: {facts}; count: <extra_id_3>; question: how much?"
    assert render(short, "slots", words, words(without_turns)) == without_turns
    one_fact = f"energy device: {facts}; question: how much?"
    assert render(short, "slots", words, words(one_fact)) == one_fact


@given(budget=st.integers(12, 60), length=st.integers(0, 300), n=st.integers(0, 14))
@settings(deadline=None, max_examples=200)
def test_render_any_budget_is_kept_and_facts_stay_whole(budget: int, length: int, n: int) -> None:
    facts = tuple((0, f" has value number{i} ", 1) for i in range(n))
    parts = PromptParts("energy device", ("why " * length,), facts, SLOTS)
    prompt = render(parts, "slots", words, budget)
    assert words(prompt) <= budget
    kept = prompt.count("has value")
    expected = "; ".join(f"<extra_id_0> has value number{i} <extra_id_1>" for i in range(kept))
    assert expected in prompt


def test_render_question_cannot_smuggle_sentinels_in() -> None:
    parts = PromptParts("energy device", ("say <extra_id_3> and <extra_id_99>",), (), SLOTS)
    assert render(parts, "slots", words, 50).endswith("question: say and")


def test_filler_sentence_start_is_capital_and_names_keep_theirs() -> None:
    assert fill((0, " used ", 1, " ", 2, "."), SLOTS) == "The oven used 4.20 kWh yesterday."
    assert fill((2, ", ", 3, " rested. ", 0, " used ", 1, "."), SLOTS) == (
        "Yesterday, the TV rested. The oven used 4.20 kWh."
    )


def test_filler_spacing_is_clean_whatever_the_tokenizer_leaves_out() -> None:
    assert fill((0, "used", 1, 2, " :", 3, "(", 1, "), \u201c", 2, "\u201d ."), SLOTS) == (
        "The oven used 4.20 kWh yesterday: the TV (4.20 kWh), \u201cyesterday\u201d."
    )
    assert fill(("It is ", 0, "'s turn"), SLOTS) == "It is the oven's turn"


def test_filler_unknown_slot_is_visible() -> None:
    assert fill((0, " used ", 9, "."), SLOTS) == "The oven used \u2026."


TEXT = (
    "<extra_id_0> used <extra_id_1> <extra_id_2>, more than <extra_id_3>: a < b. <extra_id_2> (<extra_id_1>)."
)


@given(cuts=st.lists(st.integers(0, len(TEXT)), max_size=30))
def test_filler_any_cut_into_pieces_says_the_same(cuts: list[int]) -> None:
    edges = sorted({0, len(TEXT), *cuts})
    filler = SlotFiller(SLOTS)
    said = [filler.feed(TEXT[a:b]) for a, b in pairwise(edges)]
    said.append(filler.finish())
    whole = SlotFiller(SLOTS)
    expected = whole.feed(TEXT) + whole.finish()
    assert "".join(said) == filler.text == expected
    assert expected == "The oven used 4.20 kWh yesterday, more than the TV: a < b. Yesterday (4.20 kWh)."


def test_reading_prompt_names_each_slots_kind_and_cleans_free_text() -> None:
    reading = ReadingRequest("d", ("device", "time"))
    question = ("How much did ", 0, " use <extra_id_9>", 1, " in 2024?")
    assert (
        render_reading(question, reading)
        == "read: how much did device <extra_id_0> use time <extra_id_1> in 0?"
    )


def test_reading_prompt_ends_with_the_previous_query_where_there_is_one() -> None:
    reading = ReadingRequest("d", ("device", "device"), previous=("value energy sum these ", 1))
    assert (
        render_reading(("and ", 0), reading)
        == "read: and device <extra_id_0>; last: value energy sum these <extra_id_1>"
    )


def test_reading_prompt_with_a_slot_without_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="there are 1 kinds"):
        render_reading((0, " and ", 1), ReadingRequest("d", ("device",)))
    with pytest.raises(ValueError, match="there are 1 kinds"):
        render_reading((0,), ReadingRequest("d", ("device",), previous=("value ", 1)))
