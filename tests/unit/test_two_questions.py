"""Of two questions in one text neither is dropped silently."""

import pytest

from api_service.assistant.understanding.two_questions import two_questions


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        (
            "How much did the fridge use yesterday and what did it cost?",
            "How much did the fridge use yesterday",
            "what did it cost?",
        ),
        ("is the oven on? how much has it used today", "is the oven on", "how much has it used today"),
        (
            "when did the power peak today, and which device used the most",
            "when did the power peak today",
            "which device used the most",
        ),
    ],
)
def test_two_questions_are_told_apart(text: str, first: str, second: str) -> None:
    assert two_questions(text) == (first, second)


@pytest.mark.parametrize(
    "text",
    [
        "how much did the fridge and the oven use yesterday",
        "lowest voltage this month and when was it",
        "which days were over 10 kWh and how much",
        "what does a weekday cost and what does a weekend day cost",
        "on average, what does a weekday cost and what does a weekend day cost",
        "and what did that cost",
        "states of the washer yesterday and how long each",
        "how much did we use yesterday? what about today",
        "fridge and is it on",
        "is the fridge using much power right now, and how many watts?",
        "is the oven on? I can't remember",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert two_questions(text) is None
