"""The pairs that the reader is trained on: sound queries, every slot used, swaps that keep the meaning."""

import random
from itertools import islice
from pathlib import Path

import pytest

from api_service.assistant.query.query import Outcome, SlotKind
from training.reading.asides import with_aside
from training.reading.compose import compose
from training.reading.follow_ups import after_another, followed, fragment_of, fragments
from training.reading.noise import noisy
from training.reading.pairs import Pairs, Voices, load_voices
from training.reading.phrases import paraphrased, row_of_same
from training.reading.reading import Reading, from_example, in_order, words_of
from training.reading.swaps import canonical, moved_time, second_device, swapped
from training.voices.voice_file import read_line

DEVICE, TIME, NUMBER = SlotKind.DEVICE, SlotKind.TIME, SlotKind.NUMBER


def reading(masked: str, kinds: tuple[SlotKind, ...], target: str, previous: str = "") -> Reading:
    return Reading(words_of(masked), kinds, target, previous)


OVEN = reading(
    "highest power of the device <extra_id_0> time <extra_id_1>",
    (DEVICE, TIME),
    "value power max these <extra_id_0> in <extra_id_1>",
)


@pytest.fixture(scope="module")
def voices() -> Voices:
    return load_voices()


def test_prompt_is_the_workers_and_words_come_back_from_it() -> None:
    assert OVEN.prompt == "read: highest power of the device <extra_id_0> time <extra_id_1>"
    assert OVEN.words == ("highest", "power", "of", "the", 0, 1)


def test_pairs_same_seed_same_pairs_that_can_be_parsed(voices: Voices) -> None:
    first, second = (list(islice(Pairs(voices.training, 5), 300)) for _ in range(2))
    assert first == second
    assert all(canonical(pair.target) == pair.target for pair in first)
    assert 0.3 < sum(bool(pair.previous) for pair in first) / 300 < 0.6


def test_load_voices_keeps_scoring_voices_apart(tmp_path: Path) -> None:
    for name, use in (("one", "train"), ("two", "score")):
        text = f"# voice: {name}\n# use: {use}\n{name} voltage now\tvalue voltage latest\n"
        (tmp_path / f"{name}.tsv").write_text(text, encoding="utf-8")
    found = load_voices(tmp_path)
    assert [reading.words[0] for reading in found.training] == ["one"]
    assert [reading.words[0] for reading in found.scoring["two"]] == ["two"]


def test_swapped_changes_question_and_query_alike() -> None:
    rng = random.Random(1)
    found = {swapped(OVEN, rng) for _ in range(200)}
    pairs = {(pair.words[0], pair.target.split()[2]) for pair in found}
    assert ("lowest", "min") in pairs
    assert not any(word in {"lowest", "minimum", "min", "smallest"} and stat == "max" for word, stat in pairs)


def test_swapped_stayed_below_becomes_the_minimum_above() -> None:
    stayed = reading(
        "did the voltage stay below number <extra_id_0>",
        (NUMBER,),
        "whether voltage max having below <extra_id_0>",
    )
    rng = random.Random(2)
    targets = [swapped(stayed, rng).target for _ in range(100)]
    assert any(target.endswith(" min having above <extra_id_0>") for target in targets)
    assert not any(target.endswith(" max having above <extra_id_0>") for target in targets)


def test_second_device_and_moved_time_number_slots_anew() -> None:
    two = second_device(OVEN, random.Random(1))
    assert two is not None
    assert two.target == "value power max these <extra_id_0> <extra_id_1> in <extra_id_2>"
    front = moved_time(OVEN, random.Random(1))
    assert front is not None
    assert front.words[0] == 0
    assert front.target == "value power max these <extra_id_1> in <extra_id_0>"


def test_followed_replaces_the_device_and_keeps_the_rest() -> None:
    fragment = next(f for f in fragments() if f.words == ("and", "the", 0) and f.kinds == (DEVICE,))
    after = followed(OVEN, fragment)
    assert after is not None
    assert after.previous == "value power max these <extra_id_1> in <extra_id_2>"
    assert after.target == "value power max these <extra_id_0> in <extra_id_2>"


