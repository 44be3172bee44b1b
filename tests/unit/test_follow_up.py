"""Conversations: what a follow-up leaves out comes from the turn before."""

import pytest

from api_service.assistant.types import Order, Refusal
from tests.support.conversation import ask, meaning

ENERGY = "How much energy did the oven use yesterday?"
RANKING = "Which device used the most energy yesterday?"


@pytest.mark.parametrize(
    ("turns", "meant"),
    [
        ((ENERGY, "And the fridge?"), ("energy", "energy", "Fridge", "yesterday")),
        ((ENERGY, "And today?"), ("energy", "energy", "Oven", "today")),
        ((ENERGY, "And the fridge?", "And today?"), ("energy", "energy", "Fridge", "today")),
        ((ENERGY, "what about last week"), ("energy", "energy", "Oven", "last week")),
        ((ENERGY, "When did it peak?"), ("peak", "power", "Oven", "yesterday")),
        ((ENERGY, "is it on?"), ("state", "state", "Oven", "now")),
        ((ENERGY, "What share is that?"), ("share", "share", "Oven", "yesterday")),
        ((ENERGY, "And in total?"), ("energy", "energy", "-", "yesterday")),
        ((ENERGY, "and on average?"), ("average", "power", "Oven", "yesterday")),
        ((ENERGY, "and right now?"), ("power_now", "power", "Oven", "now")),
        ((ENERGY, "compare it with the fridge"), ("compare", "energy", "Oven,Fridge", "yesterday")),
        ((ENERGY, "Is that more than the fridge?"), ("compare", "energy", "Oven,Fridge", "yesterday")),
        ((ENERGY, "and the day before?"), ("energy", "energy", "Oven", "on Tuesday 10 March")),
        (("How much power is the oven using?", "and yesterday?"), ("average", "power", "Oven", "yesterday")),
        (("average power of the oven last week", "And the peak?"), ("peak", "power", "Oven", "last week")),
        (("peak of the oven yesterday", "When was that?"), ("peak", "power", "Oven", "yesterday")),
        (("THD of the tv?", "and of the fridge?"), ("thd", "thd", "Fridge", "in the last 24 hours")),
        (
            ("THD of the tv?", "What is its power factor?"),
            ("power_factor", "power_factor", "Living room TV", "in the last 24 hours"),
        ),
        (("oven vs fridge yesterday", "And today?"), ("compare", "energy", "Oven,Fridge", "today")),
        (
            ("How much energy did we use yesterday?", "And the oven?"),
            ("energy", "energy", "Oven", "yesterday"),
        ),
        ((RANKING, "and today?"), ("ranking", "energy", "-", "today")),
        ((RANKING, "and the oven?"), ("energy", "energy", "Oven", "yesterday")),
        ((RANKING, "and right now?"), ("ranking", "power", "-", "now")),
        (
            (RANKING, "A:The Heat pump used the most energy yesterday.", "when did it peak?"),
            ("peak", "power", "Heat pump", "yesterday"),
        ),
        (("Which devices are active?", "and the oven?"), ("state", "state", "Oven", "now")),
    ],
)
def test_follow_up_inherits_what_it_leaves_out(turns: tuple[str, ...], meant: tuple[str, ...]) -> None:
    assert meaning(ask(*turns)) == meant


def test_follow_up_after_an_unknown_device_keeps_the_question() -> None:
    assert meaning(ask("How much energy did the sauna use yesterday?", "and the fridge?")) == (
        "energy", "energy", "Fridge", "yesterday",
    )  # fmt: skip


def test_follow_up_after_small_talk_leans_on_the_question_before_it() -> None:
    assert meaning(ask(ENERGY, "thanks!", "and the fridge?"))[:3] == ("energy", "energy", "Fridge")


def test_follow_up_turns_a_ranking_around() -> None:
    assert ask(RANKING, "And the least?").order is Order.LEAST
    assert ask(RANKING, "and the top 3?").top == 3


def test_follow_up_about_earlier_states_is_not_yet_answered() -> None:
    assert ask("Is the oven on?", "and yesterday?").refusal is Refusal.NOT_YET


@pytest.mark.parametrize(
    "text",
    ["How much energy did we use today?", "Which device uses the most?", "What is the total power now?"],
)
def test_full_question_after_another_inherits_nothing(text: str) -> None:
    assert meaning(ask(ENERGY, text)) == meaning(ask(text))


def test_follow_up_is_less_certain_than_the_full_question() -> None:
    assert (
        ask(ENERGY, "And the fridge?").certainty
        < ask("How much energy did the fridge use yesterday?").certainty
    )


def test_long_history_is_leaned_on_only_so_far() -> None:
    turns = [ENERGY] + ["and today?", "and yesterday?"] * 30
    assert meaning(ask(*turns[:5]))[:3] == ("energy", "energy", "Oven")
    ask(*turns)
