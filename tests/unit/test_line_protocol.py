"""Lines of Influx line protocol: the grammar with its escapes, and what the fields of each client mean."""

import pytest

from api_service.ingest.line_protocol import meaning, points
from api_service.ingest.line_protocol.meaning import rows_of
from api_service.ingest.line_protocol.points import Point, RejectedLine, read_points

NOW_US = 1_773_050_400_000_000


def point(line: str, precision: str = "ns") -> Point:
    (found,) = read_points(line.encode(), precision)
    assert isinstance(found, Point), found
    return found


def readings(text: str) -> dict[str, dict[str, float | str]]:
    """Device to what its readings hold."""
    found = rows_of(read_points(text.encode(), "ns"), NOW_US)
    rows = found.rows
    result: dict[str, dict[str, float | str]] = {}
    for place, cluster in enumerate(rows.cluster):
        of_device = result.setdefault(found.names[int(cluster)], {})
        of_device |= {
            name: float(column[place])
            for name, column in rows.values.items()
            if column[place] == column[place]
        }
        if rows.device_state[place] is not None:
            of_device["state"] = rows.device_state[place]
    return result


def test_names_tags_fields_and_time_with_their_escapes() -> None:
    found = point(
        r'living\ room,device=TV\,\ big,a\=b=c power=1.5e2,on=t,text="a \"b\", c=d",n=7i 1773050400000001000'
    )

    assert found.measurement == "living room"
    assert found.tags == {"device": "TV, big", "a=b": "c"}
    assert found.fields == {"power": 150.0, "on": True, "text": 'a "b", c=d', "n": 7.0}
    assert found.stamp_us == NOW_US + 1


@pytest.mark.parametrize(
    ("precision", "stamp", "microseconds"),
    [
        ("ns", 1_773_050_400_123_456_500, NOW_US + 123_457),
        ("us", NOW_US + 1, NOW_US + 1),
        ("u", NOW_US, NOW_US),
        ("ms", 1_773_050_400_012, NOW_US + 12_000),
        ("s", 1_773_050_400, NOW_US),
    ],
)
def test_time_in_each_precision(precision: str, stamp: int, microseconds: int) -> None:
    assert point(f"m p=1 {stamp}", precision).stamp_us == microseconds


