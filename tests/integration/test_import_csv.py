"""Files through the import service into real databases; what is stored is read back by plain SQL."""

import asyncio
import csv
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.database.sessions import create_engine, session_factory
from api_service.models import Device, ElectricalData, Import
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions, ImportOutcome
from shared.errors import Conflict, InvalidInput, MalformedFile, NotFound
from shared.settings import load_settings

HEADER = "timestamp,cluster,real_power_watt,thd,device_state,device_name\n"
ROWS = """2026-03-09T00:00:00Z,1,100,5.5,on,Oven
2026-03-09T00:01:00Z,1,200,,on,Oven
2026-03-09T00:00:00Z,2,-3.25,0,standby,"TV, large"
"""
STORED = [
    ("2026-03-09T00:00:00+00:00", 1, 100.0, 0.1, 5.5, "on"),
    ("2026-03-09T00:00:00+00:00", 2, -3.25, -0.00325, 0.0, "standby"),
    ("2026-03-09T00:01:00+00:00", 1, 200.0, 0.2, None, "on"),
]


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(load_settings(database_url=database_url))
    yield engine
    await engine.dispose()


@pytest.fixture
def service(engine: AsyncEngine, database_url: str) -> ImportService:
    return ImportService(session_factory(engine), load_settings(database_url=database_url))


@pytest.fixture
async def sqlite_service(sqlite_url: str) -> AsyncIterator[ImportService]:
    settings = load_settings(database_url=sqlite_url)
    engine = create_engine(settings)
    yield ImportService(session_factory(engine), settings)
    await engine.dispose()


