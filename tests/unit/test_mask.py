"""A question's names, times and numbers become slots; every other word stays."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.device_index import index_of
from api_service.assistant.entities.entity import DeviceValue, GroupValue, NumberValue, TimeValue
from api_service.assistant.entities.mask import MAX_SLOTS, MaskedQuestion, mask
from api_service.assistant.types import DeviceRef, Moment

NOW = Moment(datetime(2026, 3, 12, 14, 37, tzinfo=UTC), ZoneInfo("Europe/Madrid"))
NAMES = (
    "Fridge", "Heat pump", "Washing machine", "Tumble dryer", "Living room TV", "EV charger", "Oven",
    "Kettle", "Desk 4", "Home office", "Bedroom AC", "Lights", "Pump 1", "Pump 2", "Total",
    "Heating", "冷蔵庫", "Sèche-linge",
)  # fmt: skip
KITCHEN = {"Fridge", "Oven", "Kettle"}
CATALOG = Catalog(
    tuple(
        CatalogDevice(
            DeviceRef(cluster, name),
            aliases=("plug_07_miele",) if name == "Oven" else (),
            groups=("Kitchen",) if name in KITCHEN else (),
        )
        for cluster, name in enumerate(NAMES, 1)
    ),
    states=("on", "off", "spin cycle", "standby"),
)


def masked(text: str, catalog: Catalog = CATALOG) -> MaskedQuestion:
    return mask(text, catalog, NOW)


def devices(text: str, catalog: Catalog = CATALOG) -> list[list[str]]:
    found = [e.value for e in masked(text, catalog).entities if isinstance(e.value, DeviceValue | GroupValue)]
    return [[device.name for device in value.devices] for value in found]


def only_device(text: str) -> tuple[DeviceValue, float]:
    (entity,) = [e for e in masked(text).entities if isinstance(e.value, DeviceValue)]
    assert isinstance(entity.value, DeviceValue)
    return entity.value, entity.certainty


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("How much energy did the oven use yesterday between 2 and 4 pm?",
         "how much energy did the device <extra_id_0> use time <extra_id_1>"),
        ("was the voltage ever below 210 V yesterday",
         "was the voltage ever below number <extra_id_0> time <extra_id_1>"),
        ("Top five by THD this week", "top number <extra_id_0> by thd time <extra_id_1>"),
        ("do we use more at night or on weekends", "do we use more hours <extra_id_0> or hours <extra_id_1>"),
        ("usage of the kitchen between 6 and 8 pm last month",
         "usage of the group <extra_id_0> hours <extra_id_1> time <extra_id_2>"),
        ("how long was the washer in spin cycle",
         "how long was the device <extra_id_0> in state <extra_id_1>"),
        ("what's the 95th percentile of the power now", "what's the 95th percentile of the power now"),
        ("half of what the heat pump used", "number <extra_id_0> of what the device <extra_id_1> used"),
        ("was the oven on yesterday", "was the device <extra_id_0> on time <extra_id_1>"),
        ("enregy of the wahsing machine yesterdya",
         "energy of the device <extra_id_0> time <extra_id_1>"),
        ("the second TV", "the second device <extra_id_0>"),
        ("yesterday's peak of the fridge's power", "time <extra_id_0> peak of the device <extra_id_1> power"),
        ("how much CO2 did we emit", "how much co2 did we emit"),
        ("since when is the oven on", "since when is the device <extra_id_0> on"),
        ("fridge 2 kW?", "device <extra_id_0> number <extra_id_1>"),
        ("thd > 8 %?", "thd above number <extra_id_0>"),
        ("when was voltage<=210 today", "when was voltage below number <extra_id_0> time <extra_id_1>"),
        ("devices ≥3kW", "devices above number <extra_id_0>"),
        ("a -> b <3", "a b below number <extra_id_0>"),
    ],
)  # fmt: skip
def test_mask_prompt_has_slots_with_kinds_and_every_other_word(text: str, prompt: str) -> None:
    assert masked(text).prompt == prompt


@pytest.mark.parametrize(
    "word", ["not", "but not", "except", "without", "excluding", "other than", "apart from"]
)
def test_mask_words_of_exclusion_stay_in_the_question(word: str) -> None:
    assert masked(f"how much did we use {word} the oven").prompt.endswith(
        f"use {word} the device <extra_id_0>"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the Oven", [["Oven"]]),
        ("all ovens", [["Oven"]]),
        ("the oven's power", [["Oven"]]),
        ("heat-pump and heatpump", [["Heat pump"], ["Heat pump"]]),
        ("my refridgerator", [["Fridge"]]),
        ("ovn power", [["Oven"]]),
        ("tmuble dryer", [["Tumble dryer"]]),
        ("the washer and the telly", [["Washing machine"], ["Living room TV"]]),
        ("wallbox", [["EV charger"]]),
        ("oven fridge kettle", [["Oven"], ["Fridge"], ["Kettle"]]),
        ("device 3", [["Washing machine"]]),
        ("cluster 3 and 4", [["Washing machine"], ["Tumble dryer"]]),
        ("desk 4", [["Desk 4"]]),
        ("desk-4", [["Desk 4"]]),
        ("was the lights this week", [["Lights"]]),
        ("pump two", [["Pump 2"]]),
        ("the kettle in the kitchen", [["Kettle"]]),
        ("heat pump at home", [["Heat pump"]]),
        ("the miele", [["Oven"]]),
        ("plug_07_miele", [["Oven"]]),
        ("the kitchen", [["Fridge", "Oven", "Kettle"]]),
        ("the kitchen fridge", [["Fridge"]]),
        ("pump 2", [["Pump 2"]]),
        ("冷蔵庫の電力", [["冷蔵庫"]]),
        ("seche linge", [["Sèche-linge"]]),
        ("how much did the Total use", [["Total"]]),
        ("how much did the heating use", [["Heating"]]),
    ],
)
def test_mask_device_is_found_however_it_is_written(text: str, found: list[list[str]]) -> None:
    assert devices(text) == found


@pytest.mark.parametrize(
    "text",
    ["what is the total power", "is anything heating up", "current power", "which device used the most",
     "the range of the voltage", "what is slurping the most", "how often did it leave the permitted band",
     "anything out of the ordinary", "since the accident", "¿Cuánto consumió la nevera ayer?"],
)  # fmt: skip
def test_mask_other_words_name_no_device(text: str) -> None:
    assert devices(text) == []


@pytest.mark.parametrize(
    ("text", "name", "similar"),
    [
        ("how much does the sauna use", "sauna", set()),
        ("power of the hair dryer", "hair dryer", set()),
        ("how much does the flux capacitor use", "flux capacitor", set()),
        ("gizmo's power", "gizmo", set()),
        ("device 99", "device 99", set()),
        ("what is the voltage of phase 1", "phase 1", set()),
        ("the 3d printer now", "3d printer", set()),
        ("pump 3 now", "pump 3", {"Pump 1", "Pump 2", "Heat pump"}),
        ("the kitchen TV", "kitchen TV", {"Living room TV"}),
        ("is the oven light on", "oven light", {"Oven"}),
        ("dishwaser yesterday", "dishwaser", set()),
    ],
)
def test_mask_name_that_nobody_has_is_unknown(text: str, name: str, similar: set[str]) -> None:
    value, _ = only_device(text)
    assert value.is_unknown
    assert value.name == name
    assert {device.name for device in value.similar} == similar


def test_mask_part_of_several_names_keeps_all_candidates() -> None:
    value, _ = only_device("how much does the pump use")
    assert value.is_ambiguous
    assert {device.name for device in value.devices} == {"Heat pump", "Pump 1", "Pump 2"}
    twins = Catalog((CatalogDevice(DeviceRef(1, "Fan")), CatalogDevice(DeviceRef(2, "Fan"))))
    assert devices("is the fan on", twins) == [["Fan", "Fan"]]


def test_mask_plural_of_several_devices_means_all_of_them() -> None:
    value, _ = only_device("how much do the pumps use")
    assert value.is_plural
    assert not value.is_ambiguous


@pytest.mark.parametrize(
    ("text", "qualifier"),
    [("the second TV", "second"), ("my neighbour's TV", "neighbour"), ("the old fridge", "old"),
     ("next door's kettle", "door")],
)  # fmt: skip
def test_mask_qualified_name_is_less_certain_and_its_qualifier_stays(text: str, qualifier: str) -> None:
    value, certainty = only_device(text)
    assert value.qualifier == qualifier
    assert certainty <= 0.5
    assert qualifier in masked(text).prompt


def test_mask_typo_is_less_certain_than_the_name() -> None:
    assert masked("the fridg").certainty < masked("the fridge").certainty == 1.0


def test_mask_names_with_signs_numbers_and_initials_are_found() -> None:
    names = (
        "plug-03",
        "Main meter",
        "Device 16",
        "Air handling unit",
        "Chiller #2",
        "TV (bedroom)",
        "Freezer in the shed",
    )
    catalog = Catalog(tuple(CatalogDevice(DeviceRef(number, name)) for number, name in enumerate(names, 1)))
    for text, name in [
        ("plug 3", "plug-03"), ("the main meter", "Main meter"), ("device 16", "Device 16"),
        ("ahu", "Air handling unit"), ("chiller 2", "Chiller #2"), ("the bedroom tv", "TV (bedroom)"),
        ("the tv in the bedroom", "TV (bedroom)"), ("the freezer in the shed", "Freezer in the shed"),
    ]:  # fmt: skip
        assert devices(text, catalog) == [[name]], text


def test_mask_renamed_device_keeps_its_imported_name() -> None:
    catalog = Catalog((CatalogDevice(DeviceRef(5, "heat PUMP"), aliases=("TV",)),))
    assert devices("how much did the tv use", catalog) == [["heat PUMP"]]


def test_mask_time_that_does_not_exist_is_a_slot_without_readings() -> None:
    (entity,) = masked("how much at 25:00 yesterday").entities
    assert entity.value == TimeValue(())


def test_mask_time_that_is_not_understood_is_told() -> None:
    found = masked("how much did we use at dawn")
    assert [found.text[start:end] for start, end in found.unread] == ["dawn"]


def test_mask_slot_that_a_user_types_is_no_slot() -> None:
    found = masked("<extra_id_7> how much")
    assert [word.text for word in found.words if word.slot is not None] == ["<extra_id_0>"]
    assert isinstance(found.entities[0].value, NumberValue)


def test_mask_foreign_words_are_not_mended_into_english() -> None:
    assert masked("¿Cuánto consumió la nevera ayer?").prompt == "cuanto consumio la nevera ayer"


def test_index_of_equal_catalogue_is_built_once() -> None:
    assert index_of(CATALOG) is index_of(Catalog(CATALOG.devices, CATALOG.states))


PIECES = (
    *NAMES, "the", "not", "oven's", "kitchen", "yesterday", "between", "2 and 4 pm", "on", "Monday", ",", "?",
    "2 kW", "half of", "third highest", "fridge 3", "cluster 9", "wahsing", "in March", "25:00", "twice", "é",
    "<extra_id_0>", "冷", "—", "1,5 kWh", "at night", "neighbour's", "ﬁ", "İ", "e\u0301",
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_mask_any_text_is_the_words_and_slots_it_was_made_of(text: str) -> None:
    found = masked(text)
    assert len(found.entities) <= MAX_SLOTS
    end = 0
    for number, entity in enumerate(found.entities):
        assert end <= entity.start < entity.end <= len(text)
        assert entity.text == text[entity.start : entity.end]
        assert 0 < entity.certainty <= 1
        end = entity.end
        assert [word.slot for word in found.words].count(number) == 1
    places = [(word.start, word.end) for word in found.words]
    assert places == sorted(places)
    covered = {at for start, end in (*places, *found.passed_over) for at in range(start, end)}
    left = "".join(character for at, character in enumerate(text) if at not in covered)
    assert not any(character.isalnum() for character in left.replace("'s", "").replace("’s", ""))


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_mask_is_deterministic(text: str) -> None:
    assert masked(text) == masked(text)
