"""What a file is understood to be: dialect, header, columns, units, dates."""

import pytest

from api_service.ingest.lanes.fields import split
from api_service.ingest.layout import DateOrder, Label, Layout
from api_service.ingest.recognition.options import ReadOptions, parse_map
from shared.errors import InvalidInput, MalformedFile
from tests.support.layouts import layout_of

MOMENTS = [f"2026-03-09T00:{minute:02}:00Z" for minute in range(10)]


def layout(text: str, options: ReadOptions | None = None, stem: str = "house") -> Layout:
    return layout_of(text.encode(), options, stem)


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


def factors(found: Layout) -> dict[str, list[tuple[int, float]]]:
    """Per field of the only device the columns and factors, rounded."""
    (plan,) = found.plans
    return {
        name: [(column.place, round(column.scale, 9)) for column in item.columns]
        for name, item in plan.values.items()
    }


def test_the_tables_own_columns_are_found_in_any_order_and_case_and_keep_their_units() -> None:
    found = layout("id,Real Power, CLUSTER ,note,Timestamp,apparent_power\n1,1,2,x,2026-03-09T00:00:00Z,2\n")
    assert factors(found) == {"real_power": [(1, 1.0)], "apparent_power": [(5, 1.0)]}
    assert (found.cluster, found.stamp.places, found.ignored) == (2, (4,), ("id", "note"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    header = delimiter.join(["timestamp", "cluster", "thd", "real_power_watt"])
    found = layout(table(header, delimiter.join(["2026-03-09T00:00:00Z", "1", "5", "842"])))
    assert (found.delimiter, found.width) == (delimiter, 4)


@pytest.mark.parametrize(
    ("column", "field", "factor"),
    [
        ("Global_active_power", "real_power_watt", 1000.0),
        ("power_kw", "real_power_watt", 1000.0),
        ("Active Power [kW]", "real_power_watt", 1000.0),
        ("Leistung (W)", "real_power_watt", 1.0),
        ("apower", "real_power_watt", 1.0),
        ("Puissance (en kW)", "real_power_watt", 1000.0),
        ("VAR", "reactive_power", 0.001),
        ("S", "apparent_power", 0.001),
        ("VLN", "voltage", 1.0),
        ("i_rms", "current", 1.0),
        ("Current (mA)", "current", 0.001),
        ("thd_i", "thd", 1.0),
        ("Power Factor [%]", "power_factor", 0.01),
        ("f", "frequency", 1.0),
    ],
)
def test_a_column_is_recognised_by_its_name_and_unit(column: str, field: str, factor: float) -> None:
    found = layout(table(f"time,{column}", *(f"{moment},0.5" for moment in MOMENTS)))
    assert factors(found) == {field: [(1, factor)]}
    assert found.plans[0].device == "house"


def test_power_without_a_unit_is_kilowatts_where_voltage_times_current_says_so() -> None:
    found = layout(table("time,power,voltage,current", *(f"{moment},2.3,230,10" for moment in MOMENTS)))
    assert factors(found)["real_power_watt"] == [(1, 1000.0)]
    assert any("voltage times current" in note for note in found.notes)


def test_a_unit_that_the_file_gives_is_doubted_but_not_changed() -> None:
    found = layout(table("time,power [W],voltage,current", *(f"{moment},2.3,230,10" for moment in MOMENTS)))
    assert factors(found)["real_power_watt"] == [(1, 1.0)]
    assert any("is its unit 1000 times larger?" in note for note in found.notes)


def test_a_power_factor_is_percent_by_its_values() -> None:
    found = layout(table("time,W,PF", *(f"{moment},100,87.5" for moment in MOMENTS)))
    assert factors(found)["power_factor"] == [(2, 0.01)]


def test_one_column_per_device_gives_one_plan_each() -> None:
    found = layout(table("time,Fridge [W],Heat pump [kW]", *(f"{moment},5,0.7" for moment in MOMENTS)))
    assert [plan.device for plan in found.plans] == ["Fridge", "Heat pump"]
    assert found.plans[1].values["real_power_watt"].columns[0].scale == 1000.0


def test_several_quantities_per_device_are_grouped_by_its_name() -> None:
    header = "time,Fridge power,Fridge voltage,TV power,TV voltage"
    found = layout(table(header, *(f"{moment},5,230,7,231" for moment in MOMENTS)))
    assert {plan.device: sorted(plan.values) for plan in found.plans} == {
        "Fridge": ["real_power_watt", "voltage"],
        "TV": ["real_power_watt", "voltage"],
    }


def test_phases_add_up_and_their_voltages_do_not() -> None:
    header = "time,Power L1 [W],Power L2 [W],Power L3 [W],Voltage L1,Voltage L2,Voltage L3"
    found = layout(table(header, *(f"{moment},1,2,3,230,231,232" for moment in MOMENTS)))
    (plan,) = found.plans
    assert (len(plan.values["real_power_watt"].columns), plan.values["real_power_watt"].combine) == (3, "sum")
    assert plan.values["voltage"].combine == "mean"


def test_a_total_beside_its_phases_is_used_alone() -> None:
    header = "time,Power L1 [W],Power L2 [W],Total Power [W]"
    found = layout(table(header, *(f"{moment},1,2,3" for moment in MOMENTS)))
    assert factors(found)["real_power_watt"] == [(3, 1.0)]


def test_energy_of_an_interval_becomes_its_mean_power() -> None:
    rows = [f"2026-03-09T00:{minute:02}:00Z,{0.1 + minute / 100}" for minute in (0, 15, 30, 45)]
    found = layout(table("time,Usage_kWh", *rows))
    # 1 kWh in a quarter of an hour is 4 kW.
    assert factors(found) == {"real_power_watt": [(1, 4000.0)]}
    assert (found.stamp.interval_us, found.stamp.label) == (900_000_000, Label.START)


def test_an_energy_that_only_grows_is_a_meters_index() -> None:
    rows = [f"{moment},{57_160_500 + 3 * at}" for at, moment in enumerate(MOMENTS)]
    assert "energy_counter" in factors(layout(table("time,energy [Wh]", *rows)))


def test_preamble_units_row_and_separator_line_are_passed_over() -> None:
    text = "sep=;\nTool 3.9|Precision 3\n\n;;Watt;Volt\ndd/MM/yyyy HH:mm:ss;DeviceName;PacTot;Uac1\n"
    found = layout(text + "29/04/2026 05:00:00;Roof;518,504;231,5\n29/04/2026 05:05:00;Roof;520,1;231,5\n")
    assert (found.data.line, found.decimal, found.device) == (5, ",", 1)
    assert factors(found) == {"real_power_watt": [(2, 1.0)], "voltage": [(3, 1.0)]}


def test_units_above_the_table_are_those_of_its_energies() -> None:
    text = '"Name: A",,\n"UOM: Wh",,\n,,\n"Date","Start Time","Consumed"\n'
    rows = "".join(f'"11/20/2025",{hour:02}:00:00 AM,"342"\n' for hour in range(1, 12))
    assert factors(layout(text + rows)) == {"real_power_watt": [(2, 1.0)]}


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["16/12/2006", "17/12/2006"], DateOrder.DMY),
        (["4/16/2021", "4/17/2021"], DateOrder.MDY),
        (["2026/03/01", "2026/03/02"], DateOrder.YMD),
        (["01/02/2026", "02/02/2026", "03/02/2026", "04/02/2026"], DateOrder.DMY),
        (["01.02.2026"], DateOrder.DMY),
    ],
)
def test_the_order_of_dates_is_found_over_the_file(dates: list[str], order: DateOrder) -> None:
    rows = [f"{date} {hour:02}:00,5" for date in dates for hour in range(24)]
    assert layout(table("time,power [W]", *rows)).stamp.order is order


