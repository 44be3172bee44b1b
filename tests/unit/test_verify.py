# ruff: noqa: E501 - a table of sentences reads best with one on a line
"""What the check lets pass and, above all, what it does not."""

import random
from dataclasses import replace

import pytest

from api_service.assistant.rendering.answer import compose_answer
from api_service.assistant.types import AnswerFacts, DeviceRef, Intent, Order, Refusal
from api_service.assistant.verification.verify import verify
from tests.support.sheets import (
    ENERGY,
    FRIDGE,
    LIGHTS,
    MAX,
    MEAN,
    MIN,
    OVEN,
    PF,
    REIZOKO,
    SUM,
    THD,
    TV,
    TV_LAMP,
    YESTERDAY,
    comparison,
    energy,
    ranking,
    sheet,
)
from training.examples import examples

SHEETS: dict[str, AnswerFacts] = {
    "energy": energy(OVEN),
    "site energy": energy(),
    "comparison": comparison(),
    "ranking": ranking(),
    "top 3": ranking(top=3),
    "bottom 2": ranking(top=2, order=Order.LEAST),
    "peak": sheet(Intent.PEAK, OVEN, statistic=MAX, window=YESTERDAY),
    "minimum": sheet(Intent.MINIMUM, OVEN, statistic=MIN, window=YESTERDAY),
    "averages": sheet(Intent.AVERAGE, OVEN, FRIDGE, statistic=MEAN, window=YESTERDAY),
    "thd": sheet(Intent.THD, OVEN, quantity=THD, statistic=MEAN, window=YESTERDAY),
    "power factor": sheet(Intent.POWER_FACTOR, OVEN, quantity=PF, statistic=MEAN, window=YESTERDAY),
    "share": sheet(Intent.SHARE, OVEN, quantity=ENERGY, statistic=SUM, window=YESTERDAY),
    "power now": sheet(Intent.POWER_NOW, OVEN),
    "lamp now": sheet(Intent.POWER_NOW, TV_LAMP),
    "stale now": sheet(Intent.POWER_NOW, TV),
    "site now": sheet(Intent.POWER_NOW),
    "state": sheet(Intent.STATE, OVEN),
    "lights": sheet(Intent.STATE, LIGHTS),
    "reizoko": energy(REIZOKO),
    "active": sheet(Intent.ACTIVE),
    "inventory": sheet(Intent.INVENTORY),
}

TRUE = [
    ("energy", "The oven used 4.20 kWh yesterday."),
    ("energy", "Yesterday the Oven used 4,200 Wh."),
    ("energy", "About 4 kWh of energy were used by the oven yesterday."),
    ("energy", "Yesterday the oven's energy was 4.20 kWh."),
    ("site energy", "All devices together used 14.7 kWh yesterday."),
    ("site energy", "6 devices used 14.7 kWh in total yesterday."),
    ("comparison", "The oven used more than the fridge yesterday: 4.20 kWh against 3.50 kWh."),
    ("comparison", "The fridge used less energy than the oven yesterday: 3.50 kWh against 4.20 kWh."),
    ("comparison", "The oven used 700 Wh more than the fridge yesterday: 4.20 kWh against 3.50 kWh."),
    ("comparison", "Energy yesterday: the oven 4.20 kWh, the fridge 3.50 kWh, a difference of 700 Wh."),
    ("comparison", "The oven used more than the fridge yesterday, 4.20 kWh against 3.50 kWh: 1.2 times as much."),
    ("ranking", "The oven used the most energy yesterday: 4.20 kWh, 29 % of the total."),
    ("top 3", "The top 3 devices yesterday: the oven (4.20 kWh), the fridge (3.50 kWh) and the TV (2.80 kWh)."),
    ("bottom 2", "The devices with the least energy yesterday: 冷蔵庫 (700 Wh) and the lights (1.40 kWh)."),
    ("peak", "The power of the oven peaked at 2.40 kW yesterday, at 18:30."),
    ("peak", "At 18:30 yesterday the oven hit a peak of 2400 W."),
    ("minimum", "The lowest power of the oven yesterday was 1.5 W at 04:00."),
    ("averages", "On average the oven drew 300 W and the fridge 600 W yesterday."),
    ("thd", "The average THD of the oven was 4.0 % yesterday, with a highest reading of 12 %."),
    ("power factor", "The power factor of the oven was 0.90 yesterday."),
    ("share", "The oven used 29 % of the total energy yesterday: 4.20 kWh of 14.7 kWh."),
    ("power now", "The oven is drawing 100 W right now."),
    ("lamp now", "The TV lamp is drawing 400 W right now."),
    ("stale now", "The TV is drawing 300 W (last reading at 19:55)."),
    ("site now", "All devices together are drawing 2.10 kW right now, and 冷蔵庫 draws the most at 600 W."),
    ("state", "The oven is standby."),
    ("state", "The state of the oven is “standby”."),
    ("lights", "The lights are on."),
    ("reizoko", "冷蔵庫 used 700 Wh yesterday."),
    ("active", "4 devices are active right now: 冷蔵庫 (600 W), the lights (500 W), the TV lamp (400 W) and the fridge (200 W)."),
    ("inventory", "I know 6 devices: the oven, the fridge, the TV, the TV lamp, the lights and 冷蔵庫."),
]  # fmt: skip

