"""Every word is accounted for: words that narrow a question are reported unless the query holds them."""

import re

import pytest

from api_service.assistant.query.automaton import query_automaton
from api_service.assistant.query.coverage import (
    MODIFIER_WEIGHT,
    UNKNOWN_WEIGHT,
    leftovers,
    parts_of,
    unfounded,
    vocabulary,
)
from api_service.assistant.query.grammar import GRAMMAR
from api_service.assistant.query.linear import parse
from api_service.metering.measures import MEASURES
from training.voices.lint import FOLDER
from training.voices.voice_file import read_voice


def left(words: str, query: str) -> list[str]:
    """The leftovers of weight, as text; `<0>` stands for a slot."""
    return [
        leftover.text
        for leftover in leftovers(_slots(words).split(), parse(_slots(query)))
        if leftover.weight >= 0.5
    ]


def _slots(text: str) -> str:
    return re.sub(r"<(\d)>", r"<extra_id_\1>", text)


# Words, the query that drops one of them, what is left over, the query that holds it.
DROPPED = [
    ("half of what the device <0> used time <1>", "value energy these <0> in <1>", ["half of"], None),
    (
        "number <0> of what the device <1> used time <2>",
        "value energy these <1> in <2>",
        ["<extra_id_0>"],
        "value energy these <1> in <2> times <0>",
    ),
    (
        "average power of the device <0> without the off time time <1>",
        "value power these <0> in <1>",
        ["without", "off"],
        "value power these <0> where on in <1>",
    ),
    (
        "list devices by energy smallest first time <0>",
        "list energy in <0>",
        ["smallest first"],
        "list energy least in <0>",
    ),
    (
        "usage of the device <0> hours <1> time <2>",
        "value energy these <0> in <2>",
        ["<extra_id_1>"],
        "value energy these <0> where during <1> in <2>",
    ),
    ("usage of the device <0> before noon", "value energy these <0>", ["before", "noon"], None),
    (
        "what is the median power of the device <0> time <1>",
        "value power these <0> in <1>",
        ["median"],
        "value power median these <0> in <1>",
    ),
    (
        "which device used the number <0> most time <1>",
        "which energy most in <1>",
        ["<extra_id_0>"],
        "which energy most rank <0> in <1>",
    ),
    (
        "which used the third most time <0>",
        "which energy most in <0>",
        ["third"],
        None,
    ),
    (
        "how much does the device <0> use while the other runs",
        "value energy these <0>",
        ["while", "other"],
        None,
    ),
    (
        "how much did the device <0> use but not the device <1> time <2>",
        "value energy these <0> <1> in <2>",
        ["but not"],
        None,
    ),
    (
        "how much energy did the device <0> not use time <1>",
        "value energy these <0> in <1>",
        ["not"],
        None,
    ),
    (
        "everything except the device <0>",
        "value energy these <0>",
        ["except"],
        "value energy but <0>",
    ),
    (
        "was the voltage ever below number <0> time <1>",
        "value voltage in <1>",
        ["below", "<extra_id_0>"],
        "whether voltage where below <0> in <1>",
    ),
    (
        "which appliance needed the fewest kwh time <0>",
        "which energy most in <0>",
        ["fewest"],
        "which energy least in <0>",
    ),
    (
        "gas consumption of the house time <0>",
        "value energy in <0>",
        ["gas"],
        "other_quantity",
    ),
    (
        "biggest power spike of the telescope time <0>",
        "value power max in <0>",
        ["telescope"],
        None,
    ),
    (
        "did the frequency hold above number <0> throughout time <1>",
        "whether frequency where above <0> in <1>",
        ["throughout"],
        "whether frequency min having above <0> in <1>",
    ),
    (
        "list devices with poor power factor",
        "list power_factor",
        ["poor"],
        "list power_factor having poor",
    ),
    ("is the power quality ok", "value power", ["power quality"], "summary quality"),
    (
        "how many kwh since you started recording",
        "which state where on",
        ["how many", "kwh", "since"],
        None,
    ),
    ("what was the voltage", "value power", ["voltage"], "value voltage"),
    (
        "how much more did we use time <0> than time <1>",
        "value energy in <0>",
        ["how much more", "than", "<extra_id_1>"],
        "value energy in <0> <1> difference",
    ),
    ("when did the device <0> peak", "value power max these <0>", ["when"], "when power max these <0>"),
    (
        "how many times did the device <0> run",
        "value energy these <0>",
        ["how many times"],
        "value switch_ons these <0>",
    ),
    (
        "which devices have an unsatisfactory power factor",
        "which power_factor having normal",
        ["unsatisfactory"],
        "which power_factor having poor",
    ),
    ("is the voltage healthy", "whether voltage having poor", ["healthy"], "whether voltage having normal"),
    ("what share was the device <0>", "value energy these <0>", ["share"], "value energy these <0> share"),
    ("daily usage", "value energy", ["daily"], "list energy per day"),
    ("are all devices always off", "whether state where off", ["always"], "whether state every where off"),
    ("the neighbours device <0> power", "value power these <0>", ["neighbours"], None),
    (
        "is the device <0> using more than usual",
        "whether energy these <0> having above <1>",
        ["more than usual"],
        "whether energy these <0> usual more",
    ),
]