def test_the_order_of_dates_that_cannot_be_known_is_asked_for() -> None:
    with pytest.raises(MalformedFile, match="--date-order"):
        layout(table("time,power [W]", "01/02/2026 00:00,5", "01/02/2026 01:00,5"))


def test_midnight_that_carries_the_date_of_the_day_before_is_noticed() -> None:
    days = [(1, hour) for hour in range(1, 24)] + [(1, 0)] + [(2, hour) for hour in range(1, 24)] + [(2, 0)]
    rows = [f"{day:02}/05/2026 {hour:02}:00,0.5" for day, hour in days]
    stamp = layout(table("date,Usage_kWh", *rows)).stamp
    assert (stamp.midnight_ends_day, stamp.label) == (True, Label.END)


def test_decimal_commas_that_begin_far_below_the_header_are_found() -> None:
    zeros = [f"2026-03-09 {at // 60:02}:{at % 60:02}:00;0" for at in range(600)]
    commas = [f"2026-03-09 {at // 60:02}:{at % 60:02}:00;1,5" for at in range(600, 700)]
    assert layout(table("time;power [W]", *zeros, *commas)).decimal == ","


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("21/01/2012 00:00:00;130;132\n21/01/2012 00:00:01;139;132\n", "--columns"),
        (table("time,WHE,RSE,B1E,CDE", *(f"{moment},1,2,3,4" for moment in MOMENTS)), "--map"),
        (table("when,power [W]", "soon,1", "later,2"), "--map COLUMN=timestamp"),
    ],
)
def test_what_cannot_be_known_is_asked_for_by_the_option_that_settles_it(text: str, option: str) -> None:
    with pytest.raises(MalformedFile, match=option):
        layout(text)


def test_a_file_that_names_no_device_asks_for_one() -> None:
    with pytest.raises(MalformedFile, match="--device"):
        layout(table("time,power [W]", *(f"{moment},5" for moment in MOMENTS)), stem="export")


def test_columns_and_maps_of_the_user_are_followed() -> None:
    options = ReadOptions(columns=("timestamp", "power[kW]", "-"), device="Kettle")
    found = layout("21/01/2012 00:00:00;1,5;132\n21/01/2012 00:00:01;1,6;132\n", options)
    assert (factors(found), found.plans[0].device) == ({"real_power_watt": [(1, 1000.0)]}, "Kettle")
    mapped = ReadOptions(mapping=parse_map(["*=energy[Wh]"]))
    rows = [f"{1333263600 + 3600 * at},{at},{2 * at}" for at in range(5)]
    wide = layout(table("TimeStamp,WHE,M_E", *rows), mapped)
    assert [plan.device for plan in wide.plans] == ["WHE", "M_E"]


@pytest.mark.parametrize("item", ["power", "x=light[W]", "x=power[V]"])
def test_a_map_that_says_nothing_is_refused(item: str) -> None:
    with pytest.raises(InvalidInput, match="--map"):
        parse_map([item])


def test_a_column_that_comes_twice_is_refused() -> None:
    with pytest.raises(MalformedFile, match="`thd` comes 2 times"):
        layout(table("timestamp,cluster,thd,thd,real_power", "2026-03-09T00:00:00Z,1,1,1,1"))


def test_split_reads_quotes_and_refuses_an_open_one() -> None:
    assert split('a,"b,""c""",d', ",") == ["a", 'b,"c"', "d"]
    assert split('a,"b', ",") is None