def test_fragment_of_a_written_follow_up_fits_other_queries() -> None:
    written = reading(
        "then min", (TIME,), "value voltage min in <extra_id_0>", "value voltage max in <extra_id_0>"
    )
    fragment = fragment_of(written)
    assert fragment is not None
    after = followed(OVEN, fragment)
    assert after is not None
    assert after.target == "value power min these <extra_id_0> in <extra_id_1>"


def test_after_another_inherits_nothing() -> None:
    both = after_another(OVEN, OVEN)
    assert both.target == OVEN.target
    assert both.previous == "value power max these <extra_id_2> in <extra_id_3>"


def test_compose_uses_every_slot_in_sound_queries() -> None:
    rng = random.Random(3)
    made = [compose(rng) for _ in range(400)]
    assert all(pair.is_sound and in_order(pair) == pair for pair in made)
    for pair in made:
        if not isinstance(pair.request, Outcome):
            assert all(f"<extra_id_{slot}>" in pair.target for slot in range(pair.own_slots))
    assert len({pair.target for pair in made}) > 150


def test_paraphrased_and_noisy_leave_slots_and_query_alone() -> None:
    rng = random.Random(4)
    for _ in range(100):
        other = noisy(paraphrased(OVEN, rng), rng)
        assert other.target == OVEN.target
        assert [word for word in other.words if isinstance(word, int)] == [0, 1]


def test_paraphrases_heed_query_and_neighbours() -> None:
    row = row_of_same(
        {
            "say": ["on"],
            "also": ["in use"],
            "query": "state on|off",
            "after": "<>",
            "not_before": "the",
            "unless": "put",
        }
    )
    assert row.fits(frozenset({"whether", "state", "where", "on"}))
    assert not row.fits(frozenset({"whether", "energy", "where", "on"}))
    assert [found.start for found in row.places(("is", "the", 0, "on", 1))] == [3]
    assert not row.places(("turn", "on", 0))
    assert not row.places(("is", 0, "on", "the", 1))
    assert not row.places(("put", 0, "on"))
    assert not row.places(("is", "it", "in", "use"))


@pytest.mark.parametrize(
    ("line", "prompt"),
    [
        (
            "did the [d oven] draw over [n 6 A] [t today]?\twhether current these <0> where above <1> in <2>",
            "read: did the device <extra_id_0> draw over amperes number <extra_id_1> time <extra_id_2>",
        ),
        (
            "[n third] highest thd [t today]\twhich thd most rank <0> in <1>",
            "read: ordinal number <extra_id_0> highest thd time <extra_id_1>",
        ),
        (
            "between [n 210] and [n 240 V] [t today]\twhether voltage where between <0> <1> in <2>",
            "read: between volts number <extra_id_0> and volts number <extra_id_1> time <extra_id_2>",
        ),
        ("was it above [n 210]\twhether voltage where above <0>", "read: was it above number <extra_id_0>"),
    ],
)
def test_prompt_of_a_written_sentence_tells_what_its_numbers_count(line: str, prompt: str) -> None:
    example = read_line(line, 1, None)

    assert from_example(example).prompt == prompt


def test_prompt_of_a_generated_sentence_has_the_unit_of_its_query_or_none() -> None:
    above = [
        reading(
            f"{filler} was it above number <extra_id_0>",
            (NUMBER,),
            "whether current where above <extra_id_0>",
        )
        for filler in ("so", "well", "then", "now", "hey", "hi", "and", "but", "ok", "please")
    ]

    assert {pair.prompt.split()[-3] for pair in above} == {"amperes", "above"}


def test_aside_changes_neither_the_query_nor_the_slots_of_a_question() -> None:
    rng = random.Random(3)
    told = [made for _ in range(400) if (made := with_aside(OVEN, rng)) != OVEN]
    assert 20 < len(told) < 120
    assert all(made.target == OVEN.target and made.own_slots == 2 for made in told)
    assert all("<" not in str(made.words) and "[" not in str(made.words[0]) for made in told)
    assert len({made.words for made in told}) > len(told) // 2


def test_small_talk_gets_no_aside() -> None:
    rng = random.Random(3)
    thanks = reading("thanks a lot", (), "thanks")
    assert all(with_aside(thanks, rng) == thanks for _ in range(100))
