"""Random files that overlap and are dirty, against an oracle of a few lines."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from api_service.database.sessions import create_engine, session_factory
from api_service.models import ElectricalData
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions
from shared.settings import load_settings

HEADER = "cluster;timestamp;real_power_watt;device_state\n"
BAD = ("", "x;y", "1;2026-03-09;oops;on", '2;2026-03-09;1;"on', ";2026-03-09T00:00:00Z;1;on", "1;;5;on")
START = datetime(2026, 3, 9, tzinfo=UTC).timestamp()

Key = tuple[int, float]


class Oracle:
    """What must be stored: the first reading of each cluster and moment."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.stored: dict[Key, float] = {}

    def file(self) -> tuple[str, tuple[int, int, int]]:
        """A file and how many of its lines are accepted, duplicates and rejected."""
        lines, accepted, duplicates, rejected = [HEADER], 0, 0, 0
        shift = self.dice.randrange(3) * 400
        for step in range(self.dice.randrange(200, 1500)):
            bad = self.dice.choice(BAD) if self.dice.random() < 0.05 else None
            if bad is not None:
                lines.append(f"{bad}\n")
                rejected += bool(bad)
                continue
            back = self.dice.randrange(300) if self.dice.random() < 0.1 else 0
            key = (self.dice.randrange(4), START + 10.0 * (shift + step // 4 - back))
            watts = float(self.dice.randrange(1000))
            moment = datetime.fromtimestamp(key[1], UTC)
            stamp = self.dice.choice([f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"{moment:%Y-%m-%d %H:%M:%S}"])
            lines.append(f"{key[0]};{stamp};{watts};{self.dice.choice(['on', 'off', ''])}\n")
            if key in self.stored:
                duplicates += 1
            else:
                self.stored[key] = watts
                accepted += 1
        return "".join(lines), (accepted, duplicates, rejected)


@pytest.mark.parametrize("seed", range(4))
async def test_import_of_random_overlapping_dirty_files_agrees_with_the_oracle(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    settings = load_settings(database_url=database_url)
    engine = create_engine(settings)
    service = ImportService(session_factory(engine), settings)
    oracle = Oracle(seed)
    for number in range(4):
        content, expected = oracle.file()
        path = tmp_path / f"{number}.csv"
        path.write_text(content)
        report = (await service.import_file(path, ImportOptions())).report
        assert (report.accepted, report.duplicates, report.rejected) == expected
    async with engine.connect() as connection:
        columns = (ElectricalData.cluster, ElectricalData.timestamp, ElectricalData.real_power_watt)
        found = {(row[0], row[1].timestamp()): row[2] for row in await connection.execute(select(*columns))}
    assert found == oracle.stored
    await engine.dispose()
