"""Forms of further makers and grids that were once misread in silence, by numbers worked out by hand."""

import re
from datetime import datetime, timedelta

import pytest

from api_service.ingest.recognition.options import ReadOptions
from shared.errors import MalformedFile
from tests.support.file_reading import FileRead, read_file

M = ReadOptions(device="M")
QUARTERS = [datetime(2025, 3, 14) + timedelta(minutes=15 * at) for at in range(96)]  # noqa: DTZ001 local times
QUARTER = timedelta(minutes=15)


def day(row: str) -> str:
    """A day of quarter hours; {t} is the start, {e} the end, {w} 100, 101 … 195, whose mean is 147.5."""
    return "".join(row.format(t=t, e=t + QUARTER, w=100 + at) + "\n" for at, t in enumerate(QUARTERS))


def means(found: FileRead) -> dict[str, float]:
    return {device: found.mean_w(device) for device in found.values}


def test_start_and_end_in_two_columns_each() -> None:
    row = "{t:%d-%m-%Y};{t:%H:%M:%S};{e:%d-%m-%Y};{e:%H:%M:%S};1SAG;"
    text = "Van (datum);Van (tijdstip);Tot (datum);Tot (tijdstip);Meter;Register;Volume;Eenheid\n"
    found = read_file(text + day(row + "Afname Dag;0,025;kWh") + day(row + "Injectie Dag;0,010;kWh"))
    assert means(found) == pytest.approx({"1SAG": 100, "1SAG export": -40})
    assert found.moments["1SAG export"][0] == "2025-03-14T00:00:00"


def test_a_day_that_comes_again_for_another_device_ends_no_day() -> None:
    text = day("Fridge;{t:%Y-%m-%d %H:%M};{w}") + day("Oven;{t:%Y-%m-%d %H:%M};200")
    found = read_file(f"Series;Time;Value\n{text}")
    assert means(found) == {"Fridge": 147.5, "Oven": 200}
    assert found.moments["Oven"][0] == "2025-03-14T00:00:00"


def test_several_lines_of_a_day_without_their_time_are_asked_about() -> None:
    with pytest.raises(MalformedFile, match="COLUMN=clock"):
        read_file("Date;Quarter;Power (W)\n" + day("{t:%d.%m.%Y};Q{t:%H%M};{w}"), M)


ONE_DEVICE = {
    "units beside unknown words": (
        "时间,电压(V),电流(A),功率(W),温度(°C)", "{t:%Y/%m/%d %H:%M:%S},230,0.5,{w},25"
    ),
    "a quantity of the grid": ("Start Time,Active power(kW),Grid voltage(V)", "{t:%Y-%m-%d %H:%M},0.{w},230"),
    "yields beside power": (
        "Time,Pac(W),Vac1(V),EacToday(kWh),EacTotal(kWh),Daily yield(kWh),Total yield(kWh)",
        "{t:%Y-%m-%d %H:%M},{w},230,{w},1{w},{w},1{w}",
    ),
    "phases and their total": (
        "Date;Time;V1 AVG;P1 AVG (W);P2 AVG (W);P3 AVG (W);PT AVG (W);PT MAX (W)",
        "{t:%d/%m/%Y};{t:%H:%M:%S};230;{w};-50;50;{w};999",
    ),
    "a last column of JSON": ("timestamp,power,voltage,context", "{t:%Y-%m-%d %H:%M}Z,{w},230,{{}}"),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_DEVICE)
def test_columns_of_one_device_make_no_others(name: str) -> None:
    header, row = ONE_DEVICE[name]
    found = read_file(f"{header}\n{day(row)}", M)
    assert means(found) == {"M": pytest.approx(147.5)}
    assert set(found.values["M"]["voltage"]) == {230}


BOTH = {"M": 100, "M Export": -40}
ENERGIES = {
    "watt hours": ("datetime_utc,watt_hours,cost_dollars", "{t:%Y-%m-%d %H:%M},25,0.01", {"M": 100}),
    "plus and minus": ("Datum;+A [kWh];-A [kWh]", "{t:%d.%m.%Y %H:%M};0,025;0,010", BOTH),
    "codes of registers": (
        "Zeit;1-1:1.29.0 [kWh];1-1:2.29.0 [kWh]", "{t:%d.%m.%Y %H:%M};0,025;0,010", BOTH
    ),
    "a demand that is never given": (
        "Interval Start Date/Time,Inflow (kWh),Outflow (kWh),Demand (kW)",
        "{t:%Y-%m-%d %H:%M},0.025,0.01,N/A", {"M Inflow": 100, "M Outflow": -40}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENERGIES)
def test_energies_of_intervals_in_further_words(name: str) -> None:
    header, row, expected = ENERGIES[name]
    assert means(read_file(f"{header}\n{day(row)}", M)) == pytest.approx(expected)


def test_export_beside_a_column_of_meters_is_kept() -> None:
    found = read_file("POD;Time;+A [kWh];-A [kWh]\n" + day("HU0;{t:%Y.%m.%d %H:%M};0,025;0,010"))
    assert means(found) == pytest.approx({"HU0": 100, "HU0 Export": -40})


def test_intervals_of_different_lengths_are_told() -> None:
    rows = "".join(f"2025-03-{day:02} 20:00,2025-03-{day:02} {22 + day % 2}:00,4\n" for day in range(10, 20))
    found = read_file(f"Start,End,Energy (kWh)\n{rows}", M)
    assert sum(found.values["M"]["real_power_watt"]) * 2 == 40_000
    assert "differ in length" in " ".join(found.layout.notes)


@pytest.mark.parametrize(
    ("header", "row", "option"),
    [
        ("time,power", "{t:%Y-%m-%d %H:%M},0.{w}", r"--map 'power=real_power\[kW\]'"),
        ("time,consumption", "{t:%Y-%m-%d %H:%M},25.{t:%M}", r"--map 'consumption=energy\[Wh\]'"),
    ],
)
def test_a_unit_that_nothing_names_is_doubted_where_its_powers_cannot_be(
    header: str, row: str, option: str
) -> None:
    assert re.search(option, " ".join(read_file(f"{header}\n{day(row)}", M).layout.notes))
    plausible = day(row.replace("0.{w}", "{w}").replace("25.", "0."))
    assert "--map" not in " ".join(read_file(f"{header}\n{plausible}", M).layout.notes)


def test_a_meter_of_two_tariffs_gives_its_present_power() -> None:
    header = "timestamp;electricity_delivered_1;electricity_delivered_2;electricity_returned_1;"
    present = "electricity_currently_delivered;electricity_currently_returned"
    found = read_file(f"{header}{present}\n" + day("{t:%Y-%m-%d %H:%M}Z;1{w};2{w};5{w};0.{w};0.010"), M)
    assert means(found) == pytest.approx({"M": 147.5, "M export": -10})