def written(folder: Path, content: str | bytes, name: str = "readings.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


async def stored(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    columns = (
        ElectricalData.timestamp,
        ElectricalData.cluster,
        ElectricalData.real_power_watt,
        ElectricalData.real_power,
        ElectricalData.thd,
        ElectricalData.device_state,
    )
    async with engine.connect() as connection:
        rows = await connection.execute(select(*columns).order_by(columns[0], columns[1]))
        return [(row[0].isoformat(), *row[1:]) for row in rows]


def counts(outcome: ImportOutcome) -> tuple[int, int, int]:
    return outcome.report.accepted, outcome.report.duplicates, outcome.report.rejected


async def test_import_stores_readings_names_and_progress(
    service: ImportService, engine: AsyncEngine, tmp_path: Path
) -> None:
    path = written(tmp_path, HEADER + ROWS)
    outcome = await service.import_file(path, ImportOptions())
    assert counts(outcome) == (3, 0, 0)
    assert await stored(engine) == STORED
    async with engine.connect() as connection:
        names = await connection.execute(select(Device.cluster, Device.file_name).order_by(Device.cluster))
        assert [tuple(row) for row in names] == [(1, "Oven"), (2, "TV, large")]
        progress = (await connection.execute(select(Import.__table__))).mappings().one()
    assert (progress["state"], progress["accepted"], progress["line"]) == ("completed", 3, 4)
    assert progress["byte_offset"] == progress["size_bytes"] == path.stat().st_size


async def test_import_of_the_same_file_again_adds_nothing_and_names_the_lines(
    service: ImportService, engine: AsyncEngine, tmp_path: Path
) -> None:
    path = written(tmp_path, HEADER + ROWS)
    await service.import_file(path, ImportOptions())
    again = await service.import_file(path, ImportOptions())
    assert counts(again) == (0, 3, 0)
    assert again.report.duplicate_ranges == [[2, 4]]
    assert await stored(engine) == STORED


async def test_import_of_overlapping_files_stores_each_reading_once(
    service: ImportService, engine: AsyncEngine, tmp_path: Path
) -> None:
    first, second, third = ROWS.splitlines(keepends=True)
    one = written(tmp_path, HEADER + first + second, "one.csv")
    await service.import_file(one, ImportOptions())
    # The second line differs in its values: what is stored first stays.
    two = written(tmp_path, HEADER + second.replace("200", "999") + third + third, "two.csv")
    outcome = await service.import_file(two, ImportOptions())
    assert counts(outcome) == (1, 2, 0)
    assert (outcome.report.duplicate_ranges, outcome.report.conflict_ranges) == ([[4, 4]], [[2, 2]])
    assert await stored(engine) == STORED


EUROPEAN = "\ufeffDevice_Name;THD;Device_State;Real_Power_Watt;CLUSTER;comment;Timestamp\r\n" + "".join(
    f"{name};{thd};{state};{watts};{cluster};x;{moment}\r\n"
    for name, thd, state, watts, cluster, moment in [
        ("Oven", "5,5", "on", "100", "1", "2026-03-09 01:00:00"),
        ("Oven", "", "on", "200,0", "1", "2026-03-09 01:01:00"),
        ('"TV, large"', "0", "standby", "-3,25", "2", "2026-03-09 01:00:00.000"),
    ]
)


@pytest.mark.parametrize("ending", ["\r\n", ""])
async def test_import_of_a_european_spreadsheet_gives_the_same_rows(
    service: ImportService, engine: AsyncEngine, tmp_path: Path, ending: str
) -> None:
    content = EUROPEAN.removesuffix("\r\n") + ending
    outcome = await service.import_file(written(tmp_path, content), ImportOptions(timezone="Europe/Madrid"))
    assert counts(outcome) == (3, 0, 0)
    assert outcome.layout.ignored == ("comment",)
    assert await stored(engine) == STORED


async def test_import_with_bad_lines_stores_the_good_ones_and_writes_the_rest_down(
    service: ImportService, engine: AsyncEngine, tmp_path: Path
) -> None:
    first, second, third = (line.encode() for line in ROWS.splitlines())
    lines = [
        HEADER.strip().encode(),
        first,
        b"2026-03-09T00:05:00Z,1,abc,1,on,Oven",
        second,
        b"",
        b"2026-03-09T00:06:00Z,1,100",
        b"2026-03-09T00:07:00Z,1,1,1,o\0n,Oven",
        b"2026-02-30T00:00:00Z,1,1,1,on,Oven",
        third,
        b"2026-03-09T00:08:00Z,1,inf,1,on,Oven",
        b"2026-03-09T00:09:00Z,1,1,1,caf\xe9,Oven",
        b"x" * 100_000,
        b"2026-03-09T00:10:00Z,1,1,-1,=1+1,Oven",
        b"2026-03-09T00:11:00Z,1,42",
    ]
    path = written(tmp_path, b"\n".join(lines))
    outcome = await service.import_file(path, ImportOptions())
    assert counts(outcome) == (5, 0, 6)
    assert outcome.report.set_aside == "2026-03-09T00:11:00Z,1,42"
    rows = await stored(engine)
    assert rows[:3] == STORED
    assert [row[4:] for row in rows[3:]] == [(1.0, None), (None, "=1+1")]
    assert outcome.rejects == tmp_path / "readings.csv.rejects.csv"
    with outcome.rejects.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["line"], row["field"], row["reason"]) for row in found] == [
        ("3", "real_power_watt", "not a number"),
        ("6", "", "fewer fields than the header"),
        ("7", "", "contains a NUL byte"),
        ("8", "timestamp", "not a timestamp such as 2026-03-09T14:30:00Z, or no such date"),
        ("10", "real_power_watt", "not a finite number"),
        ("12", "", "line longer than 65536 bytes"),
    ]
    assert found[0]["raw"] == "2026-03-09T00:05:00Z,1,abc,1,on,Oven"
    assert found[2]["raw"] == "2026-03-09T00:07:00Z,1,1,1,o\\x00n,Oven"
    assert found[4]["raw"] == "2026-03-09T00:08:00Z,1,inf,1,on,Oven"
    assert len(found[5]["raw"]) < 300


