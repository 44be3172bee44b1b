"""Columns that were misread, or lost, in files of makers that nobody had tried: numbers by hand."""

import pytest

from api_service.ingest.recognition.options import ReadOptions
from shared.errors import MalformedFile
from tests.support.file_reading import FileRead, read_file

M = ReadOptions(device="M")


def table(header: str, row: str, count: int = 10, options: ReadOptions = M) -> FileRead:
    """A file of minutes; {t} stands for the moment, {i} for its number, {c} for decimals of a comma."""
    rows = (
        row.format(t=f"2025-03-{14 + i // 1440:02} {i // 60 % 24:02}:{i % 60:02}", i=i, e=1741910400 + 60 * i)
        for i in range(count)
    )
    return read_file("\n".join([header, *rows, ""]), options)


def means(found: FileRead) -> dict[str, float]:
    return {name: round(found.mean_w(name), 6) for name in found.values}


def test_a_unit_in_a_name_with_total_counts() -> None:
    # 10 Wh a minute are 600 W; read as kWh they would be 600 kW.
    found = table("time,total_wh", "{t},10{i}0")
    assert means(found) == {"M": pytest.approx(600)}
    assert means(table("time,total_kwh", "{t},10{i}")) == {"M": pytest.approx(60_000)}
    assert means(table("time,total wh", "{t},10{i}")) == {"M": pytest.approx(60)}


def test_small_mw_beside_millivolts_are_milliwatts_and_asked_about_alone() -> None:
    found = table("time,voltage_mv,current_ma,power_mw,total_wh", "{t},230100,500,150000,10{i}")
    assert means(found) == {"M": 150}
    with pytest.raises(MalformedFile, match=r"--map 'power_mw=power\[mW\]'"):
        table("time,power_mw", "{t},150000")


def test_phases_by_the_letters_r_s_t_and_u_v_w() -> None:
    found = table("Time,P_R(W),P_S(W),P_T(W),U_R(V),U_S(V),U_T(V)", "{t},200,300,100,230,231,232")
    assert (means(found), found.values["M"]["voltage"][0]) == ({"M": 600}, 231)
    assert means(table("Time,P U [W],P V [W],P W [W]", "{t},200,300,100")) == {"M": 600}


def test_flows_of_a_site_stand_apart_and_what_is_fed_in_is_negative() -> None:
    header = "Datum und Uhrzeit;Netzeinspeisung;Netzbezug;Verbrauch\n[dd.MM.yyyy HH:mm];[Wh];[Wh];[Wh]"
    found = table(header, "{t};2;1;3", options=ReadOptions())
    assert means(found) == {"Netzeinspeisung": -120, "Netzbezug": 60, "Verbrauch": 180}
    both = table("Time,Grid import (kW),Home consumption (kW)", "{t},1,3")
    assert sorted(means(both).values()) == [1000, 3000]


def test_energy_beside_the_power_it_follows_from_is_no_second_device() -> None:
    found = table("Time,Demand [kW],Delivered [kWh],Received [kWh]", "{t},0.15,500{i}.5,100")
    assert means(found) == {"M": 150}
    logger = table("DATE TIME,P1_Inst[W],WP+1[Wh],WP-1[Wh]", "{t},150,{i},0")
    assert means(logger) == {"M": 150}


def test_energy_that_rises_for_most_of_a_day_from_nothing_is_an_index() -> None:
    # 2 Wh a minute are 120 W; as energy of each minute the last would be 2400 × 60 W.
    rows = [f"2025-03-{14 + i // 1440:02} {i // 60 % 24:02}:{i % 60:02},{2 * i}" for i in range(1200)]
    found = read_file("\n".join(["Time,Energy (Wh)", *rows, ""]), M)
    assert means(found) == {"M": pytest.approx(120)}
    morning = read_file("\n".join(["Time,Energy (Wh)", *rows[:300], ""]), M)
    assert found.layout.plans[0].values != morning.layout.plans[0].values


def test_bounds_of_a_whole_query_are_no_interval() -> None:
    found = table(",result,_start,_stop,_time,_value,_field", ",,2025-03-14,2025-03-15,{t},150,power [W]")
    assert (found.layout.stamp.label, found.layout.stamp.interval_us) == ("instant", 0)


def test_a_letter_beside_a_value_is_its_quality() -> None:
    assert means(table("ts,val,ack,q", "{e}000,15{i},true,0")) == {"M": 154.5}


def test_quoted_decimals_below_one_are_no_thousands() -> None:
    assert means(table("Time,Energy (kWh)", '{t},"0,025"')) == {"M": 1500}


