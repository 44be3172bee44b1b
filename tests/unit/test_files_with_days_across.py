"""Tables whose intervals stand in one cell, or side by side in a line for each day or quantity."""

from itertools import pairwise

import pytest

from api_service.ingest.recognition.options import ReadOptions, parse_map
from shared.errors import MalformedFile
from tests.support.file_reading import read_file

M = ReadOptions(device="M")
KWH = ReadOptions(device="M", mapping=parse_map(["value=energy[kWh]"]))
QUARTERS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 15)] + ["00:00"]
PAIRS = list(pairwise(QUARTERS))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Energy consumption time period,Usage (kWh)", '"2025-03-14 {a}:00 to 2025-03-14 {b}:00",0.025'),
        ("Energy consumption time period,Usage (kWh)", "2025-03-14 {a}\u00a0to\u00a02025-03-14 {b},0.025"),
        ("Zeitraum;Verbrauch (kWh)", "14.03.2025 {a} - 14.03.2025 {b};0,025"),
        ("Zeitraum;Verbrauch (kWh)", "14.03.2025 {a}-{b};0,025"),
        ("Datum;Zeit;Verbrauch (kWh)", "14.03.2025;{a} - {b};0,025"),
        ("Date,Time,Usage (kWh)", "2025-03-14,{a}-{b},0.025"),
    ],
)
def test_start_and_end_in_one_cell(header: str, row: str) -> None:
    rows = "".join(f"{row.format(a=a, b=b)}\n" for a, b in PAIRS)
    found = read_file(f"Energy report\n\n{header}\n{rows}", M)
    assert (len(found.moments["M"]), found.moments["M"][0]) == (96, "2025-03-14T00:00:00")
    assert found.mean_w("M") == pytest.approx(100)
    assert (found.layout.stamp.label, found.layout.stamp.interval_us) == ("start", 900_000_000)
    assert not found.rejects


def test_an_offset_is_no_end_of_an_interval() -> None:
    rows = "".join(f"2025-03-14 10:{i:02}-05:00,{100 + i}\n" for i in range(10))
    found = read_file(f"Time,Power (W)\n{rows}", M)
    assert found.moments["M"][0] == "2025-03-14T15:00:00"


HEADINGS = {
    "hours from 1": [f"H{hour:02}" for hour in range(1, 25)],
    "hours that end": [f"HE{hour}" for hour in range(1, 25)],
    "hours from 0": [f"hour_{hour}" for hour in range(24)],
    "figures alone": [str(hour) for hour in range(1, 25)],
    "of a 12-hour clock": [f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}" for hour in range(24)],
    "from and to": [f"{hour:02}:00-{(hour + 1) % 24:02}:00" for hour in range(24)],
    "half hours": [f"HH{half:02}" for half in range(1, 49)],
    "quarters": [f"{a}-{b}" for a, b in PAIRS],
}


@pytest.mark.parametrize("name", HEADINGS)
def test_a_line_for_each_day(name: str) -> None:
    names = HEADINGS[name]
    share = ";".join([f"{2.4 / len(names):.3f}".replace(".", ",")] * len(names))
    days = "".join(f'"{day:02}/03/2025";{share}\n' for day in range(13, 17))
    found = read_file(f"Giorno;{';'.join(names)}\n{days}", KWH)
    assert len(found.moments["M"]) == 4 * len(names)
    assert (found.moments["M"][0], found.moments["M"][len(names)]) == (
        "2025-03-13T00:00:00", "2025-03-14T00:00:00"
    )  # fmt: skip
    assert found.mean_w("M") == pytest.approx(100)


def test_circuits_with_numbers_are_no_hours() -> None:
    names = ",".join(f"value{number}" for number in range(1, 25))
    rows = "".join(f"2025-03-14 10:{i:02},{','.join(['100'] * 24)}\n" for i in range(10))
    found = read_file(f"time,{names}\n{rows}", ReadOptions(mapping=parse_map(["value*=power[W]"])))
    assert len(found.values) == 24