@pytest.mark.parametrize(("words", "query", "dropped", "whole"), DROPPED, ids=lambda value: str(value)[:40])
def test_a_word_that_the_query_drops_is_left_over(
    words: str, query: str, dropped: list[str], whole: str | None
) -> None:
    assert left(words, query) == dropped
    if whole is not None:
        assert left(words, whole) == []


def test_declined_questions_leave_nothing_over() -> None:
    assert left("turn off the device <0> now", "control") == []


def test_leftovers_name_their_place() -> None:
    (found,) = leftovers(_slots("median power device <0>").split(), parse(_slots("value power these <0>")))
    assert (found.text, found.start, found.end, found.weight) == ("median", 0, 1, 1.0)


def test_inflected_words_are_known_by_their_stem() -> None:
    assert left("the device <0> guzzles watts", "value power these <0>") == []
    assert left("costs of the device <0>", "value energy these <0>") == ["costs"]


def test_a_phrase_does_not_reach_over_the_kind_of_a_slot() -> None:
    assert left("did the device <0> run time <1>", "whether state these <0> where on in <1>") == []


def test_parts_hold_the_statistic_that_is_left_out() -> None:
    assert "mean" in parts_of(parse("value power"))
    assert "sum" in parts_of(parse("value energy"))
    assert "device" in parts_of(parse("which energy most"))


def test_vocabulary_names_parts_of_the_language_only() -> None:
    parts = set(query_automaton().symbols) | {"device"}
    named = {part for concepts in vocabulary().values() for concept in concepts for part in concept.parts}
    assert named - parts == set()


def test_every_measure_has_words() -> None:
    accounted = {part for concepts in vocabulary().values() for concept in concepts for part in concept.parts}
    assert set(GRAMMAR.measures) <= accounted
    assert set(MEASURES) <= accounted


def test_phrases_are_lower_case_and_short_enough_to_match() -> None:
    for phrase in vocabulary():
        assert phrase == phrase.lower()
        assert 1 <= len(phrase.split()) <= 5


UNFOUNDED = [
    ("usage of the device <0> time <1>", "value power max these <0> in <1>", ["max"]),
    ("voltage time <0>", "whether voltage where below <1> in <0>", ["below"]),
    ("list devices by thd", "list thd least", ["least"]),
    ("power of the device <0>", "value power these <0> where off", ["off"]),
    ("energy of the device <0> time <1>", "value energy but <0> in <1>", ["but"]),
    ("energy time <0>", "list energy per day in <0> share", ["day", "share"]),
    ("how is the device <0>", "whether energy these <0> usual more", ["more", "usual"]),
    ("was the device <0> on time <1>", "when state these <0> where on in <1>", ["when"]),
    ("how much did the device <0> use", "whether energy these <0>", ["whether"]),
    ("when was the device <0> on", "value on_time these <0>", ["value"]),
]


@pytest.mark.parametrize(("words", "query", "parts"), UNFOUNDED, ids=lambda value: str(value)[:40])
def test_a_part_that_no_word_asks_for_is_unfounded(words: str, query: str, parts: list[str]) -> None:
    assert unfounded(_slots(words).split(), parse(_slots(query))) == parts


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("was the device <0> ever above number <1>", "whether power these <0> where above <1> ever"),
        ("did the power stay under number <0>", "whether power max having below <0>"),
        ("are all the device <0> off", "whether state every these <0> where off"),
        # a mean per day is the only fair comparison of unequal times
        ("do we use more hours <0> or hours <1>", "compare energy mean per day where during <0> <1>"),
        ("turn it off", "control"),
        ("do you know when the voltage was highest time <0>", "when voltage max in <0>"),
        ("top number <0> by thd", "list thd most limit <0>"),
    ],
)
def test_a_founded_query_has_no_unfounded_part(words: str, query: str) -> None:
    assert unfounded(_slots(words).split(), parse(_slots(query))) == []


def test_an_unknown_word_weighs_more_before_a_device_whose_name_it_may_narrow() -> None:
    request = parse(_slots("value power these <0>"))
    (before,) = leftovers(_slots("power of the zebra device <0>").split(), request)
    (behind,) = leftovers(_slots("zebra power of the device <0>").split(), request)
    assert (before.weight, behind.weight) == (MODIFIER_WEIGHT, UNKNOWN_WEIGHT)


def test_sentences_of_the_voices_seldom_leave_anything_over() -> None:
    examples = [example for path in sorted(FOLDER.glob("*.tsv")) for example in read_voice(path).examples]
    heavy = [
        example.masked
        for example in examples
        if sum(leftover.weight for leftover in leftovers(example.masked.split(), example.request)) >= 0.5
    ]
    assert len(heavy) <= 0.2 * len(examples)


def test_unknown_subject_weighs_more_than_an_unknown_word_beside_it() -> None:
    request = parse("value samples in <extra_id_0>")
    words = "how many readings did the telescope deliver <extra_id_0> roughly speaking".split()  # noqa: SIM905
    weights = {one.text: one.weight for one in leftovers(words, request)}
    assert weights["telescope"] == 0.8
    assert weights.get("speaking", 0.3) == 0.3
