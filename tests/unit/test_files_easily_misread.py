"""Files that look like another form than theirs: what must not be stored, by numbers worked out by hand."""

import pytest

from api_service.ingest.recognition.options import ReadOptions, parse_map
from shared.errors import MalformedFile
from tests.support.file_reading import read_file

M = ReadOptions(device="M")
KWH = ReadOptions(mapping=parse_map(["value=energy[kWh]"]))
TEN = range(10)


def rows(row: str, count: int = 10) -> str:
    """Lines that hold {i} and {i:02} for their number and {w} for 100 more."""
    return "".join(row.format(i=i, w=100 + i) + "\n" for i in range(count))


def test_a_first_reading_of_one_is_no_row_of_units() -> None:
    found = read_file("Time,Power (W)\n2025-03-03 10:00,1\n2025-03-03 10:01,2\n2025-03-03 10:02,3\n", M)
    assert found.values["M"]["real_power_watt"] == [1, 2, 3]
    mixed = read_file("Time,Power,PF\n,kW,1\n2025-03-03 10:00,1,0.9\n2025-03-03 10:01,2,0.8\n", M)
    assert mixed.values["M"]["real_power_watt"] == [1000, 2000]


HALF_HOURS = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 30)]
HALVES = ",".join(["0.5"] * 48)


def test_a_total_beside_times_is_no_part_of_their_values() -> None:
    found = read_file(f"MPAN,Date,{','.join(HALF_HOURS)},Total kWh\n7,14/03/2025,{HALVES},24\n", KWH)
    assert found.values["7"]["real_power_watt"] == [1000] * 48


def test_rows_of_another_width_beside_times_are_filled_up_or_rejected() -> None:
    text = f"MPAN,Date,{','.join(HALF_HOURS)}\n7,14/03/2025,{HALVES}\n7,15/03/2025,{HALVES},9\n"
    found = read_file(text + f"7,16/03/2025,{','.join(['0.5'] * 46)}\n", KWH)
    assert len(found.moments["7"]) == 48 + 46
    assert len(found.rejects) == 1 + 2


@pytest.mark.parametrize("last", ["24:00", "00:00"])
def test_times_that_end_at_midnight_name_the_ends(last: str) -> None:
    found = read_file(f"MPAN,Date,{','.join([*HALF_HOURS[1:], last])}\n7,14/03/2025,{HALVES}\n", KWH)
    assert (found.moments["7"][0], found.moments["7"][-1]) == ("2025-03-14T00:00:00", "2025-03-14T23:30:00")
    assert found.values["7"]["real_power_watt"] == [1000] * 48


def test_a_reading_with_several_moments_is_no_header_of_times() -> None:
    line = "M,2025-03-03 10:{i:02},2025-03-03 10:{i:02},2025-03-03 10:{i:02},{w}"
    found = read_file("device,timestamp,created,stored,power [W]\n" + rows(line))
    assert found.values["M"]["real_power_watt"] == [100 + i for i in TEN]


NEM = "100,NEM12,202503040000,A,B\n"


def day(minutes: int, value: float, date: str = "20250303") -> str:
    return f"300,{date},{','.join([str(value)] * (1440 // minutes))},A,,,,\n"


def test_registers_of_the_australian_format_are_apart_and_their_times_are_ten_hours_ahead() -> None:
    text = NEM + "".join(
        f"200,61,E1E2B1,{name},{name},,M1,kWh,30,\n{day(30, value)}"
        for name, value in (("E1", 0.5), ("E2", 0.25), ("B1", 0.125))
    )
    found = read_file(f"{text}900\n", zone="Australia/Sydney")
    assert {name: found.mean_w(name) for name in found.values} == {
        "61 E1": 1000, "61 E2": 500, "61 export": -250
    }  # fmt: skip
    assert found.moments["61 E1"][0] == "2025-03-02T14:00:00"


def test_a_meter_that_changes_to_five_minutes_keeps_its_energy() -> None:
    text = f"{NEM}200,61,E1,E1,E1,,M1,kWh,30,\n{day(30, 0.6)}"
    found = read_file(f"{text}200,61,E1,E1,E1,,M1,kWh,5,\n{day(5, 0.2, '20250304')}900\n")
    assert found.layout.stamp.interval_us == 300_000_000
    assert found.values["61"]["real_power_watt"] == pytest.approx([1200] * 288 + [2400] * 288)


def entry(content: str, own: str, *related: str, title: str = "") -> str:
    links = "".join(f'<link rel="related" href="https://x/espi/1_1/resource/{each}"/>' for each in related)
    own = f'<title>{title}</title><link rel="self" href="/espi/1_1/resource/{own}"/>'
    return f"<entry>{own}{links}<content>{content}</content></entry>"


def kind(uom: int, flow: int, power: str = "0") -> str:
    return (
        f"<e:ReadingType><e:flowDirection>{flow}</e:flowDirection><e:uom>{uom}</e:uom>"
        f"<e:powerOfTenMultiplier>{power}</e:powerOfTenMultiplier></e:ReadingType>"
    )


