"""A text that thanks and says no more is no question, whatever was asked before it."""

import pytest

from api_service.assistant.text.courtesies import is_thanks


@pytest.mark.parametrize(
    "text", ["thanks", "thank you so much", "ok thanks a lot", "cheers mate", "great thanks"]
)
def test_thanks_alone_is_thanks(text: str) -> None:
    assert is_thanks(text.split())


@pytest.mark.parametrize(
    "text", ["great", "perfect", "thanks and the fridge", "thanks for the oven", "ok", "", "thanks yesterday"]
)
def test_anything_more_or_less_is_left_to_the_reader(text: str) -> None:
    assert not is_thanks(text.split())