def test_figures_grouped_as_in_india() -> None:
    assert means(table("Time,Power (W)", '{t},"1,00,15{i}.5"')) == {"M": 100_155}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2025-W11-5T10:{i:02}:00", "2025-03-14T10:00:00"),
        ("'25/03/14 10:{i:02}:00", "2025-03-14T10:00:00"),
        ("174194640000000000{i}", "2025-03-14T10:00:00"),
    ],
)
def test_moments_of_weeks_short_years_and_nanoseconds(text: str, first: str) -> None:
    rows = "".join(f"{text.format(i=i)},150\n" for i in range(1 if "174" in text else 10))
    assert read_file(f"time,power_w\n{rows}", M).moments["M"][0] == first


def test_quantity_over_its_unit() -> None:
    found = table("Zeit;P_ges/kW;U_L1/V", "{t};0,15;230,1")
    assert (means(found), found.values["M"]["voltage"][0]) == ({"M": 150}, 230.1)


def test_kinds_that_name_devices_are_devices() -> None:
    rows = "".join(
        f"2025-03-14 10:{i:02},{n} power,{w}\n" for i in range(10) for n, w in (("fan", 40), ("tv", 90))
    )
    assert means(read_file(f"time,metric,value\n{rows}", M)) == {"M fan": 40, "M tv": 90}


def test_header_with_commas_in_its_units_is_not_taken_for_a_reading() -> None:
    found = table("Zeitpunkt der Messung;Wirk, kW;Blind, kvar", "{t};0,15;0,1")
    assert means(found) == {"M": 150}


@pytest.mark.parametrize("count", [300, 800, 2500, 20_000])
def test_index_is_one_in_files_of_any_length(count: int) -> None:
    """Where lines are looked at twice an index seems to fall, and 120 W become 630 kW."""
    rows = "".join(f"{1741910400 + 60 * i},{10_000 + 2 * i}\n" for i in range(count))
    assert means(read_file(f"Time,Energy (Wh)\n{rows}", M)) == {"M": pytest.approx(120)}


def test_units_in_parts_and_seconds_and_multiples_that_are_asked_about() -> None:
    assert means(table("Time,Power (0.1W),Voltage (0.1V)", "{t},150{i},2300")) == {"M": 150.45}
    assert means(table("Time,Energy (Ws)", "{t},6000")) == {"M": 100}
    assert means(table("Time,Consumption_W", "{t},150")) == {"M": 150}
    with pytest.raises(MalformedFile, match="--map"):
        table("Time,Power (W x1000)", "{t},0.15")


def test_plans_and_limits_are_no_devices() -> None:
    assert means(table("Time,Power limit (W),Power (W),Load forecast (W)", "{t},3000,150,9")) == {"M": 150}


def test_a_flow_without_its_own_unit_is_not_lost_beside_a_total() -> None:
    found = table("time;Production_W;Consumption_W;Pac_total_W", "{t};150;300;5", options=ReadOptions())
    assert sorted(means(found).values()) == [5, 150, 300]
    named = table("time,solar_power,load_power", "{t},150,300", options=ReadOptions())
    assert means(named) == {"solar": 150, "load": 300}


def test_last_minute_belongs_to_its_interval() -> None:
    # 0.05 kWh in half an hour are 100 W; over 29 minutes they would be 103 W.
    rows = "".join(
        f"2025-03-14 {hour:02}:{half:02},2025-03-14 {hour:02}:{half + 29},0.05\n"
        for hour in range(24)
        for half in (0, 30)
    )
    assert means(read_file(f"start,end,consumption kwh\n{rows}", M)) == {"M": pytest.approx(100)}


@pytest.mark.parametrize(
    ("header", "row", "first"),
    [
        ("Date,Clock,Zone,kW", "2025-03-14,10:{m},+01:00,0.15", "2025-03-14T09:00:00"),
        ("Date,Clock,TZ,kW", "2025-03-14,10:{m},EDT,0.15", "2025-03-14T14:00:00"),
        ("Time,Timezone,kW", "2025-03-14 10:{m},Europe/Madrid,0.15", "2025-03-14T09:00:00"),
        ("Year,Month,Day,Hour,Minute,kW", "2025,3,14,10,{n},0.15", "2025-03-14T10:00:00"),
        ("Time,kW", "14/03/2025 10:{m}:00:250,0.15", "2025-03-14T10:00:00"),
    ],
)
def test_moments_in_further_columns(header: str, row: str, first: str) -> None:
    rows = "".join(f"{row.format(m=f'{i:02}', n=i)}\n" for i in range(10))
    found = read_file(f"{header}\n{rows}", M)
    assert (found.moments["M"][0], len(set(found.moments["M"])), found.mean_w("M")) == (first, 10, 150)


def test_points_before_three_figures_are_doubted_and_settled_by_one_option() -> None:
    text = ("Zeit;Leistung [W]", "{t};1.15{i}")
    assert "--decimal ," in " ".join(table(*text).layout.notes)
    assert means(table(*text, options=ReadOptions(device="M", decimal=","))) == {"M": 1154.5}


def test_energy_of_the_day_is_asked_about_as_an_index() -> None:
    with pytest.raises(MalformedFile, match=r"counter\[kWh\]"):
        table("Time,Energy Today (kWh)", "{t},0.1")
