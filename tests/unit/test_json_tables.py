"""Documents of JSON as interfaces answer with them: several lists, columns, names around them."""

import json
from io import BytesIO
from typing import Any

import pytest

from api_service.ingest.formats.json_table import LARGEST_BYTES, write_json
from api_service.ingest.recognition.options import ReadOptions
from shared.errors import MalformedFile
from tests.support.file_reading import read_file

TIMES = [f"2025-03-03T10:{minute:02}:00Z" for minute in range(10)]
M = ReadOptions(device="M")


def pairs(watts: float | str) -> list[Any]:
    return [[time, watts] for time in TIMES]


def points(name: str, watts: float) -> list[dict[str, Any]]:
    return [{name: time, "value": watts} for time in TIMES]


def queried(columns: list[str], **tags: float) -> dict[str, Any]:
    series = [
        {"name": "power", "tags": {"device": name}, "columns": columns, "values": pairs(watts)}
        for name, watts in tags.items()
    ]
    return {"results": [{"statement_id": 0, "series": series}]}


A, B = pairs(100), pairs(5)
SEVERAL = {
    "lists inside of named objects": {
        "devices": [{"name": "a", "list": points("time", 100)}, {"name": "b", "list": points("time", 5)}],
        "unit": "W",
    },
    "lists under their names": {"generated": "2025-03-04T00:00:00Z", "unit": "W", "a": A, "b": B},
    "numbered objects": {"unit": "W", "result": [{"id": "a", "data": A}, {"id": "b", "data": B}]},
    "types": {"unit": "W", "meters": [{"type": "a", "values": A}, {"type": "b", "values": B}]},
    "series of a database": queried(["time", "value"], a=100, b=5),
    "a matrix of metrics": {
        "result": [
            {"metric": {"__name__": "power_watts", "instance": name}, "values": pairs(watts)}
            for name, watts in (("a", "100"), ("b", "5"))
        ]
    },
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_lists_of_a_document_are_all_read_and_apart(name: str) -> None:
    found = read_file(json.dumps(SEVERAL[name]))
    assert {device: found.mean_w(device) for device in found.values} == {"a": 100, "b": 5}
    assert found.moments["a"] == [time[:-1] for time in TIMES]


def test_lists_of_quantities_become_one_reading_of_each_moment() -> None:
    for document in (
        {"power": pairs(100), "voltage": pairs(230)},
        {"hourly": {"time": TIMES, "power": [100] * 10, "voltage": [230] * 10}},
    ):
        found = read_file(json.dumps(document), M)
        assert found.values["M"]["real_power_watt"] == [100] * 10
        assert found.values["M"]["voltage"] == [230] * 10


def test_what_only_the_first_item_of_a_list_says_is_true_of_all() -> None:
    states = [
        [{"entity_id": f"sensor.{name}_power", "state": watts, "last_changed": TIMES[0]}]
        + [{"state": watts, "last_changed": time} for time in TIMES[1:]]
        for name, watts in (("fridge", "100"), ("oven", "5"))
    ]
    found = read_file(json.dumps(states))
    assert (len(found.values), sorted(map(len, found.moments.values()))) == (2, [10, 10])


def test_hours_under_their_day_and_phases_in_a_list() -> None:
    hours = [{"time": f"{hour:02}:00", "kwh": 0.5} for hour in range(24)]
    found = read_file(
        json.dumps({"days": [{"date": f"2025-03-{day}", "hours": hours} for day in (13, 14)]}), M
    )
    assert (len(found.moments["M"]), found.mean_w("M")) == (48, 500)
    assert (
        read_file(json.dumps([{"ts": time, "power": [50, 40, 10]} for time in TIMES]), M).mean_w("M") == 100
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": [1, 2', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ('{"a": {"b": 1}}', "no list"),
    ],
)
def test_json_that_cannot_be_read_is_told(text: str, reason: str) -> None:
    with pytest.raises(MalformedFile, match=reason):
        read_file(text)


def test_json_beyond_what_memory_holds_is_told() -> None:
    with pytest.raises(MalformedFile, match="export it"):
        write_json(BytesIO(bytes(LARGEST_BYTES + 1)), BytesIO())
