"""Every measured set with the command line of docs/importing.md: devices, spans, energies against pandas."""

import re
import shlex
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from api_service.database.sessions import create_engine, session_factory
from api_service.scripts.import_arguments import files_of, options_of, parser
from api_service.services.import_service import ImportService
from shared.settings import load_settings

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
LONGEST_STEPS, LEAST_LONGEST_S = 10, 60.0
Readings = pd.DataFrame
"""`device`, `us` (UTC) and `watts` of the readings, and `hours` where each is the mean of an interval."""


def readings(
    device: object, moment: "pd.Series[pd.Timestamp]", watts: object, hours: float = 0.0
) -> Readings:
    us = moment.dt.tz_convert("UTC").astype("datetime64[us, UTC]").astype("int64")
    return pd.DataFrame({"device": device, "us": us, "watts": watts, "hours": hours})


def epoch(numbers: "pd.Series[int]", unit: str) -> "pd.Series[pd.Timestamp]":
    return pd.to_datetime(numbers, unit=unit, utc=True)


def uci(paths: list[Path]) -> Readings:
    table = pd.read_csv(paths[0], sep=";", na_values="?").dropna(subset=["Global_active_power"])
    moment = pd.to_datetime(table["Date"] + " " + table["Time"], format="%d/%m/%Y %H:%M:%S")
    return readings("household", moment.dt.tz_localize("Europe/Paris"), table["Global_active_power"] * 1000)


def steel(paths: list[Path]) -> Readings:
    table = pd.read_csv(paths[0], encoding="utf-8-sig")
    # The file begins with the first quarter of the year, and each row is a quarter after the one before.
    moment = pd.Series(pd.date_range("2018-01-01", periods=len(table), freq="15min", tz="UTC"))
    return readings("Steel industry", moment, table["Usage_kWh"] * 4000, 0.25)


def ozm(paths: list[Path]) -> Readings:
    table = pd.read_csv(paths[0])
    return readings(table["device"], epoch(table["timestamp"], "ms"), table["W"])


def alucol(paths: list[Path]) -> Readings:
    table = pd.read_csv(paths[0])
    table = table[table["Cos Phi Total Avg"] <= 1]
    text = table["Date"] + " " + table["Time"]
    moment = pd.to_datetime(text, format="%Y-%m-%d %I:%M:%S %p.%f").dt.tz_localize("UTC")
    return readings("Plant", moment, table["Active Power Total Avg"])


def ampds(paths: list[Path]) -> Readings:
    table = pd.read_csv(paths[0]).melt("TimeStamp")
    return readings(table["variable"], epoch(table["TimeStamp"], "s"), table["value"], 1.0)


def fairbanks(paths: list[Path]) -> Readings:
    table = pd.read_csv(paths[0]).dropna()
    moment = pd.to_datetime(table["Time"], format="%m/%d/%Y %H:%M").dt.tz_localize("America/Anchorage")
    return readings("House AB", moment, table["House AB"])


def tinyml(paths: list[Path]) -> Readings:
    tables = pd.concat(pd.read_csv(path)[["epoch_ms", "device_name"]] for path in paths)
    return readings(tables["device_name"], epoch(tables["epoch_ms"], "ms"), float("nan"))


def tracebase(paths: list[Path]) -> Readings:
    found = []
    for path in paths:
        table = pd.read_csv(path, sep=";", header=None)
        moment = pd.to_datetime(table[0], format="%d/%m/%Y %H:%M:%S").dt.tz_localize("Europe/Berlin")
        name = re.sub(r"_+[\d.]*(?:csv)?$", "", path.name).replace("_", " ").replace("-", " ")
        found.append(readings(" ".join(dict.fromkeys(name.split())), moment, table[1]))
    return pd.concat(found)


SETS: dict[str, tuple[str, Callable[[list[Path]], Readings]]] = {
    "UCI household": ("uci_household/*", uci),
    "Steel industry": ("steel_industry/*", steel),
    "Aluminium plant": ("alucol_3phase/*", alucol),
    "Fairbanks house": ("fairbanks_house/*", fairbanks),
    "TinyML smart plug": ("tinyml_smart_plug/*", tinyml),
    "openZmeter": ("ozm_dsual/*", ozm),
    "AMPds": ("ampds_r1_hourly/*", ampds),
    "tracebase": ("tracebase_sample/*", tracebase),
}
LARGE = ("AMPds", "tracebase", "TinyML smart plug")


def energy_wh(device: Readings) -> float:
    """Means times their intervals, or trapezoids between neighbours but over gaps (CONTRACT's definition)."""
    if device["hours"].iat[0]:
        return float((device["watts"] * device["hours"]).sum())
    steps_s = device["us"].diff() / 1e6
    middle_w = (device["watts"] + device["watts"].shift()) / 2
    longest_s = max(LONGEST_STEPS * steps_s.median(), LEAST_LONGEST_S)
    return float((steps_s * middle_w)[steps_s <= longest_s].sum() / 3600)


def documented(name: str) -> list[str]:
    """The row of a set in the table of docs/importing.md: options, devices, readings, span, energy."""
    text = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    return next(
        [cell.strip().replace("\\|", "|") for cell in line.split(" | ")][1:]
        for line in text.splitlines()
        if line.startswith(f"| {name}")
    )


def stored(url: str) -> pd.DataFrame:
    query = """SELECT d.file_name AS device, count(*) AS n,
        min(e.timestamp) AS first, max(e.timestamp) AS last,
        (SELECT sum(r.energy_wh) FROM rollups r WHERE r.cluster = d.cluster AND r.resolution = 'life') AS wh
        FROM electrical_data e JOIN devices d USING (cluster) GROUP BY d.cluster, d.file_name"""
    with sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///")) as connection:
        return pd.read_sql_query(query, connection).set_index("device").sort_index()


@pytest.mark.skipif(not DATA.is_dir(), reason="the measured files are not here")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.soak] if name in LARGE else []) for name in SETS]
)
async def test_set_gives_the_devices_span_and_energy_that_pandas_finds(
    name: str, sqlite_url: str, tmp_path: Path
) -> None:
    pattern, read = SETS[name]
    paths = sorted(DATA.glob(pattern))
    options, devices, count, span, energy_kwh = documented(name)
    given = parser().parse_args([*map(str, paths), *shlex.split(options.strip("`"))])
    settings = load_settings(database_url=sqlite_url)
    engine = create_engine(settings)
    service = ImportService(session_factory(engine), settings)
    for path in files_of(given):
        given.rejects = tmp_path / f"{path.name}.rejects"
        await service.import_file(path, options_of(given))
    await engine.dispose()

    gold = read(paths).drop_duplicates(["device", "us"]).sort_values("us")
    groups = {str(device): rows for device, rows in gold.groupby("device")}
    found = stored(sqlite_url)
    assert found.index.tolist() == sorted(groups)
    for device, rows in groups.items():
        row = found.loc[device]
        assert (row["n"], row["first"], row["last"]) == (len(rows), rows["us"].min(), rows["us"].max())
        assert row["wh"] == pytest.approx(energy_wh(rows), rel=1e-9, abs=1e-6)
    first, last = (datetime.fromtimestamp(us / 1e6, UTC) for us in (gold["us"].min(), gold["us"].max()))
    assert (devices, count) == (str(len(groups)), f"{len(gold):,}")
    assert span == f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
    total = sum(energy_wh(rows) for rows in groups.values()) / 1000
    assert energy_kwh.rstrip(" |") == (f"{total:,.3f}" if gold["watts"].notna().any() else "no power")
