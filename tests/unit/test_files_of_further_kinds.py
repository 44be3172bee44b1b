"""Kinds of files that once were misread or refused: resets, directions, months, elapsed times and so on."""

import json
from pathlib import Path

import pytest

from api_service.ingest.recognition.options import ReadOptions
from api_service.ingest.source import open_source
from shared.errors import MalformedFile
from tests.support.file_reading import FileRead
from tests.support.file_reading import read_file as read_named


def read_file(text: str) -> FileRead:
    return read_named(text, stem="garage")


def table(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_an_energy_called_total_that_starts_over_once_is_an_index() -> None:
    counts = [1000 + step * 0.5 for step in range(10)] + [step * 0.5 for step in range(10)]
    lines = [f"2024-03-01 {at // 4:02}:{at % 4 * 15:02},{count:.2f}" for at, count in enumerate(counts)]
    read = read_file(table("time,energy_total_kwh", *lines))
    # Half a kWh a quarter hour is 2 kW; after the restart at 0 nothing is known to be used.
    assert read.values["garage"]["real_power_watt"] == [2000.0] * 9 + [0.0] + [2000.0] * 9


def test_a_direction_beside_a_power_or_an_energy_gives_its_sign() -> None:
    lines = [f"2024-03-01 10:0{at}:00,{500 + at},{'export' if at % 2 else 'import'}" for at in range(4)]
    power = read_file(table("time,power_w,direction", *lines))
    assert {name: found["real_power_watt"] for name, found in power.values.items()} == {
        "garage": [500.0, 502.0],
        "garage export": [-501.0, -503.0],
    }
    polish = [
        f"2024-03-01 {hour}:00;0,{hour:02};{way}" for way in ("pobór", "oddanie") for hour in range(1, 25)
    ]
    energy = read_file(table("Data;Wartość kWh;Rodzaj", *polish))
    assert energy.values["garage"]["real_power_watt"][:2] == [10.0, 20.0]
    assert energy.values["garage export"]["real_power_watt"][:2] == [-10.0, -20.0]


def test_energies_of_months_and_of_billing_periods_keep_their_sums() -> None:
    months = read_file(
        table("Monat;Verbrauch kWh;Kosten €", "Januar 2024;310;90,5", "Februar 2024;290;80", "März 2024;62;9")
    )
    name, watts = next((name, found["real_power_watt"]) for name, found in months.values.items())
    # 10 kWh a day in January and February of a leap year, 2 kWh a day in March.
    assert watts == pytest.approx([10_000 / 24] * 60 + [2_000 / 24] * 31)
    assert (months.moments[name][0], months.moments[name][-1]) == (
        "2024-01-01T00:00:00",
        "2024-03-31T00:00:00",
    )
    bills = read_file(
        table(
            "Start date,End date,Usage (kWh),Cost ($)",
            "2023-12-28,2024-01-27,310,9",
            "2024-01-28,2024-02-26,300,9",
        )
    )
    # 31 days and then 30, the last one of each included.
    assert bills.values["garage"]["real_power_watt"] == pytest.approx([10_000 / 24] * 61)


def test_a_meters_index_by_months_is_not_shared_out() -> None:
    with pytest.raises(MalformedFile):
        read_file(
            table("Monat;Zählerstand kWh", "Januar 2024;12000", "Februar 2024;12300", "März 2024;12500")
        )
    with pytest.raises(MalformedFile):
        read_file(table("month,kWh", *(f"2024-{month:02},{12000 + 300 * month}" for month in range(1, 8))))


def test_elapsed_times_count_from_the_start_above() -> None:
    rows = ("0.0,100", "0.5,101", "1.0,102")
    read = read_file(table("# start: 2024-03-01 10:00:00", "Time (s),Power (W)", *rows))
    assert read.moments["garage"] == ["2024-03-01T10:00:00", "2024-03-01T10:00:00", "2024-03-01T10:00:01"]
    minutes = read_file(table("Start;01.03.2024 11:00 PM", "Elapsed (min);Power (W)", "0;5", "30;6", "90;7"))
    assert minutes.moments["garage"][-1] == "2024-03-02T00:30:00"
    with pytest.raises(MalformedFile, match="write a line such as `Start:"):
        read_file(table("elapsed_s,power_w", *rows))


def test_voltages_between_lines_are_no_devices() -> None:
    read = read_file(
        table("Time;U12[V];U23[V];U31[V];P[kW]", *(f"2024-03-01 10:0{at};400;401;399;7,5" for at in range(5)))
    )
    assert {name: sorted(found) for name, found in read.values.items()} == {
        "garage": ["real_power", "real_power_watt"]
    }


def test_things_of_a_hand_log_are_devices() -> None:
    read = read_file(table("when,what,watts", "1 Mar 2024 10:05am,Fridge,85", "2 Mar 2024 7:15pm,Lamp,9.5"))
    assert read.mean_w("Fridge") == 85
    assert read.mean_w("Lamp") == 9.5


def test_lists_with_several_numbers_under_names_are_of_devices() -> None:
    def parts(at: int) -> str:
        return json.dumps(
            {
                way: [
                    {
                        "type": "eim",
                        "readingTime": 1709287200 + 60 * at,
                        "wNow": watts + at,
                        "rmsVoltage": 231.0,
                    }
                ]
                for way, watts in (("production", 1000.0), ("consumption", 400.0))
            }
        )

    read = read_file(table(*(parts(at) for at in range(3))))
    assert {name: read.mean_w(name) for name in read.values} == {"production": 1001, "consumption": 401}


def test_a_sensor_of_energy_beside_that_of_power_says_nothing_more() -> None:
    lines = [
        line
        for at in range(8)
        for line in (
            f"sensor.house_power,W,{1709251200 + 3600 * at},{200 + at},,",
            f"sensor.house_energy,kWh,{1709251200 + 3600 * at},,{10 + at / 5:.1f},{5000 + at / 5:.1f}",
        )
    ]
    read = read_file(table("statistic_id,unit,start,mean,sum,state", *lines))
    assert read.values["house"]["real_power_watt"] == [200.0 + at for at in range(8)]


def test_dates_without_marks_beside_times_are_readings_and_no_header() -> None:
    with pytest.raises(MalformedFile, match="no header line; it begins with '20240301,10:00"):
        read_file(table(*(f"20240301,10:{at * 5:02},0,{600 + at}" for at in range(6))))


@pytest.mark.parametrize(
    ("changed", "is_refused"),
    [("time,voltage,power_w", True), ("time,power_w,current", True), ("time,power_w,voltage", False)],
)
def test_columns_that_change_amid_a_file_are_refused_with_their_line(
    changed: str, is_refused: bool, tmp_path: Path
) -> None:
    lines = [f"2024-03-01 10:{at % 60:02}:00,100,230" for at in range(30_000)]
    path = tmp_path / "garage.csv"
    path.write_text(table("# logger", "time,power_w,voltage", *lines, changed, *lines))
    if is_refused:
        with (
            pytest.raises(MalformedFile, match="In line 30003 the columns change"),
            open_source(path, ReadOptions(), "UTC"),
        ):
            pass
    else:
        with open_source(path, ReadOptions(), "UTC") as source:
            assert source.layout.width == 3