def block(seconds: int, value: int, count: int = 4) -> str:
    return (
        "<e:IntervalBlock>"
        + "".join(
            f"<e:IntervalReading><e:timePeriod><e:duration>{seconds}</e:duration>"
            f"<e:start>{1740996000 + seconds * i}"
            f"</e:start></e:timePeriod><e:value>{value}</e:value></e:IntervalReading>"
            for i in range(count)
        )
        + "</e:IntervalBlock>"
    )


def feed(*entries: str) -> str:
    spaces = 'xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi"'
    return f'<?xml version="1.0"?><feed {spaces}>{"".join(entries)}</feed>'


def test_green_button_finds_types_by_their_links_and_leaves_sums_and_gas_out() -> None:
    found = read_file(
        feed(
            entry("<e:UsagePoint/>", "UsagePoint/1", title="Home"),
            entry(kind(72, 19), "ReadingType/out"),
            entry(kind(169, 1), "ReadingType/gas"),
            entry(kind(72, 1, "-1"), "ReadingType/in"),
            entry("<e:MeterReading/>", "UsagePoint/1/MeterReading/1", "ReadingType/in"),
            entry("<e:MeterReading/>", "UsagePoint/1/MeterReading/2", "ReadingType/out"),
            entry("<e:MeterReading/>", "UsagePoint/1/MeterReading/3", "ReadingType/gas"),
            entry("<e:MeterReading/>", "UsagePoint/1/MeterReading/10", "ReadingType/in"),
            entry(block(900, 7), "UsagePoint/1/MeterReading/3/IntervalBlock/1"),
            entry(block(900, 250), "UsagePoint/1/MeterReading/2/IntervalBlock/1"),
            entry(block(900, 2500), "UsagePoint/1/MeterReading/1/IntervalBlock/1"),
            entry(block(3600, 10000, 1), "UsagePoint/1/MeterReading/10/IntervalBlock/1"),
        )
    )
    assert {name: found.values[name]["real_power_watt"] for name in found.values} == {
        "Home": [1000] * 4, "Home export": [-1000] * 4
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [(kind(72, 1, "9999999"), "power of"), (kind(72, 1, "x"), "power of"), (kind(169, 1), "no readings")],
)
def test_green_button_that_holds_no_electricity_or_endless_factors_is_refused(
    content: str, reason: str
) -> None:
    with pytest.raises(MalformedFile, match=reason):
        read_file(feed(entry(content, "ReadingType/1"), entry(block(900, 1), "IntervalBlock/1")))


def test_zones_of_half_hours_are_understood() -> None:
    text = "Time (GMT+05:30),Power (W)\n" + rows("2025-03-03 10:{i:02},{w}")
    assert read_file(text, M, zone="Europe/Madrid").moments["M"][0] == "2025-03-03T04:30:00"
    text = "Time,Power (W)\n" + rows("2025-03-03 10:{i:02},{w}")
    assert read_file(text, M, zone="-03:30").moments["M"][0] == "2025-03-03T13:30:00"


def long(*kinds: str) -> str:
    """Lines of one quantity each, as `name,unit,number`, ten minutes of each."""
    return "".join(f"2025-03-03 10:{i:02},{kind.format(i=i, w=100 + i)}\n" for kind in kinds for i in TEN)


def test_a_second_number_of_the_same_quantity_and_moment_is_told_and_not_lost() -> None:
    found = read_file("time,quantity,unit,value\n" + long("power,W,{w}", "power,W,7{i}", "voltage,V,230"), M)
    assert found.values["M"]["real_power_watt"] == [*(100 + i for i in TEN), *(70 + i for i in TEN)]
    assert found.values["M"]["voltage"] == [230] * 10
    assert any("repeat a moment" in note for note in found.layout.notes)


def test_extremes_beside_their_mean_are_no_readings() -> None:
    kinds = ("power min,W,1", "power avg,W,{w}", "power max,W,999")
    assert read_file("time,quantity,unit,value\n" + long(*kinds), M).mean_w("M") == 104.5
    kinds = ("power,min,1", "power,avg,{w}", "power,max,999")
    assert read_file("time,quantity,statistic,value\n" + long(*kinds), M).mean_w("M") == 104.5


@pytest.mark.parametrize(
    "kind", ["energy_price,EUR/kWh,0.3", "power_temperature,°C,40", "price of energy,EUR,1", "heat,BTU,5"]
)
def test_prices_and_temperatures_of_a_long_table_are_no_electrical_quantities(kind: str) -> None:
    found = read_file("time,quantity,unit,value\n" + long("power,W,{w}", kind), M)
    assert set(found.values["M"]) == {"real_power", "real_power_watt"}
    assert found.mean_w("M") == 104.5


def test_lines_that_a_column_tells_apart_are_asked_about() -> None:
    text = (
        "time,place,power [W]\n"
        + rows("2025-03-03 10:{i:02},roof,{w}")
        + rows("2025-03-03 10:{i:02},cellar,5")
    )
    with pytest.raises(MalformedFile, match="--device-column 'place'"):
        read_file(text)
    found = read_file(text, ReadOptions(device_column="place"))
    assert (found.mean_w("roof"), found.mean_w("cellar")) == (104.5, 5)


