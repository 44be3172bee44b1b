import pytest

from api_service.metering.devices.device_names import device_name, is_descriptive


def test_device_name_given_by_the_user_comes_first() -> None:
    assert device_name(3, "Big oven", "Oven", {"oven": 9}) == "Big oven"


def test_device_name_of_the_file_comes_second() -> None:
    assert device_name(3, None, "Oven", {"kettle": 9}) == "Oven"


def test_device_name_of_the_most_common_descriptive_state_comes_third() -> None:
    assert device_name(3, None, None, {"on": 900, "fridge": 20, "freezer": 30}) == "freezer"


def test_device_name_of_equally_common_states_is_the_alphabetically_first() -> None:
    assert device_name(3, None, None, {"kettle": 5, "heater": 5}) == "heater"


def test_device_name_without_anything_descriptive_is_its_number() -> None:
    assert device_name(3, None, None, {"on": 900, "off": 20, "": 4}) == "Device 3"


@pytest.mark.parametrize("state", ["Washing machine", "fridge on", "Kühlschrank", "冷蔵庫", "kettle_1"])
def test_is_descriptive_what_names_a_thing_is(state: str) -> None:
    assert is_descriptive(state)


@pytest.mark.parametrize("state", ["on", "OFF", "Stand-by", "power on", "state 2", "3", "", "heating", "A"])
def test_is_descriptive_how_it_stands_is_not(state: str) -> None:
    assert not is_descriptive(state)
