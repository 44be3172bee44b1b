"""Typos are mended; words of English stay what they are."""

import random

import pytest

from api_service.assistant.text.english import english_words, is_english
from api_service.assistant.text.spelling import mended
from api_service.assistant.text.vocabulary import CORRECTABLE


@pytest.mark.parametrize(
    ("typo", "word"),
    [("yesterdya", "yesterday"), ("enregy", "energy"), ("consuption", "consumption"), ("voltge", "voltage"),
     ("electrcity", "electricity"), ("wendesday", "wednesday"), ("febuary", "february")],
)  # fmt: skip
def test_mended_typo_is_mended(typo: str, word: str) -> None:
    assert mended(typo) == word


@pytest.mark.parametrize(
    "word",
    ["excluding", "seen", "lower", "peaky", "savage", "warts", "ours", "bower", "tower", "dally", "homely",
     "monkey", "mouths", "whom", "tidal", "fast", "pact", "curtains", "hurts", "marsh"],
)  # fmt: skip
def test_mended_word_of_english_stays(word: str) -> None:
    assert mended(word) == word


def test_mended_never_turns_any_english_word_into_another() -> None:
    sample = random.Random(8).sample(sorted(english_words()), 4000)
    assert {word: mended(word) for word in sample if mended(word) != word} == {}


def test_is_english_knows_what_the_vocabulary_is_close_to() -> None:
    near = {"excluding", "seen", "tower", "monkey"}
    assert near.isdisjoint(CORRECTABLE)
    assert all(is_english(word) for word in near)
    assert not is_english("yesterdya")