INDEX = [(hour, 5000 + hour / 2, 90 + hour) for hour in range(12)]


@pytest.mark.parametrize("direction", [1, -1])
def test_indexes_of_several_meters_are_told_in_either_order_of_the_file(direction: int) -> None:
    text = "".join(
        f"2025-03-03 {hour:02}:00,A,{a}\n2025-03-03 {hour:02}:00,B,{b * 100}\n"
        for hour, a, b in INDEX[::direction]
    )
    found = read_file(f"time,meter,energy kWh\n{text}")
    assert (found.mean_w("A"), found.mean_w("B")) == pytest.approx((500, 100_000))
    assert sorted(found.moments["A"]) == [f"2025-03-03T{hour:02}:00:00" for hour in range(11)]


def test_an_index_that_contradicts_another_is_rejected() -> None:
    text = "".join(f"2025-03-03 {hour:02}:00,{index}\n" for hour, index, _ in INDEX)
    found = read_file(f"time,meter reading kWh\n{text}2025-03-03 11:00,7000\n2025-03-03 04:30,1\n", M)
    assert found.mean_w("M") == 500
    assert [reason.split(" ")[0] for reason in found.rejects] == ["another", "an"]


@pytest.mark.parametrize(
    ("heading", "number", "mean_w"),
    [
        ("Export (W)", "{w}", -104.5),
        ("Export (W)", "-{w}", -104.5),
        ("Return pump power (W)", "{w}", 104.5),
        ("Power 15 min (W)", "{w}", 104.5),
        ("Power per 30 minutes (W)", "{w}", 104.5),
    ],
)
def test_signs_and_lengths_in_headings(heading: str, number: str, mean_w: float) -> None:
    found = read_file(f"time,{heading}\n" + rows(f"2025-03-03 10:{{i:02}},{number}"), M)
    assert found.mean_w("M") == mean_w


def test_a_headings_unit_serves_the_cells_without_one() -> None:
    body = rows("2025-03-03 10:{i:02},{w}", 3) + "2025-03-03 10:10,0.1 kW\n2025-03-03 10:11,0.3 kW\n"
    assert read_file(f"time,power (W)\n{body}", M).values["M"]["real_power_watt"] == [100, 101, 102, 100, 300]
    with pytest.raises(MalformedFile, match=r"--map 'power=real_power\[kW\]'"):
        read_file(f"time,power\n{body}", M)
    watts = ReadOptions(device="M", mapping=parse_map(["power=power[W]"]))
    assert read_file(f"time,power\n{body}", watts).values["M"]["real_power_watt"][3:] == [100, 300]


@pytest.mark.parametrize("written", ["3 March 25 10:{i:02}", "Mar 3, 25 10:{i:02}", "3-Mar-25 10:{i:02}"])
def test_a_year_of_two_figures_stands_last(written: str) -> None:
    found = read_file("time;power (W)\n" + rows(f"{written};{{w}}"), M)
    assert found.moments["M"][0] == "2025-03-03T10:00:00"


EMPORIA = "Time Bucket (UTC),Mains (kWhs)\n"


def test_the_order_of_dates_of_a_preset_is_a_hint() -> None:
    moments = read_file(EMPORIA + rows("03/04/2025 10:{i:02}:00,0.05"), M).moments["M"]
    assert moments[0] == "2025-03-04T10:00:00"
    moments = read_file(EMPORIA + rows("25/04/2025 10:{i:02}:00,0.05"), M).moments["M"]
    assert moments[0] == "2025-04-25T10:00:00"
    days = "".join(f"0{day}/04/2025 {hour:02}:00:00,0.05\n" for day in (3, 4, 5) for hour in range(24))
    assert read_file(EMPORIA + days, M).moments["M"][24] == "2025-04-04T00:00:00"
    with pytest.raises(MalformedFile, match="--date-order"):
        read_file("Time Bucket (UTC);Mains (kWhs)\n" + rows("03/04/2025 10:{i:02}:00;0,05"), M)


def test_phases_of_a_preset_add_up_in_both_directions_without_the_neutral() -> None:
    names = ("total_act_energy", "total_act_ret_energy", "avg_voltage", "avg_current")
    header = ",".join(f"{phase}_{name}" for phase in "abc" for name in names)
    values = ",".join(
        f"{used},{given},{volts},2" for used, given, volts in ((3, 1, 229), (2, 1, 230), (1, 1, 231))
    )
    body = "".join(f"{1740996000 + 60 * i},{values},9\n" for i in TEN)
    found = read_file(f"timestamp,{header},n_avg_current\n{body}", M)
    assert (found.mean_w("M"), found.mean_w("M Returned")) == (360, -180)
    assert (found.values["M"]["voltage"][0], found.values["M"]["current"][0]) == (230, 6)