FALSE = [
    ("energy", "The fridge used 4.20 kWh yesterday.", "the wrong device"),
    ("energy", "The oven used 4.20 kW yesterday.", "power for energy"),
    ("energy", "The oven used 4.30 kWh yesterday.", "the wrong number"),
    ("energy", "The oven used 4.21 kWh yesterday.", "rounded wrong"),
    ("minimum", "Lowest THD of the oven yesterday: 1.5 W at 04:00.", "watts as a THD"),
    ("averages", "The average voltage of the oven was 300 W and of the fridge 600 W yesterday.", "watts as volts"),
    ("energy", "The oven used 42 kWh yesterday.", "a slipped point"),
    ("energy", "The oven used -4.20 kWh yesterday.", "a sign"),
    ("energy", "The oven used 4.20 MWh yesterday.", "a prefix"),
    ("energy", "The oven used 4.20.1 kWh yesterday.", "no number"),
    ("energy", "The oven used 4.20 kWh today.", "another day"),
    ("energy", "The oven used 4.20 kWh.", "the span left out"),
    ("energy", "The oven used 4.20 kWh in the last 24 hours.", "another span"),
    ("energy", "The oven used 4.20 kWh right now.", "now instead of yesterday"),
    ("energy", "The oven used 4.20 kWh on average yesterday.", "a mean of a sum"),
    ("energy", "The oven used 4.20 kWh yesterday at 18:30.", "a time that no fact has"),
    ("energy", "The oven used 4.20 kWh yesterday, twice as much as before.", "a number word"),
    ("energy", "The oven used half of its 4.20 kWh yesterday.", "a number word"),
    ("energy", "The oven did not use 4.20 kWh yesterday.", "a negation"),
    ("energy", "The oven used the most energy yesterday: 4.20 kWh.", "a rank that no fact has"),
    ("energy", "The oven used more than the fridge yesterday: 4.20 kWh.", "a comparison that no fact has"),
    ("energy", "The oven used at least 4.20 kWh yesterday.", "a bound"),
    ("energy", "The oven used more than 4.20 kWh yesterday.", "a bound"),
    ("energy", "The oven used 4.20 kWh yesterday because the door was open.", "a reason"),
    ("energy", "The oven and the toaster used 4.20 kWh yesterday.", "a device that nobody knows"),
    ("energy", "The oven and the fridge used 4.20 kWh yesterday.", "a device without a fact"),
    ("energy", "The oven used 4.20 kWh yesterday. The fridge used 3.50 kWh yesterday.", "outside the facts"),
    ("energy", "All devices used 4.20 kWh yesterday.", "the site instead of the device"),
    ("energy", "4.20 kWh yesterday, 4.20 kWh for the oven.", "said twice"),
    ("energy", "The oven used 4.20 kWh yesterday, 4.2 % of the total.", "the number with another unit"),
    ("energy", "The oven used energy yesterday.", "nothing said"),
    ("energy", "", "nothing at all"),
    ("energy", "4.20", "a bare number"),
    ("energy", "The oven used … kWh yesterday.", "an empty slot"),
    ("energy", "The oven used <extra_id_1> yesterday.", "an open slot"),
    ("site energy", "The toaster used 14.7 kWh yesterday.", "the site's total for an unknown device"),
    ("site energy", "The oven used 14.7 kWh yesterday.", "the site's total for one device"),
    ("site energy", "5 devices used 14.7 kWh in total yesterday.", "the wrong count"),
    ("comparison", "The fridge used more than the oven yesterday: 3.50 kWh against 4.20 kWh.", "the wrong way round"),
    ("comparison", "The fridge used more than the oven yesterday: 4.20 kWh against 3.50 kWh.", "devices swapped"),
    ("comparison", "The oven used less than the fridge yesterday: 4.20 kWh against 3.50 kWh.", "less for more"),
    ("comparison", "The oven used more than the fridge yesterday: 3.50 kWh against 4.20 kWh.", "numbers swapped"),
    ("comparison", "The oven used more than the TV yesterday: 4.20 kWh against 3.50 kWh.", "another device"),
    ("comparison", "The oven and the fridge used the same energy yesterday: 4.20 kWh.", "not the same"),
    ("comparison", "The oven used 1.9 times as much as the fridge yesterday: 4.20 kWh against 3.50 kWh.", "a ratio"),
    ("comparison", "Energy yesterday: the oven 4.20 kWh, the fridge 3.50 kWh.", "the difference left out"),
    ("comparison", "Energy yesterday: the oven 4.20 kWh, the fridge 3.50 kWh, a difference of 800 Wh.", "a difference"),
    ("ranking", "The oven used the least energy yesterday: 4.20 kWh.", "least for most"),
    ("ranking", "The fridge used the most energy yesterday: 4.20 kWh.", "the wrong device"),
    ("ranking", "The fridge used the most energy yesterday: 3.50 kWh.", "the second as the first"),
    ("ranking", "The fridge used the most energy yesterday: the oven 4.20 kWh.", "two subjects"),
    ("ranking", "The oven used the most energy yesterday: 14.7 kWh.", "the total for the first"),
    ("ranking", "The oven used the most energy yesterday: 4.20 kWh, 39 % of the total.", "a wrong share"),
    ("top 3", "The top 3 devices yesterday: the fridge (3.50 kWh), the oven (4.20 kWh) and the TV (2.80 kWh).", "order"),
    ("top 3", "The top 3 devices yesterday: the oven (3.50 kWh), the fridge (4.20 kWh) and the TV (2.80 kWh).", "swapped"),
    ("top 3", "The top 2 devices yesterday: the oven (4.20 kWh) and the fridge (3.50 kWh).", "one left out"),
    ("peak", "The power of the oven peaked at 2.40 kW yesterday.", "the time left out"),
    ("peak", "The power of the oven peaked at 2.40 kW yesterday, at 17:30.", "another time"),
    ("peak", "The power of the oven peaked at 1.5 W yesterday, at 18:30.", "the minimum for the maximum"),
    ("peak", "The lowest power of the oven yesterday was 2.40 kW, at 18:30.", "lowest for highest"),
    ("peak", "The oven drew 2.40 kW on average yesterday, at 18:30.", "a mean for a maximum"),
    ("minimum", "The power of the oven peaked at 1.5 W yesterday, at 04:00.", "peak for minimum"),
    ("averages", "On average the oven drew 600 W and the fridge 300 W yesterday.", "devices swapped"),
    ("averages", "The oven and the fridge drew 300 W on average yesterday.", "one number for two"),
    ("averages", "The oven drew 300 W and the fridge 600 W yesterday.", "a mean not called one"),
    ("thd", "The average THD of the oven was 12 % yesterday.", "the highest for the mean"),
    ("thd", "The THD of the oven peaked at 4.0 % yesterday.", "peak for mean"),
    ("thd", "The oven used 4.0 % of the total yesterday.", "THD as a share"),
    ("power factor", "The average of the oven was 0.90 yesterday.", "a number without its noun"),
    ("share", "The oven used 29 % yesterday.", "a share of nothing"),
    ("share", "The oven had a THD of 29 % yesterday.", "a share as THD"),
    ("share", "The oven used 29 % of the total yesterday: 14.7 kWh of 4.20 kWh.", "part and whole swapped"),
    ("power now", "The oven is drawing 100 W yesterday.", "a span for now"),
    ("power now", "The oven drew 100 W on average.", "a mean of one reading"),
    ("power now", "The oven is drawing 100 V right now.", "another unit"),
    ("power now", "The oven peaked at 100 W right now.", "a peak of one reading"),
    ("lamp now", "The TV is drawing 400 W right now.", "a name inside a name"),
    ("stale now", "The TV lamp is drawing 300 W (last reading at 19:55).", "a name around a name"),
    ("stale now", "The TV is drawing 300 W (last reading at 19:59).", "another time"),
    ("site now", "The toaster is drawing 2.10 kW right now.", "an unknown device"),
    ("site now", "All devices together are drawing 2.10 kW right now; the oven draws the most (100 W).", "not the most"),
    ("state", "The oven is on.", "another state"),
    ("state", "The oven is off.", "a state that no fact has"),
    ("state", "The state of the fridge is “standby”.", "another device"),
    ("state", "The oven is active.", "a judgement that no fact has"),
    ("reizoko", "冷蔵 used 700 Wh yesterday.", "a name cut short"),
    ("active", "3 devices are active right now: 冷蔵庫 (600 W), the lights (500 W) and the TV lamp (400 W).", "one left out"),
    ("active", "4 devices are active right now: 冷蔵庫, the lights, the TV lamp and the fridge.", "values left out"),
    ("inventory", "I know 6 devices: the oven, the fridge, the TV, the TV lamp and the lights.", "one left out"),
    ("inventory", "I know 5 devices: the oven, the fridge, the TV, the TV lamp, the lights and 冷蔵庫.", "the wrong count"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), TRUE)
