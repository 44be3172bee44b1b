"""What the payloads of each kind of meter mean, and what must not be taken for a reading."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api_service.mqtt.sources import load_sources
from api_service.mqtt.translate import Arrived, Translator

NOW_US = 1_773_050_400_000_000  # 2026-03-09 10:00 UTC, 11:00 in Madrid
NOW_S = 1_773_050_400


@pytest.fixture
def translator() -> Translator:
    return Translator(load_sources(None, ZoneInfo("Europe/Madrid")))


def readings(
    translator: Translator, topic: str, payload: Any, *, at_us: int = NOW_US, retained: bool = False
) -> dict[str, dict[str, Any]]:
    """Device to its fields and its time in seconds after "now"."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    # As if both connections of the bridge carried the topic: a message is taken from one of them.
    points = [
        point
        for may_have_waited in (True, False)
        for point in translator.points(Arrived(topic, text.encode(), at_us, retained, may_have_waited))
    ]
    found: dict[str, dict[str, Any]] = {}
    for point in points:
        assert point.stamp_us is not None
        assert point.tags["device"] not in found
        found[point.tags["device"]] = {**point.fields, "at": (point.stamp_us - NOW_US) / 1e6}
    return found


def test_tasmota_plug_tells_power_in_local_time(translator: Translator) -> None:
    payload = {
        "Time": "2026-03-09T10:59:30",
        "ENERGY": {
            "TotalStartTime": "2025-01-01T00:00:00",
            "Total": 1234.567,
            "Yesterday": 1.9,
            "Today": 0.8,
            "Period": 3,
            "Power": 93,
            "ApparentPower": 100,
            "ReactivePower": 36,
            "Factor": 0.93,
            "Voltage": 231,
            "Current": 0.433,
        },
    }

    assert readings(translator, "tele/fridge/SENSOR", payload) == {
        "fridge": {
            "power": 93.0,
            "apparent_power": 100.0,
            "reactive_power": 36.0,
            "power_factor": 0.93,
            "voltage": 231.0,
            "current": 0.433,
            "at": -30.0,
        }
    }


def test_tasmota_with_three_phases_is_three_devices(translator: Translator) -> None:
    payload = {
        "Time": "2026-03-09T11:00:00+01:00",
        "ENERGY": {"Power": [100, -20, 0], "Voltage": [230, 231, 0]},
    }

    assert readings(translator, "mains/tele/SENSOR", payload) == {
        "mains L1": {"power": 100.0, "voltage": 230.0, "at": 0.0},
        "mains L2": {"power": -20.0, "voltage": 231.0, "at": 0.0},
        "mains L3": {"power": 0.0, "voltage": 0.0, "at": 0.0},
    }


def test_tasmota_state_and_other_sensors(translator: Translator) -> None:
    state = {"Time": "2026-03-09T11:00:00", "Uptime": "0T01:00:00", "POWER": "ON", "Wifi": {"RSSI": 80}}
    climate = {"Time": "2026-03-09T11:00:00", "AM2301": {"Temperature": 21.5}}

    assert readings(translator, "tele/tv/STATE", state) == {"tv": {"state": "on", "at": 0.0}}
    assert readings(translator, "tele/tv/SENSOR", climate) == {}
    assert readings(translator, "tele/tv/LWT", "Online") == {}


def test_tasmota_whose_clock_was_never_set_is_passed_over(translator: Translator) -> None:
    payload = {"Time": "1970-01-01T00:00:12", "ENERGY": {"Power": 93}}

    assert readings(translator, "tele/fridge/SENSOR", payload) == {}
    assert translator.passed_over == {"tasmota: no time, or a clock that was never set": 1}


def test_shelly_of_the_first_generation_bursts_into_one_reading(translator: Translator) -> None:
    base = "shellies/shelly25-B9E1D7/relay/1"
    stamps = set()
    for after_ms, (name, text) in enumerate(
        [("power", "412.35"), ("pf", "-0.98"), ("voltage", "231.10"), ("energy", "5123"), ("total", "99.5")]
    ):
        found = readings(translator, f"{base}/{name}", text, at_us=NOW_US + 1000 * after_ms)
        stamps |= {fields.pop("at") for fields in found.values()}
    later = readings(translator, f"{base}/power", "400.0", at_us=NOW_US + 30_000_000)

    assert stamps == {0.0}
    assert later == {"shelly25-B9E1D7 2": {"power": 400.0, "at": 30.0}}