def test_the_repeated_hour_of_a_day_is_rejected_with_its_line() -> None:
    names = ";".join(f"H{hour}" for hour in range(1, 26))
    plain, long = ";".join(["0,1"] * 24 + [""]), ";".join(["0,1"] * 25)
    found = read_file(f"Fecha;{names}\n25/10/2025;{plain}\n26/10/2025;{long}\n27/10/2025;{plain}\n", KWH)
    assert (len(found.moments["M"]), len(found.rejects)) == (48, 1)


MINUTES = [f"2025-03-14 10:{minute:02}" for minute in range(30)]


def test_a_line_for_each_quantity() -> None:
    watts = ",".join(str(100 + i) for i in range(30))
    text = f"timestamp,{','.join(MINUTES)}\npower [kW],{watts}\nvoltage [V],{','.join(['230'] * 30)}\n"
    found = read_file(text, M)
    assert found.mean_w("M") == pytest.approx(114_500)
    assert found.values["M"]["voltage"] == [230] * 30


def test_a_line_for_each_device_with_its_unit() -> None:
    lines = f"Fridge (W),{','.join(['100'] * 30)}\nOven (kW),{','.join(['1.2'] * 30)}\n"
    found = read_file(f"Device,{','.join(MINUTES)}\n{lines}")
    assert {name: found.mean_w(name) for name in found.values} == {"Fridge": 100, "Oven": 1200}


def test_lines_without_a_device_are_asked_about() -> None:
    rows = "".join(f"{minute},power [W],100\n" for minute in MINUTES)
    with pytest.raises(MalformedFile, match="--device NAME"):
        read_file(f"time,quantity,value\n{rows}")


def test_numbered_parts_of_a_day_count_from_midnight_also_where_the_clock_changes() -> None:
    """London: 46 half hours on 30 March 2025, 50 on 26 October; each with the next day."""
    for day, count, first in ((30, 46, "2025-03-30T00:00:00"), (26, 50, "2025-10-25T23:00:00")):
        month = 3 if day == 30 else 10
        rows = [f"N1,{day:02}/{month:02}/2025,{number},0.05" for number in range(1, count + 1)]
        rows += [f"N1,{day + 1:02}/{month:02}/2025,{number},0.05" for number in range(1, 49)]
        text = "\n".join(["NMI,Settlement Date,Settlement Period,kWh", *rows, ""])
        found = read_file(text, zone="Europe/London")
        assert (len(found.moments["N1"]), found.rejects) == (count + 48, [])
        assert len(set(found.moments["N1"])) == count + 48
        assert (found.moments["N1"][0], found.layout.stamp.interval_us) == (first, 1_800_000_000)
        assert found.mean_w("N1") == pytest.approx(100)


def test_parts_of_a_day_without_its_last_are_asked_about() -> None:
    rows = "".join(f"14/03/2025,{number},0.05\n" for number in range(1, 21))
    with pytest.raises(MalformedFile, match="--interval 30m"):
        read_file(f"Date,Interval,kWh\n{rows}", M)
    found = read_file(f"Date,Interval,kWh\n{rows}", ReadOptions(device="M", interval_us=1_800_000_000))
    assert found.moments["M"][-1] == "2025-03-14T09:30:00"


def test_a_page_with_a_table() -> None:
    cells = "".join(f"<tr><td>14.03.2025 10:{i:02}<td>0,1{i:02}&nbsp;</tr>" for i in range(10))
    page = f"<html><body><table><tr><td><table><tr><th>Zeit<th>Leistung (kW)</tr>{cells}</table></table>"
    found = read_file(page, M)
    assert (found.moments["M"][0], found.mean_w("M")) == ("2025-03-14T10:00:00", pytest.approx(104.5))


def test_compact_date_beside_the_hour() -> None:
    rows = "".join(f"20250314,{hour},0.1\n" for hour in range(24))
    found = read_file(f"Date,Hour,kWh\n{rows}", M)
    assert (found.moments["M"][-1], found.mean_w("M")) == ("2025-03-14T23:00:00", pytest.approx(100))