def test_verify_true_answer_is_supported(name: str, text: str) -> None:
    verdict = verify(text, SHEETS[name])
    assert verdict.supported, verdict.problems


@pytest.mark.parametrize(("name", "text", "why"), FALSE)
def test_verify_false_answer_is_refused(name: str, text: str, why: str) -> None:
    verdict = verify(text, SHEETS[name])
    assert not verdict.supported, why
    assert verdict.problems


@pytest.mark.parametrize("name", SHEETS)
def test_verify_composed_answer_is_supported(name: str) -> None:
    verdict = verify(compose_answer(SHEETS[name]), SHEETS[name])
    assert verdict.supported, verdict.problems


def test_verify_number_of_the_question_is_not_a_fact() -> None:
    asked = energy(OVEN, text="did the oven use more than 5 kWh yesterday?")
    assert not verify("The oven used 5 kWh yesterday.", asked).supported


def test_verify_devices_are_those_spoken_of_in_order() -> None:
    text = "The fridge used less energy than the oven yesterday: 3.50 kWh against 4.20 kWh."
    assert verify(text, SHEETS["comparison"]).devices == (FRIDGE, OVEN)
    assert verify(compose_answer(SHEETS["site energy"]), SHEETS["site energy"]).devices == ()


def test_verify_facts_are_those_used() -> None:
    named = SHEETS["ranking"]
    used = verify("The oven used the most energy yesterday: 4.20 kWh.", named).facts
    assert [named.facts[index].value for index in used] == [4200.0]


