"""What is told beside a question needs no place in its query; what could change the query does."""

import pytest

from api_service.assistant.query.coverage import leftovers
from api_service.assistant.query.linear import parse
from api_service.assistant.understanding.reading.asides import lightened, question_of


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("the guests stayed late so how much did we use <extra_id_0>", "how much did we use <extra_id_0>"),
        ("how much did we use <extra_id_0> because the bill was a shock", "how much did we use <extra_id_0>"),
        ("was the <extra_id_0> on <extra_id_1> i fell asleep early", "was the <extra_id_0> on <extra_id_1>"),
        ("what is on right now as i am leaving soon", "what is on right now"),
    ],
)
def test_question_is_told_from_what_stands_beside_it(text: str, question: str) -> None:
    words = text.split()
    first, after = question_of(words)
    assert " ".join(words[first:after]) == question


@pytest.mark.parametrize(
    "text",
    [
        "how much did the <extra_id_0> use <extra_id_1>",
        "what did we use since the new meter came",
        "how much did the <extra_id_0> use while the <extra_id_1> ran",
        "when was the voltage low <extra_id_0> i mean below <extra_id_1>",
        "what is standby and how much of it do we have",
        "how many devices do you see in total",
        "power of the <extra_id_0> as a table",
    ],
)
def test_conditions_times_and_corrections_are_no_asides(text: str) -> None:
    words = text.split()
    assert question_of(words) == (0, len(words))


def test_words_of_an_aside_weigh_less_but_for_statistics() -> None:
    told = "because it was never good i want the median"
    words = f"how much did we use <extra_id_0> {told}".split()
    left = lightened(words, leftovers(words, parse("value energy in <extra_id_0>")))
    weights = {one.text: one.weight for one in left}
    assert weights["never"] == pytest.approx(0.3)
    assert weights["median"] == 1.0
