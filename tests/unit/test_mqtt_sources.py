"""Sources in TOML: a contributor's own, their places, and faults that are named."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api_service.mqtt.sources import BadSources, load_sources
from api_service.mqtt.topics import TopicPattern
from api_service.mqtt.translate import Arrived, Translator

UTC = ZoneInfo("UTC")
AT_US = 1_773_050_400_000_000

OWN = """
[[source]]
name = "victron"
topics = ["N/{site}/{kind}/{channel}/Ac/{quantity}"]
device = "{kind} {channel}"
[source.values]
Power = "power[kW]"
Voltage = "voltage[V]"

[[source]]
name = "deep"
topics = ["meters/{device}"]
time = "meta.at"
timezone = "America/New_York"
[source.values]
"data.P" = "power[kW]"
"data.I" = "current[mA] L2"

[[source]]
name = "tasmota"
is_enabled = false

[names]
"grid 31" = "House"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return path


def test_own_source_needs_no_code(own: Path) -> None:
    translator = Translator(load_sources(own, UTC))

    (power,) = translator.points(Arrived("N/c0ffee/grid/30/Ac/Power", b"1.5", AT_US))
    first, second = translator.points(
        Arrived(
            "meters/pv",
            b'{"meta": {"at": "2026-03-09T06:00:00"}, "data": {"P": "2", "I": 1500}}',
            AT_US,
            False,
            True,
        )
    )

    assert (power.tags["device"], power.fields, power.stamp_us) == ("House", {"power": 1500.0}, AT_US)
    assert (first.tags["device"], first.fields, first.stamp_us) == ("pv", {"power": 2000.0}, AT_US)
    assert (second.tags["device"], second.fields) == ("pv L2", {"current": 1.5})


def test_own_source_takes_the_place_of_one_that_comes_along(own: Path) -> None:
    names = [source.name for source in load_sources(own, UTC).sources]

    assert "tasmota" not in names
    assert {"tasmota state", "victron", "deep"} <= set(names)


def test_only_messages_with_a_time_of_their_own_may_wait(own: Path) -> None:
    sources = load_sources(own, UTC).sources
    waiting = {source.name for source in sources if source.may_wait}
    of_arrival = {source.name for source in sources if source.is_of_its_arrival}

    assert waiting - of_arrival == {"deep", "shelly rpc", "shelly rpc clamps", "tasmota state"}
    assert waiting & of_arrival == {"plain", "zigbee2mqtt"}


def test_table_of_the_documentation_says_whose_messages_may_wait() -> None:
    page = (Path(__file__).parents[2] / "docs/live.md").read_text(encoding="utf-8")
    table = [cells for line in page.splitlines() if len(cells := line.split(" | ")) == 4]
    for source in load_sources(None, UTC).sources:
        expected = f"`{source.time}`" if source.time else "arrival"
        expected += ", else arrival" if source.time and source.is_of_its_arrival else ""
        told = {cells[2].split(" (")[0] for cells in table if f"`{source.subscriptions[0]}`" in cells[1]}
        assert told == {expected}, source.name


def test_example_of_the_documentation_is_understood(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/live.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(\[\[source\]\].*?)```", page, re.DOTALL)
    path = tmp_path / "own.toml"
    path.write_text(example)
    translator = Translator(load_sources(path, UTC))
    payload = b'{"P": 3, "I": [500, 600], "mode": "DHW", "meta": {"at": "2026-03-09T11:00:00"}}'

    whole, phase = translator.points(Arrived("plant/Heat/data", payload, AT_US, may_have_waited=True))

    assert (whole.tags["device"], whole.fields) == ("Heat", {"power": 3000.0, "state": "dhw"})
    assert (phase.tags["device"], phase.fields) == ("Heat L1", {"current": 0.5})
    assert whole.stamp_us == AT_US
    assert translator.points(Arrived("plant/Heat/data", b'{"I": [500]}', AT_US, may_have_waited=True)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[source", "is not TOML"),
        ("sources = 1", "sources: Extra inputs"),
        ('[[source]]\nname = "a"\ntopics = ["a/#"]\nvalues = {"" = "state"}', "'a/#' is no topic"),
        ('[[source]]\nname = "a"\ntopics = ["{x...}/b"]\nvalues = {"" = "state"}', "stands at the end"),
        ('[[source]]\nname = "a"\ntopics = ["{x}/b"]\nvalues = {"" = "state"}', "'{device}' names places"),
        (
            '[[source]]\nname = "a"\ntopics = ["{device}"]\nvalues = {"" = "power[V]"}',
            "V is no unit of power",
        ),
        (
            '[[source]]\nname = "a"\ntopics = ["{device}"]\nvalues = {"" = "power[kWh]"}',
            "kWh is no unit of power",
        ),
        ('[[source]]\nname = "a"', "'a' needs topics and values"),
        ('[[source]]\nname = "shely"\nis_enabled = false', "there is no source 'shely' to disable: tasmota,"),
        ('[[source]]\nname = "a"\ntopics = ["{device}"]\nvalues = {"" = "warmth"}', "warmth is no quantity"),
        ('[[source]]\nname = "a"\ntopics = ["{device}"]\nvalues = {"" = "?"}', "is no value"),
        (
            '[[source]]\nname = "a"\ntopics = ["{device}"]\ntimezone = "Mars/Ares"\nvalues = {"" = "state"}',
            "Mars/Ares",
        ),
    ],
)
def test_fault_of_a_file_is_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)

    with pytest.raises(BadSources) as found:
        load_sources(path, UTC)

    assert fault in str(found.value)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSources, match="cannot be read"):
        load_sources(tmp_path / "none.toml", UTC)


@pytest.mark.parametrize(
    ("pattern", "subscription", "topic", "places"),
    [
        ("tele/{device}/SENSOR", "tele/+/SENSOR", "tele/a b/SENSOR", {"device": "a b"}),
        ("{device}/status/em:{channel}", "+/status/+", "x/status/em:0", {"device": "x", "channel": "0"}),
        ("{device}/status/em:{channel}", "+/status/+", "x/status/em1:0", None),
        ("z/{device...}", "z/#", "z/a/b", {"device": "a/b"}),
        ("z/{device}", "z/+", "z/a/b", None),
        ("a.b/{device}", "a.b/+", "axb/c", None),
    ],
)
def test_topic_pattern(pattern: str, subscription: str, topic: str, places: dict[str, str] | None) -> None:
    assert TopicPattern(pattern).subscription == subscription
    assert TopicPattern(pattern).places_in(topic) == places