def test_shelly_of_the_first_generation_relay(translator: Translator) -> None:
    assert readings(translator, "shellies/plug/relay/0", "on") == {"plug": {"state": "on", "at": 0.0}}
    assert readings(translator, "shellies/plug/relay/0/power", "15.2") == {"plug": {"power": 15.2, "at": 0.0}}
    assert readings(translator, "shellies/plug/relay/0/energy", "15") == {}
    assert readings(translator, "shellies/plug/online", "true") == {}


def test_shelly_clamp_is_not_the_relay_in_the_same_case(translator: Translator) -> None:
    base = "shellies/shellyem-B9E1D7"
    first = readings(translator, f"{base}/emeter/0/power", "412.35")
    second = readings(translator, f"{base}/emeter/1/power", "0")
    relay = readings(translator, f"{base}/relay/0", "off")
    rpc = {"params": {"ts": NOW_S, "em1:0": {"act_power": 5.5}, "switch:0": {"output": False}}}

    assert [*first, *second, *relay] == [
        "shellyem-B9E1D7 clamp",
        "shellyem-B9E1D7 clamp 2",
        "shellyem-B9E1D7",
    ]
    assert readings(translator, "pro/events/rpc", rpc) == {
        "pro clamp": {"power": 5.5, "at": 0.0},
        "pro": {"state": "off", "at": 0.0},
    }
    assert readings(translator, "pro/status/em1:1", {"act_power": 6}) == {
        "pro clamp 2": {"power": 6.0, "at": 0.0}
    }


def test_shelly_notification_has_channels_and_its_own_time(translator: Translator) -> None:
    payload = {
        "src": "shellyplus2pm-a8032ab12345",
        "dst": "shellyplus2pm-a8032ab12345/events",
        "method": "NotifyStatus",
        "params": {
            "ts": NOW_S - 0.5,
            "switch:0": {
                "id": 0,
                "apower": 8.9,
                "aenergy": {"total": 6.5, "minute_ts": NOW_S},
                "output": True,
            },
            "switch:1": {"id": 1, "apower": 0, "temperature": {"tC": 41.2}},
        },
    }

    assert readings(translator, "shellyplus2pm-a8032ab12345/events/rpc", payload) == {
        "shellyplus2pm-a8032ab12345": {"power": 8.9, "state": "on", "at": -0.5},
        "shellyplus2pm-a8032ab12345 2": {"power": 0.0, "at": -0.5},
    }


def test_shelly_three_phase_meter_counts_no_power_twice(translator: Translator) -> None:
    status = {
        "id": 0,
        "a_current": 4.029, "a_voltage": 236.1, "a_act_power": 951.2, "a_aprt_power": 951.9, "a_pf": 1,
        "b_current": 4.027, "b_voltage": 236.2, "b_act_power": -951.1, "b_aprt_power": 951.8, "b_pf": -1,
        "c_current": None, "c_voltage": 236.4, "c_act_power": 0.0,
        "n_current": None, "total_current": 11.083, "total_act_power": 0.1, "total_aprt_power": 1903.7,
    }  # fmt: skip
    expected = {"L1": 951.2, "L2": -951.1, "L3": 0.0}

    for topic, payload in (
        ("shellypro3em-1/status/em:0", status),
        ("shellypro3em-1/events/rpc", {"method": "NotifyStatus", "params": {"ts": NOW_S, "em:0": status}}),
    ):
        found = readings(translator, topic, payload)
        assert {name: fields["power"] for name, fields in found.items()} == {
            f"shellypro3em-1 {phase}": power for phase, power in expected.items()
        }
        assert "current" not in found["shellypro3em-1 L3"]


@pytest.mark.parametrize("component", ["switch:0", "pm1:0"])
def test_shelly_status_of_a_component(translator: Translator, component: str) -> None:
    status = {"id": 0, "apower": 1500.5, "voltage": 229.8, "current": 6.53, "aenergy": {"total": 1.0}}

    assert readings(translator, f"home/boiler/status/{component}", status) == {}  # another form of prefix
    assert readings(translator, f"boiler/status/{component}", status) == {
        "boiler": {"power": 1500.5, "voltage": 229.8, "current": 6.53, "at": 0.0}
    }


