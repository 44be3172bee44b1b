"""Files in the forms that people have: what each gives, against numbers worked out by hand or by pandas."""

import asyncio
import gzip
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from api_service.database.sessions import create_engine, session_factory
from api_service.ingest.recognition.options import ReadOptions, parse_map
from api_service.metering.blocks import ConflictRule
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions, ImportOutcome
from shared.errors import Conflict
from shared.settings import load_settings

DATA = Path(__file__).parents[3] / "shared" / "data"
CASES = DATA / "field_cases"
real = pytest.mark.skipif(not CASES.is_dir(), reason="the measured files are not here")


def power(url: str) -> pd.DataFrame:
    """All readings of the database, with the names of their devices."""
    path = url.removeprefix("sqlite+aiosqlite:///")
    query = "SELECT d.file_name AS device, e.* FROM electrical_data e JOIN devices d USING (cluster)"
    with sqlite3.connect(path) as connection:
        return pd.read_sql_query(query, connection)


@pytest.fixture
async def imported(sqlite_url: str) -> AsyncIterator["Importer"]:
    settings = load_settings(database_url=sqlite_url)
    engine = create_engine(settings)
    yield Importer(ImportService(session_factory(engine), settings), sqlite_url)
    await engine.dispose()


class Importer:
    """Imports files and gives back what is stored then."""

    def __init__(self, service: ImportService, url: str) -> None:
        self.service = service
        self.url = url

    async def __call__(self, path: Path, options: ImportOptions) -> tuple[ImportOutcome, pd.DataFrame]:
        found = replace(options, rejects=Path(self.url.removeprefix("sqlite+aiosqlite:///")).parent / "r.csv")
        outcome = await self.service.import_file(path, found)
        return outcome, await asyncio.to_thread(power, self.url)


@real
@pytest.mark.parametrize(
    ("name", "zone", "readings", "means"),
    [
        ("green_button_preamble.csv", "America/Los_Angeles", 25, {"5550001": -3462 / 25}),
        ("half_hours_start_end_fr.csv", "Europe/Paris", 46, {"half hours fr": 22047 * 2 / 46}),
        ("solar_zeros_then_commas_nl.csv", "Europe/Amsterdam", 288, {"solar zeros then commas nl": 302.6278}),
        ("plug_console.log", "Europe/Berlin", 30, {"plug_lab": 602.5}),
        (
            "wide_with_holes.csv",
            "UTC",
            62,
            {"Fridge": 366.4174, "Heat pump": 501.5, "Server rack": 438.8333},
        ),
    ],
)
async def test_field_case_gives_its_stated_outcome(
    imported: Importer, name: str, zone: str, readings: int, means: dict[str, float]
) -> None:
    outcome, stored = await imported(CASES / name, ImportOptions(timezone=zone))
    assert (outcome.report.accepted, outcome.report.rejected, len(stored)) == (readings, 0, readings)
    found = stored.groupby("device")["real_power_watt"].mean().to_dict()
    assert found == pytest.approx(means, abs=1e-3)


@real
async def test_inverter_file_with_a_units_row_gives_both_inverters(imported: Importer) -> None:
    _, stored = await imported(CASES / "inverter_units_row.csv", ImportOptions(timezone="Europe/Berlin"))
    assert sorted(stored["device"].unique()) == ["Roof east", "Roof west"]
    assert stored["real_power_watt"].mean() == pytest.approx(899.123, abs=1e-3)


@real
async def test_uci_household_equals_pandas(imported: Importer) -> None:
    path = DATA / "uci_household" / "household_power_consumption.txt"
    outcome, stored = await imported(path, ImportOptions(timezone="Europe/Paris"))
    gold = pd.read_csv(path, sep=";", na_values="?").dropna(subset=["Global_active_power"])
    assert (outcome.report.accepted, outcome.report.rejected) == (len(gold), 5)
    assert stored["real_power_watt"].sum() == pytest.approx(gold["Global_active_power"].sum() * 1000)
    assert stored["reactive_power"].sum() == pytest.approx(gold["Global_reactive_power"].sum())


