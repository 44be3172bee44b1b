"""Files no line of which holds a whole moment: the date above, months and days across, days of the year."""

import json
from datetime import date

import pytest

from api_service.ingest.recognition.options import ReadOptions, parse_map
from shared.errors import MalformedFile
from tests.support.file_reading import FileRead
from tests.support.file_reading import read_file as read_named

HOURS = range(24)
KWH = ReadOptions(mapping=parse_map(["value=energy[kWh]"]))


def read_file(text: str, options: ReadOptions | None = None, stem: str = "garage") -> FileRead:
    return read_named(text, options, stem=stem)


def table(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_the_date_above_goes_on_past_midnight() -> None:
    read = read_file(
        table(
            "Logger: PX-120, exported 2024-04-02",
            "Date: 2024-02-29",
            "Time;Power (W)",
            "23:45:00;100",
            "00:00:00;200",
            "00:15:00;300",
        )
    )
    assert read.moments == {
        "meter": ["2024-02-29T23:45:00", "2024-03-01T00:00:00", "2024-03-01T00:15:00"]
    } or list(read.moments.values()) == [
        ["2024-02-29T23:45:00", "2024-03-01T00:00:00", "2024-03-01T00:15:00"]
    ]
    assert next(iter(read.values.values()))["real_power_watt"] == [100, 200, 300]


@pytest.mark.parametrize("stem", ["fridge_2024-03-01", "fridge 20240301", "fridge_13.03.2024"])
def test_the_date_of_the_file_name_is_that_of_its_times(stem: str) -> None:
    read = read_file(table("Time,Power (W)", "10:00 PM,5", "11:00 PM,6", "12:00 AM,7"), stem=stem)
    days = [moment[:13] for moment in read.moments["fridge"]]
    first = 13 if "13" in stem else 1
    assert days == [f"2024-03-{first:02}T22", f"2024-03-{first:02}T23", f"2024-03-{first + 1:02}T00"]


def test_a_date_per_section_and_a_date_in_some_lines() -> None:
    sections = read_file(
        table(
            "Datum: 01/03/2024", "Zeit;Leistung (W)", "00:00;1", "12:00;2",
            "Datum: 05/03/2024", "00:00;3", "12:00;4",
        )
    )  # fmt: skip
    filled = read_file(
        table("date,time,power_w", "2024-03-01,00:00,1", ",12:00,2", "2024-03-05,00:00,3", ",12:00,4")
    )
    for read in (sections, filled):
        assert list(read.moments.values()) == [
            ["2024-03-01T00:00:00", "2024-03-01T12:00:00", "2024-03-05T00:00:00", "2024-03-05T12:00:00"]
        ]


def test_times_that_start_over_for_another_device_are_of_the_same_day() -> None:
    lines = [f"{name},{hour:02}:00,{hour}" for name in ("Oven", "Fridge") for hour in HOURS]
    read = read_file(table("Date: 2024-03-01", "Device,Time,Power (W)", *lines))
    assert {name: (moments[0], moments[-1]) for name, moments in read.moments.items()} == dict.fromkeys(
        ("Oven", "Fridge"), ("2024-03-01T00:00:00", "2024-03-01T23:00:00")
    )


def test_times_that_start_over_for_no_reason_and_times_without_a_date_are_refused() -> None:
    with pytest.raises(MalformedFile, match=r"in line 5 they start over.*--date"):
        read_file(table("Date: 2024-03-01", "Time,Power (W)", "09:00,1", "14:00,2", "09:30,3"))
    with pytest.raises(MalformedFile, match="--date 2024-03-01"):
        read_file(table("Time,Power (W)", "09:00,1", "14:00,2"))
    with pytest.raises(MalformedFile, match="--date-order"):
        read_file(table("Date: 03/04/2024", "Time,Power (W)", "09:00,1", "14:00,2"))
    read = read_file(table("Time,Power (W)", "09:00,1", "14:00,2"), ReadOptions(day=date(2024, 3, 1)))
    assert read.moments["garage"] == ["2024-03-01T09:00:00", "2024-03-01T14:00:00"]


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("Year,Month", ("2023,1", "2023,2")),
        ("Month", ("2023-01", "2023-02")),
        ("Monat", ("Januar 2023", "Feb 2023")),
    ],
)
def test_a_month_a_line_with_its_days_across(header: str, labels: tuple[str, str]) -> None:
    days = ",".join(str(day) for day in range(1, 32))
    january = ",".join("24" for _ in range(31))
    february = ",".join(["48"] * 28 + [""] * 3)
    read = read_file(
        table(f"{header},{days},Total", f"{labels[0]},{january},744", f"{labels[1]},{february},1344"), KWH
    )
    assert (len(read.moments["garage"]), read.moments["garage"][-1]) == (59, "2023-02-28T00:00:00")
    # 24 kWh and 48 kWh a day.
    assert read.values["garage"]["real_power_watt"] == [1000.0] * 31 + [2000.0] * 28
    assert read.rejects == []


