# ruff: noqa: E501 - a table of sentences reads best with one on a line
"""From sheets to prompts and to the project's own sentences."""

from dataclasses import replace

import pytest

from api_service.assistant.rendering.answer import build_prompt, compose_answer
from api_service.assistant.rendering.formatting import display_name, format_names, format_time, is_plural
from api_service.assistant.types import DeviceRef, Intent, Order, Refusal, Turn
from tests.support.sheets import (
    ENERGY,
    FRIDGE,
    LIGHTS,
    MAX,
    MEAN,
    MIN,
    MOMENT,
    NOW,
    OVEN,
    PF,
    SUM,
    THD,
    TV,
    YESTERDAY,
    comparison,
    energy,
    ranking,
    sheet,
)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Oven", "the oven"),
        ("fridge", "the fridge"),
        ("TV", "the TV"),
        ("Washing Machine", "the washing machine"),
        ("EV charger", "the EV charger"),
        ("Device 3", "Device 3"),
        ("The Big Oven", "the big oven"),
        ("Anna's lamp", "Anna's lamp"),
        ("My heater", "my heater"),
        ("Kühlschrank", "the Kühlschrank"),
        ("冷蔵庫", "冷蔵庫"),
        ("iMac", "the iMac"),
        ("  Desk   Lamp ", "the desk lamp"),
        ("Total", "\u2018Total\u2019"),
        ("230", "\u2018230\u2019"),
        ("", ""),
    ],
)
def test_spoken_name_says_a_device_in_a_sentence(name: str, spoken: str) -> None:
    assert display_name(name) == spoken


def test_spoken_names_alike_are_told_apart() -> None:
    devices = [DeviceRef(1, "Oven"), DeviceRef(4, "oven"), DeviceRef(5, "TV"), DeviceRef(6, "")]
    assert format_names(devices) == {
        1: "the oven (cluster 1)",
        4: "the oven (cluster 4)",
        5: "the TV",
        6: "Device 6",
    }


@pytest.mark.parametrize(
    ("name", "plural"), [("Lights", True), ("TVs", True), ("Oven", False), ("Glass", False), ("Gas", False), ("Device 3", False)]
)  # fmt: skip
def test_is_plural_decides_the_verb(name: str, plural: bool) -> None:
    assert is_plural(name) is plural


def test_spoken_time_names_the_day_only_where_it_is_not_plain() -> None:
    from datetime import timedelta

    assert format_time(NOW - timedelta(hours=1), MOMENT) == "at 19:00"
    assert format_time(NOW - timedelta(hours=24), MOMENT) == "yesterday at 20:00"
    assert format_time(NOW - timedelta(days=3), MOMENT) == "on Saturday at 20:00"
    assert format_time(NOW - timedelta(days=20), MOMENT) == "on 18 February at 20:00"
    assert format_time(NOW - timedelta(days=100), MOMENT) == "on 30 November 2025 at 20:00"
    assert format_time(YESTERDAY.start + timedelta(hours=18), MOMENT, YESTERDAY) == "at 18:00"


COMPOSED = [
    (sheet(Intent.POWER_NOW, OVEN), "The oven is drawing 100 W right now."),
    (sheet(Intent.POWER_NOW, LIGHTS), "The lights are drawing 500 W right now."),
    (sheet(Intent.POWER_NOW, TV), "The TV is drawing 300 W (last reading at 19:55)."),
    (sheet(Intent.POWER_NOW, OVEN, TV), "The power right now: the oven (100 W) and the TV (300 W)."),
    (sheet(Intent.POWER_NOW), "All devices together are drawing 2.10 kW right now; 冷蔵庫 draws the most (600 W)."),
    (sheet(Intent.AVERAGE, OVEN, statistic=MEAN, window=YESTERDAY), "The oven drew 300 W on average yesterday."),
    (sheet(Intent.AVERAGE, statistic=MEAN, window=YESTERDAY), "All devices together drew 6.30 kW on average yesterday."),
    (sheet(Intent.PEAK, OVEN, statistic=MAX, window=YESTERDAY), "The power of the oven peaked at 2.40 kW yesterday, at 18:30."),
    (sheet(Intent.PEAK, statistic=MAX, window=YESTERDAY), "The highest power yesterday was 2.40 kW, reached by the oven at 18:30."),
    (sheet(Intent.MINIMUM, OVEN, statistic=MIN, window=YESTERDAY), "The lowest power of the oven yesterday was 1.5 W, at 04:00."),
    (energy(OVEN), "The oven used 4.20 kWh yesterday."),
    (energy(OVEN, FRIDGE), "The energy used yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh)."),
    (energy(), "All devices together used 14.7 kWh yesterday."),
    (ranking(), "The oven used the most energy yesterday: 4.20 kWh, 29 % of the total."),
    (ranking(order=Order.LEAST), "冷蔵庫 used the least energy yesterday: 700 Wh."),
    (ranking(top=2), "The devices that used the most energy yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh)."),
    (sheet(Intent.RANKING), "冷蔵庫 is drawing the most power right now: 600 W."),
    (sheet(Intent.THD, quantity=THD, statistic=MEAN, window=YESTERDAY), "冷蔵庫 had the highest average THD yesterday: 9.0 %."),
    (sheet(Intent.THD, OVEN, quantity=THD, statistic=MEAN, window=YESTERDAY), "The average THD of the oven was 4.0 % yesterday."),
    (sheet(Intent.THD, OVEN, quantity=THD), "The THD of the oven is 5.0 % right now."),
    (sheet(Intent.SHARE, OVEN, quantity=ENERGY, statistic=SUM, window=YESTERDAY), "The oven used 29 % of the total energy yesterday: 4.20 kWh of 14.7 kWh."),
    (comparison(), "The oven used more energy than the fridge yesterday: 4.20 kWh against 3.50 kWh, a difference of 700 Wh."),
    (sheet(Intent.COMPARE, OVEN, LIGHTS), "The lights are drawing more power than the oven right now: 500 W against 100 W, a difference of 400 W."),
    (sheet(Intent.POWER_FACTOR, OVEN, quantity=PF, statistic=MEAN, window=YESTERDAY), "The power factor of the oven was 0.90 yesterday."),
    (sheet(Intent.STATE, OVEN), "The state of the oven is \u201cstandby\u201d."),
    (sheet(Intent.ACTIVE), "4 devices are active right now: 冷蔵庫 (600 W), the lights (500 W), the TV lamp (400 W) and the fridge (200 W)."),
    (sheet(Intent.INVENTORY), "I have readings of 6 devices: the oven, the fridge, the TV, the TV lamp, the lights and 冷蔵庫."),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "text"), COMPOSED, ids=[text for _, text in COMPOSED])