async def test_import_in_small_blocks_gives_the_same_as_in_one(
    service: ImportService, engine: AsyncEngine, tmp_path: Path
) -> None:
    # 03:00 becomes 02:00 that day: block borders fall into the repeated hour.
    base = datetime(2026, 10, 25, 0, 0, tzinfo=UTC).timestamp()
    moments = [
        datetime.fromtimestamp(base + 3600 * (i // 1800 + 2) + 2 * (i % 1800), UTC) for i in range(9000)
    ]
    local = [moment.replace(hour=moment.hour - (moment.hour > 2)) for moment in moments]
    lines = [f"{moment:%Y-%m-%d %H:%M:%S},7,1,1,on,\n" for moment in local]
    lines[5000] = "broken\n"
    path = written(tmp_path, HEADER + "".join(lines))
    options = ImportOptions(timezone="Europe/Madrid", batch_bytes=65536)
    outcome = await service.import_file(path, options)
    assert counts(outcome) == (8999, 0, 1)
    assert outcome.report.rejects["fewer fields than the header"].lines == [5002]
    moments_stored = [row[0] for row in await stored(engine)]
    expected = [base + 2 * i for i in range(9000) if i != 5000]
    assert [datetime.fromisoformat(moment).timestamp() for moment in moments_stored] == expected


async def test_import_twice_at_once_stores_each_reading_once(
    service: ImportService, engine: AsyncEngine, tmp_path: Path
) -> None:
    lines = [f"{1_773_000_000 + i},{i % 3},1,1,on,\n" for i in range(9000)]
    path = written(tmp_path, HEADER + "".join(lines))
    options = [ImportOptions(batch_bytes=65536, rejects=tmp_path / f"{name}.csv") for name in "ab"]
    found = await asyncio.gather(
        *(service.import_file(path, option) for option in options), return_exceptions=True
    )
    # Both come to their end, or one of them sees that the other is at it.
    assert all(isinstance(one, ImportOutcome | Conflict) for one in found)
    assert any(isinstance(one, ImportOutcome) for one in found)
    assert len(await stored(engine)) == 9000


async def test_import_dry_run_stores_nothing_and_needs_no_tables(tmp_path: Path) -> None:
    settings = load_settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/none.db")
    service = ImportService(session_factory(create_engine(settings)), settings)
    outcome = await service.import_file(
        written(tmp_path, HEADER + ROWS + "bad\n"), ImportOptions(dry_run=True)
    )
    assert counts(outcome) == (3, 0, 1)
    assert outcome.rejects is None
    assert os.listdir(tmp_path) == ["readings.csv"]


async def test_import_of_a_header_alone_finds_no_lines(sqlite_service: ImportService, tmp_path: Path) -> None:
    outcome = await sqlite_service.import_file(written(tmp_path, HEADER), ImportOptions())
    assert outcome.report.lines == 0


async def test_import_without_tables_says_how_to_make_them(blank_database_url: str, tmp_path: Path) -> None:
    settings = load_settings(database_url=blank_database_url)
    engine = create_engine(settings)
    service = ImportService(session_factory(engine), settings)
    with pytest.raises(Conflict, match="make db-init"):
        await service.import_file(written(tmp_path, HEADER + ROWS), ImportOptions())
    await engine.dispose()


async def test_import_that_cannot_begin_raises_and_leaves_no_progress(
    sqlite_service: ImportService, sqlite_url: str, tmp_path: Path
) -> None:
    good = written(tmp_path, HEADER + ROWS)
    cases: list[tuple[Path, ImportOptions, type[Exception]]] = [
        (tmp_path / "missing.csv", ImportOptions(), NotFound),
        (tmp_path, ImportOptions(), InvalidInput),
        (good, ImportOptions(timezone="Mars/Olympus"), InvalidInput),
        (good, ImportOptions(rejects=good), InvalidInput),
        (good, ImportOptions(rejects=tmp_path), InvalidInput),
        (good, ImportOptions(rejects=tmp_path / "no" / "such" / "folder.csv"), InvalidInput),
        (written(tmp_path, "", "empty.csv"), ImportOptions(), MalformedFile),
        (written(tmp_path, "a,b\n1,2\n", "other.csv"), ImportOptions(), MalformedFile),
    ]
    for path, options, error in cases:
        with pytest.raises(error):
            await sqlite_service.import_file(path, options)
    engine = create_engine(load_settings(database_url=sqlite_url))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM imports"))).scalar_one() == 0
    await engine.dispose()