@pytest.mark.parametrize(
    "line",
    [
        "m p=1 1773050400",
        "m p=1 99999999999999999999",
        "m p=1 -1",
        "power",
        "m",
        "m,a p=1",
        "m p=",
        "m p=1,",
        "m p=1 then",
        "m p=0x1f",
        'm p="open',
        "m p=NaN 1",
        ",a=b p=1",
    ],
)
def test_line_that_is_none_is_named(line: str) -> None:
    (found,) = read_points(f"\n{line}".encode(), "ns")

    assert isinstance(found, RejectedLine)
    assert found.line == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m,device=Oven power=2,current=9", {"Oven": {"real_power_watt": 2, "current": 9}}),
        ("m,device=A kw=2,kvar=1", {"A": {"real_power_watt": 2000, "reactive_power": 1}}),
        ("kW,entity_id=sensor.oven_power value=2.1", {"oven": {"real_power_watt": 2100}}),
        ("W,friendly_name=Oven\\ Power value=5", {"Oven": {"real_power_watt": 5}}),
        ("%,entity_id=oven_power_factor value=97", {"oven": {"power_factor": pytest.approx(0.97)}}),
        ("Watts,ct=heat_pump value=1500", {"heat_pump": {"real_power_watt": 1500}}),
        ("power,site=barn value=3", {"barn": {"real_power_watt": 3}}),
        ("voltage value=231", {"Meter": {"voltage": 231}}),
        ("pump frequency=50", {"pump": {"frequency": 50}}),
        ('m,device=TV state="standby",power=3', {"TV": {"state": "standby", "real_power_watt": 3}}),
        ("switch.tv,domain=switch,entity_id=tv value=0", {"tv": {"state": "off"}}),
        ("m,device=x temperature=21,usage_idle=3,note=\"hi\"", {}),
    ],
)  # fmt: skip
def test_meaning_of_what_clients_send(text: str, expected: dict[str, dict[str, float | str]]) -> None:
    assert readings(text) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # Telegraf: modbus, a Tasmota plug by mqtt_consumer with json, a UPS, the state of its own host.
        (
            "modbus,host=3f2a9c,name=mains,slave_id=1,type=input_register voltage_l1=231.2,power_l1=1520i,"
            "power_factor_l1=0.98,import_energy_total=123.4 1773050400000000000",
            {"mains L1": {"voltage": 231.2, "real_power_watt": 1520.0, "power_factor": 0.98}},
        ),
        (
            "mqtt_consumer,host=pi,topic=tele/fridge/SENSOR ENERGY_Power=93,ENERGY_Voltage=231,"
            'ENERGY_Factor=0.93,ENERGY_Total=123.4,ENERGY_Since="2025-01-01T00:00:00" 1773050400000000000',
            {"tele/fridge/SENSOR": {"real_power_watt": 93.0, "voltage": 231.0, "power_factor": 0.93}},
        ),
        (
            "upsd,host=pi,serial=AS1,ups_name=rack battery_voltage=13.6,input_voltage=230.5,real_power=210,"
            'nominal_power=480i,ups_status="OL",battery_charge_percent=100 1773050400000000000',
            {"AS1 rack": {"voltage": 230.5, "real_power_watt": 210.0}},
        ),
        ("cpu,cpu=cpu-total,host=pi usage_idle=97.1,usage_user=1.2 1773050400000000000", {}),
        # Home Assistant: numbers with their attributes, states, and what is no meter at all.
        (
            'W,domain=sensor,entity_id=fridge_power device_class_str="power",friendly_name_str="Fridge Power"'
            ',state_class_str="measurement",value=93.5 1773050400000000000',
            {"fridge": {"real_power_watt": 93.5}},
        ),
        (
            "°C,domain=sensor,entity_id=bedroom_temperature battery_level=97,voltage=3005,value=21.5 "
            "1773050400000000000",
            {},
        ),
        ("%,domain=sensor,entity_id=phone_battery value=97 1773050400000000000", {}),
        ("kWh,domain=sensor,entity_id=fridge_energy value=412.7 1773050400000000000", {}),
        (
            'switch.tv,domain=switch,entity_id=tv state="on",value=1 1773050400000000000',
            {"tv": {"state": "on"}},
        ),
        ('sun.sun,domain=sun,entity_id=sun elevation=12.5,state="above_horizon" 1773050400000000000', {}),
        (
            'binary_sensor.door,domain=binary_sensor,entity_id=door state="off",value=0 1773050400000000000',
            {},
        ),
        ("V,domain=sensor,entity_id=ups_battery_voltage value=13.6 1773050400000000000", {}),
        (
            "W,domain=sensor,entity_id=powerwall_battery_power value=13.6 1773050400000000000",
            {"powerwall battery": {"real_power_watt": 13.6}},
        ),
        (
            "kW,domain=sensor,entity_id=grid_export_power value=0.5 1773050400000000000",
            {"grid export": {"real_power_watt": -500.0}},
        ),
        ('switch.tv,domain=switch,entity_id=tv state="unavailable" 1773050400000000000', {}),
        ('m,device=tv state="Unknown",power=3 1773050400000000000', {"tv": {"real_power_watt": 3.0}}),
        (
            'input_boolean.out,domain=input_boolean,entity_id=out state="on",value=1 1773050400000000000',
            {},
        ),
        # IoTaWatt: its own name as `device`, a circuit as `ct`; or the circuit as measurement with units.
        (
            "Watts,device=IotaWatt,ct=heat_pump value=1503.2",
            {"IotaWatt heat_pump": {"real_power_watt": 1503.2}},
        ),
        ("Volts,device=IotaWatt,ct=mains value=231.7", {"IotaWatt mains": {"voltage": 231.7}}),
        ("Hz,device=IotaWatt,ct=mains value=50.02", {"IotaWatt mains": {"frequency": 50.02}}),
        ("PF,device=IotaWatt,ct=mains value=0.98", {"IotaWatt mains": {"power_factor": 0.98}}),
        ("Amps,ct=oven value=9.1", {"oven": {"current": 9.1}}),
        ("VA,ct=oven value=2100", {"oven": {"apparent_power": 2.1}}),
        ("Wh,ct=oven value=123456", {}),
        ("heat_pump,units=Watts value=1500", {"heat_pump": {"real_power_watt": 1500.0}}),
        # Two channels of one meter are two devices.
        ("m,device=em,channel=0 power=1", {"em 0": {"real_power_watt": 1.0}}),
        ("m,device=em,channel=1 power=2", {"em 1": {"real_power_watt": 2.0}}),
    ],
)
def test_lines_as_clients_really_send_them(line: str, expected: dict[str, dict[str, float | str]]) -> None:
    assert readings(line) == expected