def test_compose_each_kind_says_its_sentence(facts: object, text: str) -> None:
    assert compose_answer(facts) == text  # type: ignore[arg-type]


def test_compose_default_window_is_named() -> None:
    assert compose_answer(sheet(Intent.ENERGY, OVEN, quantity=ENERGY, statistic=SUM)) == (
        "The oven used 4.20 kWh in the last 24 hours."
    )


@pytest.mark.parametrize(
    ("refusal", "detail", "part"),
    [
        (Refusal.UNKNOWN_DEVICE, ("toaster",), "don't know a device called \u201ctoaster\u201d. I know the oven, the fridge"),
        (Refusal.AMBIGUOUS_DEVICE, ("TV", "TV lamp"), "Which one do you mean: the TV or the TV lamp?"),
        (Refusal.NOT_RECORDED, ("temperature", ""), "The readings hold no temperature"),
        (Refusal.EMPTY_WINDOW, ("Oven", "on Monday", "2026-03-02T19:00:00+00:00", NOW.isoformat()),
         "There are no readings of the oven on Monday. The first one came on 2 March at 20:00, the latest at 20:00."),
        (Refusal.STALE, ("Oven", "2026-03-08T19:00:00+00:00"), "The last one came on Sunday at 20:00"),
        (Refusal.FUTURE, (), "not about the future"),
        (Refusal.CONTROL, (), "can't switch"),
        (Refusal.OFF_TOPIC, (), "electrical data"),
        (Refusal.GIBBERISH, (), "did not understand"),
        (Refusal.NOT_YET, ("costs",), "can't answer questions about costs yet. I can tell you about power"),
        (Refusal.NO_DATA, (), "no readings yet"),
    ],
)  # fmt: skip
def test_compose_each_refusal_says_why(refusal: Refusal, detail: tuple[str, ...], part: str) -> None:
    assert part in compose_answer(sheet(Intent.DECLINED, refusal=refusal, detail=detail))


def test_compose_every_refusal_has_a_sentence() -> None:
    for refusal in Refusal:
        text = compose_answer(sheet(Intent.DECLINED, refusal=refusal))
        assert len(text) > 20
        assert text[0].isupper()
        assert text.endswith((".", "?"))


def test_build_prompt_holds_no_name_and_no_value_outside_its_slots() -> None:
    parts = build_prompt(energy(OVEN, text="How much did the oven use yesterday?"), ())
    assert parts.slots == ("the oven", "4.20 kWh", "yesterday")
    assert parts.facts == ((0, " has energy ", 1, " ", 2),)
    assert parts.question == ("How much did the ", 0, " use yesterday?")
    assert parts.task == "energy device"


def test_build_prompt_history_has_the_names_of_the_facts_in_slots() -> None:
    history = [Turn("user", "And the OVEN or the fridge?"), Turn("assistant", "The oven used 3 kWh.")]
    parts = build_prompt(comparison(), history)
    oven, fridge = parts.slots.index("the oven"), parts.slots.index("the fridge")
    assert parts.history[0].text == ("And ", oven, " or ", fridge, "?")
    assert parts.history[1].text == (oven, " used 3 kWh.")


def test_build_prompt_refusal_raises() -> None:
    with pytest.raises(ValueError, match="nothing to say"):
        build_prompt(sheet(Intent.DECLINED, refusal=Refusal.CONTROL), ())


def test_build_prompt_long_list_is_one_slot_that_counts_the_rest() -> None:
    inventory = sheet(Intent.INVENTORY)
    name = inventory.facts[1]
    more = tuple(replace(name, device=DeviceRef(100 + i, f"Plug {i}")) for i in range(20))
    facts = (replace(inventory.facts[0], value=26.0), *inventory.facts[1:], *more)
    many = replace(inventory, facts=facts, required=tuple(range(len(facts))))
    text = compose_answer(many)
    assert text.startswith("I have readings of 26 devices: the oven, ")
    assert text.endswith("Plug 5 and 14 more.")
    from api_service.assistant.verification.verify import verify

    assert verify(text, many).supported
    assert not verify(text.replace("14 more", "13 more"), many).supported
