"""Files as meters, portals and people write them: devices, moments and powers, by numbers worked out by hand.

Ten readings a minute apart, of 100, 101 … 109 W, have a mean of 104.5 W.
"""

import gzip
import json

import pytest

from api_service.ingest.recognition.options import ReadOptions, parse_map
from shared.errors import MalformedFile
from tests.support.file_reading import read_file

M = ReadOptions(device="M")
TEN = range(10)


def table(header: str, row: str, count: int = 10) -> str:
    """A table whose rows hold {i} and {i:02} for their number."""
    return "\n".join([*header.split("\n"), *(row.format(i=i, w=100 + i) for i in range(count))]) + "\n"


# One device, ten readings from 10:00 UTC on 2025-03-03.
SAME = {
    "iso": table("Time,Power (W)", "2025-03-03 10:{i:02}:00,{w}"),
    "month names": table("time,power", "03-Mar-2025 10:{i:02}:00,{w}"),
    "american month names": table("time,power", '"Mar 3, 2025, 10:{i:02}:00 AM",{w}'),
    "german month names": table("Zeit;Leistung (W)", "03. März 2025 10:{i:02} Uhr;{w}"),
    "spanish month names": table("Fecha;Potencia (W)", "3 de marzo de 2025 10:{i:02};{w}"),
    "weekday": table("time,power", "Mon 03 Mar 2025 10:{i:02}:00,{w}"),
    "ctime": table("time,power", "Mon Mar  3 10:{i:02}:00 2025,{w}"),
    "javascript": table("time,power", "Mon Mar 03 2025 11:{i:02}:00 GMT+0100 (Central European Time),{w}"),
    "zone by its letters": table("time,power", "2025-03-03 11:{i:02}:00 CET,{w}"),
    "clock with points": table("Data e ora;Potenza attiva (W)", "03/03/2025 10.{i:02}.00;{w},0"),
    "compact": table("time,power", "2025030310{i:02}00,{w}"),
    "spreadsheet dates": "Time,Power (W)\n"
    + "".join(f"{45719 + (600 + i) / 1440:.9f},{100 + i}\n" for i in TEN),
    "spreadsheet dates with commas": "Time;Power (W)\n"
    + "".join(f"{45719 + (600 + i) / 1440:.9f};{100 + i}\n".replace(".", ",") for i in TEN),
    "epoch in scientific form": "unix time,watts\n"
    + "".join(f"{(1740996000 + 60 * i) / 1e9:.9f}e9,{100 + i}\n" for i in TEN),
    "two forms of moments": "Time,Power (W)\n"
    + "".join(f"{'2025-03-03 10' if i % 3 else '03/03/2025 10'}:{i:02},{100 + i}\n" for i in TEN),
    "zone in the heading": table("Time Bucket (Europe/Madrid),Power (W)", "2025-03-03 11:{i:02}:00,{w}"),
    "offset in the heading": table('"Date Time, GMT-05:00",Power (W)', "2025-03-03 05:{i:02}:00,{w}"),
    "units in the cells": table("time,power,voltage", "2025-03-03 10:{i:02}:00,{w} W,230.1 V"),
    "watts and kilowatts in the cells": "time,power\n"
    + "".join(f"2025-03-03 10:{i:02}:00,{f'{100 + i} W' if i < 6 else f'0.{100 + i} kW'}\n" for i in TEN),
    "blanks as thousands": table("Tid;Effekt (mW)", "2025-03-03 10:{i:02}:00;{w} 000,0"),
    "apostrophes as thousands": table("Zeit;Leistung (mW)", "03.03.2025 10:{i:02};{w}'000.0"),
    "trailing commas": table("Time,Power (W),", "2025-03-03 10:{i:02}:00,{w},"),
    "rows without their last fields": "Time,Power (W),Voltage (V),Note\n"
    + "".join(f"2025-03-03 10:{i:02}:00,{100 + i}{',230,x' if i % 2 else ''}\n" for i in TEN),
    "apostrophes as quotes": table("'Time','Power (W)'", "'2025-03-03 10:{i:02}:00','{w}'"),
    "lines that end with CR": table("Time,Power (W)", "2025-03-03 10:{i:02}:00,{w}").replace("\n", "\r"),
    "columns parted by blanks": table("Time           Power(W)  Volts", "2025-03-03 10:{i:02}    {w}   230"),
    "phases as letters": table("timestamp,P_L1,P_L2,P_L3,U_L1", "2025-03-03 10:{i:02}:00,50,40,1{i},230"),
    "phases before their units": table("ts,L1_V,L1_W,L2_W,Total_W", "2025-03-03 10:{i:02}:00,230,50,40,{w}"),
    "phases in brackets": table("Date/time UTC,Power W (A),Power W (B)", "2025-03-03 10:{i:02},90,1{i}"),
    "numbered channels": table("Date,Time,Urms1_Avg[V],P1_Avg[W],PF1", "2025/03/03,10:{i:02},230,{w},0.9"),
    "least and greatest values": table("time,Min W,Avg W,Max W", "2025-03-03 10:{i:02},1,{w},999"),
    "polish": table("Czas;Moc czynna [W];Napięcie [V]", "2025-03-03 10:{i:02}:00;{w},0;230,1"),
    "portuguese": table("Data;Hora;Potência Ativa (kW)", "03/03/2025;10:{i:02}:00;0,{w}"),
    "pairs of a feed": json.dumps([[1740996000000 + 60000 * i, 100 + i] for i in TEN]),
    "objects": json.dumps({"data": [{"time": f"2025-03-03T10:{i:02}:00Z", "power": 100 + i} for i in TEN]}),
    "repeated header and totals": table("Time,Power (W)", "2025-03-03 10:{i:02}:00,{w}")
    + "Time,Power (W)\nTotal,1045\n",
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same_ten_readings_in_another_form_are_the_same(name: str) -> None:
    found = read_file(SAME[name], M)
    assert list(found.moments) == ["M"]
    assert found.moments["M"] == [f"2025-03-03T10:{minute:02}:00" for minute in TEN]
    assert found.values["M"]["real_power_watt"] == pytest.approx([100 + i for i in TEN])


@pytest.mark.parametrize("written", ["({w})", "\u2212{w}", "{w}-", "-{w}"])
def test_negative_power_is_read_with_every_sign(written: str) -> None:
    found = read_file(table("Time;Power (W)", f"2025-03-03 10:{{i:02}}:00;{written}"), M)
    assert found.mean_w("M") == pytest.approx(-104.5)


def test_headings_above_the_names_tell_devices_apart() -> None:
    header = "Time,Fridge,,Oven,\n,Power [W],Voltage [V],Power [W],Voltage [V]"
    found = read_file(table(header, "2025-03-03 10:{i:02},{w},230,5,231"))
    assert (found.mean_w("Fridge"), found.mean_w("Oven")) == (104.5, 5)
    assert found.values["Oven"]["voltage"] == [231] * 10


def test_hours_from_1_to_24_end_then() -> None:
    rows = "".join(f"2025-03-03,{hour},0.5\n" for hour in range(1, 25))
    found = read_file(f"Date,Hour,Usage (kWh)\n{rows}", M)
    assert found.moments["M"] == [f"2025-03-03T{hour:02}:00:00" for hour in range(24)]
    assert found.values["M"]["real_power_watt"] == [500] * 24


def test_consumption_that_rises_is_no_meters_index() -> None:
    rows = "".join(f"2025-03-03 {hour:02}:00,{500 + hour}\n" for hour in range(24))
    found = read_file(f"Time,Consumption (Wh)\n{rows}", M)
    assert found.values["M"]["real_power_watt"] == [500 + hour for hour in range(24)]


def test_an_index_that_passes_its_last_digit_goes_on() -> None:
    rows = "".join(f"2025-03-03 {hour:02}:00,{(99_994 + hour) % 100_000}\n" for hour in range(12))
    found = read_file(f"Time,Meter reading (kWh)\n{rows}", M)
    assert found.values["M"]["real_power_watt"] == pytest.approx([1000] * 11)


def test_tariffs_add_up_and_export_is_negative() -> None:
    rows = "".join(
        f"2025-03-03 {hour:02}:00,{1000 + hour / 2},{2000 + hour / 4},{50 + hour / 8}\n" for hour in range(9)
    )
    found = read_file(f"time,Import T1 kWh,Import T2 kWh,Export T1 kWh\n{rows}", M)
    assert found.values["M"]["real_power_watt"] == pytest.approx([750] * 8)
    assert found.values["M Export"]["real_power_watt"] == pytest.approx([-125] * 8)


LONG = "".join(
    f"2025-03-03 10:{i:02}:00,Fridge,power,W,{100 + i}\n"
    f"2025-03-03 10:{i:02}:00,Fridge,voltage,V,230\n"
    f"2025-03-03 10:{i:02}:00,Fridge,temperature,°C,4\n"
    for i in TEN
)  # fmt: skip


def test_a_quantity_a_line_makes_one_reading_of_each_moment() -> None:
    found = read_file(f"time,device,quantity,unit,value\n{LONG}")
    assert found.moments == {"Fridge": [f"2025-03-03T10:{i:02}:00" for i in TEN]}
    assert found.values["Fridge"]["real_power_watt"] == [100 + i for i in TEN]
    assert found.values["Fridge"]["voltage"] == [230] * 10
    assert "temperature °C" in " ".join(found.layout.notes)


def test_sensors_of_a_home_become_devices_with_their_quantities() -> None:
    rows = "".join(
        f"sensor.fridge_power,{100 + i},2025-03-03T10:{i:02}:00Z\n"
        f"sensor.fridge_voltage,230,2025-03-03T10:{i:02}:00Z\n"
        f"sensor.hall_temperature,21.5,2025-03-03T10:{i:02}:00Z\n"
        f"sensor.boiler_energy,{7 + i / 60},2025-03-03T10:{i:02}:00Z\n"
        for i in TEN
    )
    found = read_file(f"entity_id,state,last_changed\n{rows}")
    assert sorted(found.values) == ["boiler", "fridge"]
    assert found.values["fridge"]["voltage"] == [230] * 10
    assert found.values["boiler"]["real_power_watt"] == pytest.approx([1000] * 9)


def test_import_and_export_of_one_meter_are_apart() -> None:
    rows = "".join(
        f"100,{kind},{value},04-03-2025 {hour:02}:30\n"
        for hour in range(23, -1, -1)
        for kind, value in (("Active Import Interval (kW)", 1.5), ("Active Export Interval (kW)", 0.25))
    )
    found = read_file(f"MPRN,Read Type,Read Value,Read Date and End Time\n{rows}")
    assert (found.mean_w("100"), found.mean_w("100 export")) == (1500, -250)


def test_times_side_by_side_become_lines() -> None:
    clocks = ",".join(f"{hour:02}:00" for hour in range(24))
    text = f"MPAN,Date,{clocks}\n" + "".join(
        f"7,{day}/03/2025,{','.join(['0.5'] * 24)}\n" for day in (13, 14)
    )
    found = read_file(text, ReadOptions(mapping=parse_map(["value=energy[kWh]"])))
    assert (len(found.moments["7"]), found.moments["7"][0], found.mean_w("7")) == (
        48,
        "2025-03-13T00:00:00",
        500,
    )


def test_days_of_the_australian_format_become_lines() -> None:
    text = "100,NEM12,202503040000,A,B\n200,61,E1,E1,E1,N1,M1,kWh,30,20250304\n"
    found = read_file(f"{text}300,20250303,{','.join(['0.5'] * 48)},A,,,,\n900\n")
    assert (len(found.moments["61"]), found.mean_w("61")) == (48, 1000)


GREEN_BUTTON = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi">
<entry><title>Home</title><content><e:UsagePoint/></content></entry>
<entry><content><e:ReadingType><e:powerOfTenMultiplier>-3</e:powerOfTenMultiplier><e:uom>72</e:uom>
<e:flowDirection>{flow}</e:flowDirection></e:ReadingType></content></entry>
<entry><content><e:IntervalBlock>{readings}</e:IntervalBlock></content></entry></feed>"""


@pytest.mark.parametrize(("flow", "device", "sign"), [(1, "Home", 1), (19, "Home export", -1)])
def test_green_button_gives_the_mean_power_of_its_intervals(flow: int, device: str, sign: int) -> None:
    readings = "".join(
        f"<e:IntervalReading><e:timePeriod><e:start>{1740996000 + 900 * i}</e:start></e:timePeriod>"
        f"<e:value>{(100 + i) * 250}</e:value></e:IntervalReading>"
        for i in TEN
    )
    found = read_file(GREEN_BUTTON.format(flow=flow, readings=readings))
    assert found.moments[device][:2] == ["2025-03-03T10:00:00", "2025-03-03T10:15:00"]
    assert found.values[device]["real_power_watt"] == pytest.approx([sign * (100 + i) for i in TEN])


def test_green_button_with_an_entity_bomb_is_refused() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><feed xmlns:e="http://naesb.org/espi">&b;</feed>'
    )
    with pytest.raises(MalformedFile, match="Green Button"):
        read_file(bomb)


def test_days_of_equal_day_and_month_need_no_order_and_others_do() -> None:
    assert (
        read_file(table("time,power", "03/03/2025 10:{i:02},{w}"), M).moments["M"][0] == "2025-03-03T10:00:00"
    )
    with pytest.raises(MalformedFile, match="--date-order"):
        read_file(table("time,power", "04/03/2025 10:{i:02},{w}"), M)
    commas = table("time;power", "04/03/2025 10:{i:02};{w},5")
    assert read_file(commas, M).moments["M"][0] == "2025-03-04T10:00:00"


def test_a_map_may_name_devices_and_patterns() -> None:
    read = ReadOptions(mapping=parse_map(["c1=power[W]@Fridge", "x*=power[kW]"]))
    found = read_file(table("time,c1,x_oven", "2025-03-03 10:{i:02},{w},2"), read)
    assert (found.mean_w("Fridge"), found.mean_w("x_oven")) == (104.5, 2000)


def test_voltage_and_current_that_look_swapped_are_doubted_and_kept() -> None:
    found = read_file(
        table("time,Voltage (V),Current (A),Power (W)", "2025-03-03 10:{i:02},9.{i},230,2{w}"), M
    )
    assert any("look swapped" in note for note in found.layout.notes)
    assert found.values["M"]["current"] == [230] * 10
    sound = read_file(
        table("time,Voltage (V),Current (A),Power (W)", "2025-03-03 10:{i:02},230,9.{i},2{w}"), M
    )
    assert not any("look swapped" in note for note in sound.layout.notes)


def test_a_packed_json_is_unpacked_first() -> None:
    found = read_file(gzip.compress(SAME["pairs of a feed"].encode()), M)
    assert found.mean_w("M") == 104.5