@real
async def test_steel_industry_energy_and_the_midnights_equal_pandas(imported: Importer) -> None:
    path = DATA / "steel_industry" / "Steel_industry_data.csv"
    outcome, stored = await imported(path, ImportOptions())
    gold = pd.read_csv(path, encoding="utf-8-sig")
    assert outcome.report.accepted == len(gold) == 35_040
    assert stored["real_power_watt"].sum() / 4000 == pytest.approx(gold["Usage_kWh"].sum())
    # 35,040 quarters of an hour follow one another through the whole year.
    assert stored["timestamp"].sort_values().diff().dropna().unique().tolist() == [900_000_000]
    assert stored["power_factor"].mean() == pytest.approx(gold["Lagging_Current_Power_Factor"].mean() / 100)


@real
async def test_ozm_keeps_every_power_whatever_its_apparent_power_is(imported: Importer) -> None:
    path = DATA / "ozm_dsual" / "ozm_dsual_6meters.csv"
    outcome, stored = await imported(path, ImportOptions())
    gold = pd.read_csv(path).groupby("device")["W"].sum()
    assert (outcome.report.accepted, outcome.report.rejected) == (58_224, 0)
    assert stored.groupby("device")["real_power_watt"].sum().to_dict() == pytest.approx(gold.to_dict())


@real
async def test_alucol_sums_its_phases_and_rejects_saturated_rows(imported: Importer) -> None:
    path = DATA / "alucol_3phase" / "power-quality-meter.csv"
    outcome, stored = await imported(path, ImportOptions(read=ReadOptions(device="Plant")))
    assert (outcome.report.accepted, outcome.report.rejected) == (2339, 4)
    gold = pd.read_csv(path)
    gold = gold[gold["Cos Phi Total Avg"] <= 1]
    assert stored["real_power_watt"].sum() == pytest.approx(gold["Active Power Total Avg"].sum())
    assert stored["current"].sum() == pytest.approx(sum(gold[f"Current {p} Avg"].sum() for p in "ABC"))


@real
async def test_tracebase_without_header_equals_pandas(imported: Importer) -> None:
    path = DATA / "tracebase_sample" / "WaterKettle__Kettle_2012.01.06.csv"
    read = ReadOptions(columns=("timestamp", "power[W]", "-"))
    outcome, stored = await imported(path, ImportOptions(timezone="Europe/Berlin", read=read))
    gold = pd.read_csv(path, sep=";", header=None).drop_duplicates(subset=[0])
    assert outcome.report.accepted == len(gold)
    assert stored["real_power_watt"].sum() == pytest.approx(gold[1].sum())


@real
async def test_tinyml_gives_voltage_current_and_thd_without_power(imported: Importer) -> None:
    path = next((DATA / "tinyml_smart_plug").glob("resistive*trial_1__arc.csv"))
    _, stored = await imported(path, ImportOptions())
    gold = pd.read_csv(path).drop_duplicates(subset=["epoch_ms"])
    for ours, theirs in (("voltage", "v_rms"), ("current", "i_rms"), ("thd", "thd_i")):
        assert stored[ours].sum() == pytest.approx(gold[theirs].sum())


@real
async def test_ampds_every_circuit_is_a_device(imported: Importer, tmp_path: Path) -> None:
    lines = (DATA / "ampds_r1_hourly" / "AMPdsR1_1hr_Wh.csv").read_text().splitlines()[:1000]
    path = tmp_path / "AMPdsR1_1hr_Wh.csv"
    path.write_text("\n".join(lines) + "\n")
    read = ReadOptions(mapping=parse_map(["*=energy[Wh]"]))
    _, stored = await imported(path, ImportOptions(read=read))
    gold = pd.read_csv(path).drop(columns="TimeStamp").sum()
    found = stored.groupby("device")["real_power_watt"].sum()
    assert found.to_dict() == pytest.approx(gold.to_dict())


TABLE = "time,power [W]\n2026-03-09T00:00:00Z,100\n2026-03-09T00:01:00Z,200\n"