def test_days_by_hours_and_hours_by_days_below_a_month() -> None:
    by_day = [f"{day}," + ",".join(f"{day + hour / 100}" for hour in HOURS) for day in range(1, 31)]
    by_hour = [f"{hour}:00," + ",".join(f"{day + hour / 100}" for day in range(1, 31)) for hour in HOURS]
    days_down = read_file(table("April 2024 [kWh]", "Day," + ",".join(map(str, HOURS)), *by_day))
    hours_down = read_file(
        table("Consumption in kWh, 2024-04", "Hour," + ",".join(map(str, range(1, 31))), *by_hour)
    )
    for read in (days_down, hours_down):
        watts = dict(zip(read.moments["garage"], read.values["garage"]["real_power_watt"], strict=True))
        assert len(watts) == 720
        assert watts["2024-04-30T23:00:00"] == pytest.approx(30_230)
        assert watts["2024-04-02T05:00:00"] == pytest.approx(2_050)


def test_a_calendar_without_its_year_names_the_option() -> None:
    days = ",".join(str(day) for day in range(1, 32))
    text = table(f"Month,{days}", "Jan," + ",".join("5" for _ in range(31)))
    with pytest.raises(MalformedFile, match="which year: give a date of it with --date"):
        read_file(text, KWH)
    read = read_file(text, ReadOptions(mapping=KWH.mapping, day=date(2024, 1, 1)))
    assert read.moments["garage"][-1] == "2024-01-31T00:00:00"


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("Year,DOY,Hour,power_w", "2024,60,23,5", "2024,61,0,6"),
        ("Year,Day of year,Time (hhmm),power_w", "2024,60,2300,5", "2024,61,0,6"),
        ("time,power_w", "2024-060T23:00:00,5", "2024-061T00:00:00,6"),
        ("date,clock,power_w", "2024060,23:00,5", "2024061,00:00,6"),
        ("Year,Julian day,power_w", "2024,60.9583333,5", "2024,61.0,6"),
    ],
)
def test_days_of_a_leap_year_by_their_numbers(header: str, first: str, second: str) -> None:
    read = read_file(table(header, first, second))
    assert read.moments["garage"] == ["2024-02-29T23:00:00", "2024-03-01T00:00:00"]


def test_days_of_a_year_that_only_the_file_name_gives() -> None:
    text = table("DOY,Hour,power_w", "60,23,5", "61,0,6")
    assert read_file(text, stem="garage_2023").moments["garage"][0] == "2023-03-01T23:00:00"
    with pytest.raises(MalformedFile, match="which year"):
        read_file(text)


def test_a_number_alone_of_each_day_is_no_power() -> None:
    with pytest.raises(MalformedFile, match=r"value=energy\[kWh\]"):
        read_file(table("date,value", "2024-03-01,350", "2024-03-02,360"))