def test_quantities_of_a_device_and_moment_are_one_row() -> None:
    text = b"m,device=A power=1 1773050399\nm,device=A voltage=2 1773050399\nm,device=A power=3"
    found = rows_of(read_points(text, "s"), NOW_US)

    assert found.rows.stamp_us.tolist() == [NOW_US - 1_000_000, NOW_US]
    assert found.rows.values["voltage"].tolist()[0] == 2
    assert found.rows.row.tolist() == [1, 3]


def test_fields_that_are_no_reading_are_counted_one_by_one() -> None:
    found = rows_of(read_points(b'm,device=A power=1,temperature=20,note="x"', "ns"), NOW_US)

    assert found.ignored == {"m.temperature": 1, "m.note": 1}
    assert len(found.rows) == 1


@pytest.mark.parametrize(
    ("fields", "volts", "ignored"),
    [
        ("input_voltage=230,output_voltage=229", 230, {"ups.output_voltage (a second value)": 1}),
        ("output_voltage=229,voltage=230", 230, {"ups.voltage (a second value)": 1}),
        ("voltage=230,output_voltage=229", 230, {"ups.output_voltage (a second value)": 1}),
        ("voltage=230,output_voltage=230", 230, {}),
    ],
)
def test_second_value_of_a_quantity_is_counted(fields: str, volts: float, ignored: dict[str, int]) -> None:
    found = rows_of(read_points(f"ups,device=A {fields}".encode(), "ns"), NOW_US)

    assert found.rows.values["voltage"].tolist() == [volts]
    assert found.ignored == ignored


def test_second_state_of_a_moment_is_counted_and_the_last_one_kept() -> None:
    found = rows_of(read_points(b'm,device=A state="on"\nm,device=A state="off"', "ns"), NOW_US)

    assert found.rows.device_state.tolist() == ["off"]
    assert found.ignored == {"m.state (a second value)": 1}


def test_caches_keep_no_long_texts_between_requests() -> None:
    tag, field = "t" * 5000, "f" * 5000
    caches = (points._remembered, meaning._remembered)
    for cache in caches:
        cache.cache_clear()

    rows_of(read_points(f"m,device={tag} {field}=1,power=2".encode(), "ns"), NOW_US)

    assert points._remembered.cache_info().currsize == 0
    assert meaning._remembered.cache_info().currsize == 1  # "power"
    assert readings("m,device=A power=1") == {"A": {"real_power_watt": 1}}


def test_name_that_cannot_be_stored_rejects_its_line_alone() -> None:
    found = rows_of(read_points(b"m,device=A\0B power=1\nm,device=C power=2", "ns"), NOW_US)

    assert found.bad == (RejectedLine(1, "the device's name contains a NUL character"),)
    assert found.names == ("C",)