def test_zigbee2mqtt_plug_but_no_battery_in_millivolts(translator: Translator) -> None:
    plug = {
        "current": 0.42,
        "energy": 12.3,
        "linkquality": 120,
        "power": "93.5",
        "state": "ON",
        "voltage": 231,
    }

    assert readings(translator, "zigbee2mqtt/kitchen/fridge", plug) == {
        "kitchen/fridge": {"power": 93.5, "current": 0.42, "voltage": 231.0, "state": "on", "at": 0.0}
    }
    assert readings(translator, "zigbee2mqtt/door", {"battery": 97, "contact": True, "voltage": 3025}) == {}
    assert readings(translator, "zigbee2mqtt/kitchen/fridge/set", {"state": "OFF"}) == {}
    assert readings(translator, "zigbee2mqtt/bridge/devices", [{"power": 5}]) == {}


@pytest.mark.parametrize("seen", [NOW_US // 1000 - 2000, "2026-03-09T09:59:58Z", "2026-03-09T10:59:58+01:00"])
def test_zigbee2mqtt_last_seen_in_each_of_its_forms(translator: Translator, seen: Any) -> None:
    found = readings(translator, "zigbee2mqtt/fridge", {"power": 90, "last_seen": seen}, retained=True)

    assert found == {"fridge": {"power": 90.0, "at": -2.0}}


def test_home_assistant_needs_the_unit(translator: Translator) -> None:
    base = "homeassistant/sensor/washing_machine"

    assert readings(translator, f"{base}_power/state", "0.4123") == {}
    for name, unit in (("power", "kW"), ("energy", "kWh"), ("voltage", "V"), ("temperature", "°C")):
        readings(translator, f"{base}_{name}/unit_of_measurement", json.dumps(unit), retained=True)

    power = readings(translator, f"{base}_power/state", "0.4123")
    assert power == {"washing machine": {"power": pytest.approx(412.3), "at": 0.0}}
    assert readings(translator, f"{base}_voltage/state", "231") == {
        "washing machine": {"voltage": 231, "at": 0}
    }
    assert readings(translator, f"{base}_energy/state", "12.5") == {}
    assert readings(translator, f"{base}_temperature/state", "40") == {}
    for text in ("unavailable", "unknown", "", "NaN"):
        assert readings(translator, f"{base}_power/state", text) == {}
    assert translator.passed_over["home assistant statestream: no reading in power"] == 4


@pytest.mark.parametrize(
    ("entity", "unit", "expected"),
    [
        ("ups_battery_voltage", "V", {}),
        ("oven_target_power", "W", {}),
        ("inverter_dc_power", "W", {}),
        ("fridge_power_max", "W", {}),
        ("powerwall_battery_power", "W", {"powerwall battery": {"power": 5.0, "at": 0.0}}),
        ("scooter_battery_charger_power", "W", {"scooter battery charger": {"power": 5.0, "at": 0.0}}),
        ("grid_export_power", "W", {"grid export": {"power": -5.0, "at": 0.0}}),
    ],
)
def test_home_assistant_entity_that_is_no_draw_from_the_grid(
    translator: Translator, entity: str, unit: str, expected: dict[str, Any]
) -> None:
    readings(translator, f"homeassistant/sensor/{entity}/unit_of_measurement", json.dumps(unit))

    assert readings(translator, f"homeassistant/sensor/{entity}/state", "5") == expected


def test_home_assistant_switch(translator: Translator) -> None:
    found = readings(translator, "homeassistant/switch/tv/state", "off")
    assert found == {"tv": {"state": "off", "at": 0.0}}
    for text in ("unavailable", "unknown", "None"):
        assert readings(translator, "homeassistant/switch/tv/state", text) == {}
    assert translator.passed_over == {"home assistant switches: no reading in state": 3}
    # A helper such as "guests are here" is no device.
    assert readings(translator, "homeassistant/input_boolean/guests/state", "on") == {}


def test_last_value_that_the_broker_keeps_is_no_reading_of_now(translator: Translator) -> None:
    assert readings(translator, "shellies/plug/relay/0/power", "15.2", retained=True) == {}
    assert translator.passed_over == {"shelly 1: a last value kept by the broker, without a time": 1}

    with_time = {"Time": "2026-03-01T11:00:00", "ENERGY": {"Power": 93}}
    kept = readings(translator, "tele/fridge/SENSOR", with_time, retained=True)
    assert kept == {"fridge": {"power": 93.0, "at": -8 * 86_400.0}}


def test_plain_json_by_name_with_units_as_text(translator: Translator) -> None:
    payload = {
        "power": "0.4 kW",
        "voltage": "231,5",
        "thd": 3,
        "state": "Heating",
        "fan power": 7,
        "energy": 12.5,
        "total": "12 kWh",
        "pf": "98 %",
        "note": "hello",
        "current": None,
        "frequency": float("nan"),
        "ok": True,
        "time": "2026-03-09T10:00:00Z",
    }

    assert readings(translator, "askwatt/oven", payload) == {
        "oven": {
            "power": 400.0,
            "voltage": 231.5,
            "thd": 3.0,
            "state": "heating",
            "power_factor": pytest.approx(0.98),
            "at": 0.0,
        },
        "oven fan": {"power": 7.0, "at": 0.0},
    }


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("power", "93.5", {"power": 93.5}),
        ("power_kw", "2", {"power": 2000.0}),
        ("power", "12 kWh", None),
        ("power", "1,234", None),
        ("power", "0,433", {"power": 0.433}),
        ("power", "-0,433 kW", {"power": -433.0}),
        ("power", "true", None),
        ("battery_voltage", "12", None),
        ("energy", "12", None),
        ("voltage", "0.23 kV", {"voltage": 230.0}),
    ],
)
def test_plain_value_by_the_topics_last_word(
    translator: Translator, name: str, text: str, expected: dict[str, float] | None
) -> None:
    found = readings(translator, f"askwatt/oven/{name}", text)
    assert found == ({} if expected is None else {"oven": {**expected, "at": 0.0}})


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"{", b"[1, 2", b"null", b"[" * 5000, b"1e999"])
def test_payload_that_is_none_gives_nothing(translator: Translator, payload: bytes) -> None:
    for topic in ("tele/a/SENSOR", "zigbee2mqtt/a", "askwatt/a", "askwatt/a/power", "a/events/rpc"):
        assert translator.points(Arrived(topic, payload, NOW_US)) == []


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("zigbee2mqtt/door", {"battery": 97, "voltage": 3025}, "zigbee2mqtt: no power in it"),
        (
            "tele/tv/SENSOR",
            {"Time": "2026-03-09T11:00:00", "AM2301": {}},
            "tasmota: nothing in it is a reading",
        ),
        ("shellies/a/emeter/0/total", "5", "shelly 1 clamps: nothing in it is a reading"),
        ("askwatt/oven", {"power": "12 kWh", "voltage": 230}, "plain: no reading in power"),
        ("askwatt/oven", {"power": 5, "watts": 6}, "plain: a second power"),
        ("a/status/wifi", {}, "no source has such a topic"),
    ],
)
def test_what_gives_no_reading_is_counted_once_with_its_reason(
    translator: Translator, topic: str, payload: Any, reason: str
) -> None:
    waited = not isinstance(payload, str) and "Time" in payload
    text = payload if isinstance(payload, str) else json.dumps(payload)
    translator.points(Arrived(topic, text.encode(), NOW_US, False, waited))

    assert translator.passed_over == {reason: 1}


