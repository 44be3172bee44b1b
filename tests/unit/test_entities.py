"""Device names as people write them, in any script, with slips; and names that nobody has."""

import pytest

from api_service.assistant.entities.mentions.device_mentions import find_devices, find_unknown_devices
from api_service.assistant.types import DeviceRef
from tests.support.conversation import CATALOG

WORLD = tuple(
    DeviceRef(cluster, name)
    for cluster, name in enumerate(
        ("冷蔵庫", "Kühlschrank 2", "Стиральная машина", "Sèche-linge", "مكيف", "Miele W1", "AEG Lavatherm",
         "Heat pump 1", "Heat pump 2", "Access point 2", "Total", "Heating", "에어컨"), 1,
    )
)  # fmt: skip


def names(text: str, catalog: tuple[DeviceRef, ...] = CATALOG) -> list[str]:
    return [naming.devices[0].name for naming in find_devices(text, catalog).namings if not naming.ambiguous]


def candidates(text: str, catalog: tuple[DeviceRef, ...]) -> list[str]:
    return [device.name for n in find_devices(text, catalog).namings if n.ambiguous for device in n.devices]


def unknown_devices(text: str, catalog: tuple[DeviceRef, ...] = CATALOG) -> list[str]:
    line = find_devices(text, catalog).line
    return [
        " ".join(word.text for word in line.words[first:last])
        for first, last in find_unknown_devices(line, cautious=False)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the Oven", ["Oven"]),
        ("OVEN", ["Oven"]),
        ("the oven's power", ["Oven"]),
        ("all ovens", ["Oven"]),
        ("heatpump", ["Heat pump"]),
        ("heat-pump", ["Heat pump"]),
        ("the pump", ["Heat pump"]),
        ("washer", ["Washing machine"]),
        ("the laundry machine", ["Washing machine"]),
        ("refrigerator", ["Fridge"]),
        ("my refridgerator", ["Fridge"]),
        ("fridg", ["Fridge"]),
        ("wahsing machine", ["Washing machine"]),
        ("tmuble dryer", ["Tumble dryer"]),
        ("ovne", ["Oven"]),
        ("the dryer and the washer", ["Tumble dryer", "Washing machine"]),
        ("the telly", ["Living room TV"]),
        ("living room", ["Living room TV"]),
        ("wallbox", ["EV charger"]),
        ("air conditioning", ["Bedroom AC"]),
        ("device 3", ["Washing machine"]),
        ("cluster 3 and 4", ["Washing machine", "Tumble dryer"]),
        ("the big old fridge", ["Fridge"]),
        ("the garage fridge", ["Fridge"]),
        ("desk 4", ["Desk 4"]),
    ],
)
def test_find_devices_loose_names_are_found(text: str, found: list[str]) -> None:
    assert names(f"how much did {text} use") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("冷蔵庫の電力は?", ["冷蔵庫"]),
        ("kuhlschrank 2", ["Kühlschrank 2"]),
        ("KÜHLSCHRANK 2", ["Kühlschrank 2"]),
        ("стиральная машина сейчас", ["Стиральная машина"]),
        ("seche-linge", ["Sèche-linge"]),
        ("seche linge", ["Sèche-linge"]),
        ("مكيف now", ["مكيف"]),
        ("에어컨 power", ["에어컨"]),
        ("miele", ["Miele W1"]),
        ("lavatherm", ["AEG Lavatherm"]),
        ("heat pump 2", ["Heat pump 2"]),
    ],
)
def test_find_devices_any_script_is_found(text: str, found: list[str]) -> None:
    assert names(text, WORLD) == found


def test_find_devices_part_of_two_names_is_ambiguous() -> None:
    assert candidates("how much does the heat pump use", WORLD) == ["Heat pump 1", "Heat pump 2"]


def test_find_devices_two_devices_of_one_name_are_ambiguous() -> None:
    twins = (DeviceRef(1, "Fan"), DeviceRef(2, "Fan"))
    assert candidates("is the fan on", twins) == ["Fan", "Fan"]


@pytest.mark.parametrize(
    "text",
    ["what is the total power", "how much power in total now", "current power",
     "is anything heating up over time",
     "when was the peak", "which device used the most", "energy on the 2nd of march", "point 2 now"],
)  # fmt: skip
def test_find_devices_question_words_name_no_device(text: str) -> None:
    assert names(text, WORLD) == []


def test_find_devices_name_made_of_question_words_counts_where_it_is_written_like_one() -> None:
    assert names("How much did the Total use?", WORLD) == ["Total"]
    assert names('what did "total" use', WORLD) == ["Total"]
    assert names("how much did the heating use", WORLD) == ["Heating"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("how much does the sauna use", ["sauna"]),
        ("sauna power yesterday", ["sauna"]),
        ("is the hot tub on", ["hot tub"]),
        ("power of the hair dryer", ["hair dryer"]),
        ("did the robot vacuum use much", ["robot vacuum"]),
        ("how much does the oven light use", ["oven light"]),
        ("what is the energy of my pottery kiln", ["pottery kiln"]),
        ("water heater consumption", ["water heater"]),
        ("how much does the heating use", ["heating"]),
        ("how much power honestly are we using", []),
        ("what was the average power", []),
    ],
)
def test_find_strangers_names_that_nobody_has(text: str, found: list[str]) -> None:
    assert names(text) == []
    assert unknown_devices(text) == found


def test_find_devices_unknown_cluster_number_is_a_stranger() -> None:
    assert find_devices("power of device 42", CATALOG).unknown_devices == ("device 42",)


def test_find_devices_slips_lower_the_certainty() -> None:
    (exact,) = find_devices("the washing machine", CATALOG).namings
    (slipped,) = find_devices("the wahsing machine", CATALOG).namings
    (synonym,) = find_devices("the washer", CATALOG).namings
    assert exact.certainty == 1.0
    assert slipped.certainty < 1.0
    assert synonym.certainty < 1.0


def test_find_devices_place_is_that_of_the_original_text() -> None:
    text = "Wie viel braucht KÜHLSCHRANK 2 — jetzt?"
    (naming,) = find_devices(text, WORLD).namings
    assert text[naming.start : naming.end] == "KÜHLSCHRANK 2"


def test_find_devices_every_simulated_name_is_found_in_lower_case() -> None:
    from simulator.device_models import KINDS

    for kind in KINDS.values():
        for name in kind.names:
            assert names(f"how much power is the {name.lower()} using?", (DeviceRef(7, name),)) == [name]