def test_verify_pronoun_stands_for_the_only_device_of_the_last_sentence() -> None:
    text = "The oven had an average THD of 4.0 % yesterday. Its highest THD was 12 %."
    assert verify(text, SHEETS["thd"]).supported


def test_verify_two_devices_of_one_name_need_their_cluster() -> None:
    facts = SHEETS["energy"]
    twin = DeviceRef(9, "oven")
    ambiguous = replace(facts, known_devices=(*facts.known_devices, twin))
    assert not verify("The oven used 4.20 kWh yesterday.", ambiguous).supported
    assert verify("The oven (cluster 1) used 4.20 kWh yesterday.", ambiguous).supported
    assert compose_answer(ambiguous) == "The oven (cluster 1) used 4.20 kWh yesterday."


@pytest.mark.parametrize("name", ["Total", "Power", "All devices", "The load", "230", "now", "on", "A"])
def test_verify_a_name_like_the_words_around_it_stays_a_name(name: str) -> None:
    facts = SHEETS["share"]
    odd = DeviceRef(OVEN.cluster, name)
    renamed = replace(
        facts,
        facts=tuple(replace(f, device=odd if f.device == OVEN else f.device) for f in facts.facts),
        known_devices=(odd, *facts.known_devices[1:]),
        question=replace(facts.question, devices=(odd,)),
    )
    verdict = verify(compose_answer(renamed), renamed)
    assert verdict.supported, (compose_answer(renamed), verdict.problems)
    assert verdict.devices == (odd,)


def test_verify_thin_data_remark_is_checked() -> None:
    thin = energy(OVEN, coverage=0.4)
    assert compose_answer(thin) == "The oven used 4.20 kWh yesterday (the readings cover 40 % of that time)."
    assert verify(compose_answer(thin), thin).supported
    assert not verify(
        "The oven used 4.20 kWh yesterday (the readings cover 90 % of that time).", thin
    ).supported


def test_verify_refusal_passes_only_as_composed() -> None:
    refused = sheet(Intent.DECLINED, refusal=Refusal.OFF_TOPIC)
    assert verify(compose_answer(refused), refused).supported
    assert not verify("The oven used 4.20 kWh yesterday.", refused).supported
    assert verify(compose_answer(refused), refused).devices == ()


def test_verify_a_wrong_slot_never_passes_as_another_value() -> None:
    """Of every taught answer each slot is swapped for each other one; what passes must be true as it stands.

    True as it stands can only be a swap that says the same thing in other words, or drops a remark: then the
    answer still holds every required value in its place.
    """
    from inference_worker.prompt import fill

    rng = random.Random(5)
    passed, tried = [], 0
    for example in examples(400, 41, held_out=True):
        slots = example.parts.slots
        places = [place for place, piece in enumerate(example.target) if isinstance(piece, int)]
        place = rng.choice(places)
        for other, text in enumerate(slots):
            if text == slots[int(example.target[place])]:
                continue
            pieces = list(example.target)
            pieces[place] = other
            tried += 1
            if verify(fill(tuple(pieces), slots), example.sheet).supported:
                passed.append((slots[int(example.target[place])], text))
    assert tried > 800
    # 30 of 15,235 passed when this was written: remarks in brackets swapped for other true ones
    assert all(old.startswith("the readings cover") or old.startswith("at ") for old, _ in passed), passed