def test_reasons_are_bounded_but_counted_on() -> None:
    translator = Translator(load_sources(None, ZoneInfo("UTC")))
    for number in [*range(300), 0]:
        translator.points(Arrived(f"askwatt/oven/x{number}", b"5", NOW_US))

    assert len(translator.passed_over) == 201
    assert translator.passed_over["plain values: no reading in x0"] == 2
    assert translator.passed_over["other reasons"] == 100


@pytest.mark.parametrize("has_time", [True, False])
def test_message_of_an_optional_time_is_taken_from_one_connection(
    translator: Translator, has_time: bool
) -> None:
    payload = b'{"power": 5, "time": "2026-03-09T10:00:00Z"}' if has_time else b'{"power": 5}'
    waited, passing = (
        translator.points(Arrived("askwatt/oven", payload, NOW_US, False, may_have_waited))
        for may_have_waited in (True, False)
    )

    assert (len(waited), len(passing)) == ((1, 0) if has_time else (0, 1))
    assert not translator.passed_over


def test_tasmota_with_the_offset_of_its_option_52_needs_no_zone(translator: Translator) -> None:
    payload = {"Time": "2026-03-09T04:00:00-06:00", "ENERGY": {"Power": 93}}

    assert readings(translator, "tele/fridge/SENSOR", payload) == {"fridge": {"power": 93.0, "at": 0.0}}


def test_clock_in_another_zone_is_noticed_after_some_messages(translator: Translator) -> None:
    payload = {"Time": "2026-03-09T10:00:02", "ENERGY": {"Power": 93}}  # UTC, taken for Madrid's
    for _ in range(4):
        readings(translator, "tele/fridge/SENSOR", payload)
    assert translator.clocks.take() == {}

    readings(translator, "tele/fridge/SENSOR", payload)

    assert translator.clocks.take() == {"fridge": -1.0}