def test_records_below_a_list_of_names_with_the_time_between_them() -> None:
    block = {"ts": 1709251200, "period": 60, "values": [[1.0, 230.0, 1.0], [2.0, 231.0, 1.0]]}
    later = {"ts": 1709251500, "period": 60, "values": [[3.0, 232.0, 1.0]]}
    answer = {
        "id": 1,
        "src": "em",
        "result": {"keys": ["total_act_energy", "avg_voltage", "fund_act_energy"], "data": [block, later]},
    }
    for text in (
        json.dumps(answer),
        json.dumps(answer, indent=1),
        json.dumps(answer) + "\n" + json.dumps(answer),
    ):
        read = read_file(text, stem="garage")
        assert read.moments["garage"][:3] == [
            "2024-03-01T00:00:00",
            "2024-03-01T00:01:00",
            "2024-03-01T00:05:00",
        ]
        # 1, 2 and 3 Wh a minute.
        assert read.values["garage"]["real_power_watt"][:3] == [60, 120, 180]
        assert read.values["garage"]["voltage"][:3] == [230.0, 231.0, 232.0]


def test_parts_of_a_device_that_tell_their_state_are_devices_of_their_own() -> None:
    lines = [
        json.dumps(
            {
                "src": "plus2pm",
                "method": "NotifyStatus",
                "params": {
                    "ts": 1709251200 + at,
                    f"switch:{at % 2}": {"id": at % 2, "apower": 100.0 + at % 2},
                },
            }
        )
        for at in range(4)
    ]
    read = read_file(table(*lines))
    assert {name: found["real_power_watt"] for name, found in read.values.items()} == {
        "plus2pm switch:0": [100.0, 100.0],
        "plus2pm switch:1": [101.0, 101.0],
    }


def test_a_status_with_its_last_minute_alone_has_that_as_its_time() -> None:
    status = {
        "id": 0,
        "apower": 8.9,
        "voltage": 237.5,
        "aenergy": {"total": 6.5, "by_minute": [45.0, 47.0, 88.0]},
    }
    dumps = [
        json.dumps(status | {"aenergy": {**status["aenergy"], "minute_ts": 1709251200 + 60 * at}})  # type: ignore[dict-item]
        for at in range(3)
    ]
    for text in (table(*dumps), f"[{','.join(dumps)}]"):
        read = read_file(text)
        assert list(read.values.values()) == [
            {"real_power_watt": [8.9] * 3, "real_power": pytest.approx([0.0089] * 3), "voltage": [237.5] * 3}
        ]


def test_commas_that_mark_decimals_beside_commas_that_part_columns() -> None:
    all_have = read_file(
        table("timestamp,power,voltage", "2024-03-01 00:00,0,5,230,1", "2024-03-01 00:01,1,5,231,2")
    )
    assert all_have.values["garage"]["real_power_watt"] == [0.5, 1.5]
    assert all_have.values["garage"]["voltage"] == [230.1, 231.2]
    one_column = read_file(table("timestamp,power_kw", "2024-03-01 00:00,1", "2024-03-01 00:01,0,5"))
    assert one_column.values["garage"]["real_power_watt"] == [1000, 500]


def test_commas_that_nobody_can_tell_apart_are_refused_or_rejected_line_by_line() -> None:
    mixed = table(
        "timestamp,power,voltage",
        "2024-03-01 00:00,0,5,230",
        "2024-03-01 00:01,1,5,231,2",
        "2024-03-01 00:02,1,5,231,2",
    )
    with pytest.raises(MalformedFile, match=r"line 2.*--decimal ,"):
        read_file(mixed)
    read = read_file(mixed, ReadOptions(decimal=","))
    assert read.values["garage"]["voltage"] == [231.2, 231.2]
    assert read.rejects == ["more fields than the header"]
    # One number more than names may be a column that the header does not name.
    extra = table("timestamp,power", "2024-03-01 00:00,5,1", "2024-03-01 00:01,6,2", "2024-03-01 00:02,6,3")
    with pytest.raises(MalformedFile, match="if commas mark decimals, say --decimal ,"):
        read_file(extra)
    assert read_file(extra, ReadOptions(decimal=",")).values["garage"]["real_power_watt"] == [5.1, 6.2, 6.3]