@pytest.mark.parametrize("form", ["gz", "zip", "zst", "utf-16", "latin-1", "parquet", "xlsx"])
async def test_packed_encoded_and_other_formats_give_the_same_readings(
    imported: Importer, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"kettle.{form}"
    if form == "gz":
        path.write_bytes(gzip.compress(TABLE.encode()))
    elif form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("kettle.csv", TABLE)
    elif form == "zst":
        import pyarrow as pa

        path.write_bytes(pa.compress(TABLE.encode(), "zstd", asbytes=True))
    elif form in ("utf-16", "latin-1"):
        path.write_bytes(TABLE.replace("power", "Gerät power").encode(form))
    else:
        frame = pd.DataFrame(
            {"time": ["2026-03-09T00:00:00Z", "2026-03-09T00:01:00Z"], "power [W]": [100, 200]}
        )
        frame.to_parquet(path) if form == "parquet" else frame.to_excel(path, index=False)
    outcome, stored = await imported(path, ImportOptions())
    assert outcome.report.accepted == 2
    assert stored["real_power_watt"].tolist() == [100, 200]


async def test_a_last_line_that_may_be_cut_waits_for_the_rest(imported: Importer, tmp_path: Path) -> None:
    path = tmp_path / "kettle.csv"
    path.write_text(TABLE + "2026-03-09T00:02:00Z,12")
    outcome, _ = await imported(path, ImportOptions())
    assert (outcome.report.accepted, outcome.report.set_aside) == (2, "2026-03-09T00:02:00Z,12")
    path.write_text(TABLE + "2026-03-09T00:02:00Z,1250\n")
    outcome, stored = await imported(path, ImportOptions())
    assert (outcome.report.accepted, outcome.report.duplicates) == (1, 2)
    assert stored["real_power_watt"].tolist() == [100, 200, 1250]


async def test_names_are_the_same_device_over_files(imported: Importer, tmp_path: Path) -> None:
    for name, device, minute in (("a", "Kettle", 0), ("b", "TV", 0), ("c", "kettle ", 1)):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"time,device,power [W]\n2026-03-09T00:0{minute}:00Z,{device},100\n")
        _, stored = await imported(path, ImportOptions())
    assert stored.groupby("cluster").size().to_dict() == {1: 2, 2: 1}


POWER = "time,real_power_w\n2026-03-09T00:00:00Z,100\n2026-03-09T00:01:00Z,200\n"
REACTIVE = "time,reactive_power_var\n2026-03-09T00:00:00Z,10\n2026-03-09T00:01:00Z,-20\n"


@pytest.mark.parametrize("order", [(POWER, REACTIVE), (REACTIVE, POWER)])
async def test_a_second_quantity_of_the_same_times_is_merged(
    imported: Importer, tmp_path: Path, order: tuple[str, str]
) -> None:
    for number, text in enumerate(order, start=1):
        path = tmp_path / f"house_{number}_power.csv"
        path.write_text(text)
        _, stored = await imported(path, ImportOptions())
    assert stored["device"].unique().tolist() == ["house"]
    assert stored["real_power_watt"].tolist() == [100, 200]
    assert stored["reactive_power"].tolist() == [0.01, -0.02]


@pytest.mark.parametrize(
    ("rule", "watts"), [(ConflictRule.KEEP, 100), (ConflictRule.FILL, 100), (ConflictRule.REPLACE, 900)]
)
async def test_other_values_at_the_same_time_are_counted_and_treated_as_said(
    imported: Importer, tmp_path: Path, rule: ConflictRule, watts: float
) -> None:
    path = tmp_path / "kettle.csv"
    path.write_text(TABLE)
    await imported(path, ImportOptions())
    path.write_text(TABLE.replace(",100", ",900"))
    outcome, stored = await imported(path, ImportOptions(on_conflict=rule))
    assert (outcome.report.accepted, outcome.report.duplicates, outcome.report.conflicts) == (0, 2, 1)
    assert outcome.report.conflict_ranges == [[2, 2]]
    assert stored["real_power_watt"].tolist() == [watts, 200]


async def test_a_numbered_device_that_is_called_otherwise_is_asked_about(
    imported: Importer, tmp_path: Path
) -> None:
    header = "timestamp,cluster,real_power_watt,device_name\n"
    first, second = tmp_path / "flat.csv", tmp_path / "shop.csv"
    first.write_text(f"{header}2026-03-09T00:00:00Z,1,5,Fridge\n")
    second.write_text(f"{header}2026-03-09T00:00:00Z,1,900,Oven\n")
    await imported(first, ImportOptions())
    with pytest.raises(Conflict, match="--new-devices"):
        await imported(second, ImportOptions())
    read = ReadOptions(device_column="cluster", has_own_numbers=True)
    _, stored = await imported(second, ImportOptions(read=read))
    assert stored.groupby("cluster")["real_power_watt"].sum().to_dict() == {1: 5, 2: 900}
