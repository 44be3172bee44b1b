"""Readings of six real meters, through import and aggregation, against plain Python over the raw file.

The data are measured (1 s, mains and five devices, University of Almería) and are no part of the project.
"""

import csv
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from api_service.database.sessions import SessionFactory, snapshot
from api_service.metering.measure import Statistic
from api_service.repositories.aggregates import device_statuses, window_stats
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions
from shared.settings import load_settings

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "ozm_dsual" / "ozm_dsual_6meters.csv"
LONGEST_STEP_S = 60.0  # the least of all gaps; the meters report every second

pytestmark = pytest.mark.skipif(not SOURCE.exists(), reason="the measured data are not here")

Readings = dict[str, dict[float, float]]


def convert(path: Path) -> Readings:
    """Write the file in the table's own columns; returns watts by device and epoch second, first one wins."""
    readings: Readings = {}
    with SOURCE.open(newline="") as source, path.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(
            ("timestamp", "cluster", "device_name", "real_power_watt", "reactive_power", "voltage")
        )
        for row in csv.DictReader(source):
            own = readings.setdefault(row["device"], {})
            own.setdefault(int(row["timestamp"]) / 1000, float(row["W"]))
            cluster = list(readings).index(row["device"])
            reactive = float(row["VAR"]) / 1000
            writer.writerow((row["timestamp"], cluster, row["device"], row["W"], reactive, row["VLN"]))
    return readings


def energy_wh(own: dict[float, float]) -> float:
    points = sorted(own.items())
    return sum(
        (end - begin) * (before + after) / 2 / 3600
        for (begin, before), (end, after) in pairwise(points)
        if end - begin <= LONGEST_STEP_S
    )


async def test_import_of_real_meters_agrees_with_plain_python_over_the_raw_file(
    sessions: SessionFactory, database_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "meters.csv"
    readings = convert(path)
    service = ImportService(sessions, load_settings(database_url=database_url))
    report = (await service.import_file(path, ImportOptions())).report
    assert report.accepted == sum(len(own) for own in readings.values())
    assert report.lines == 58_224
    assert report.rejected == 0
    first = min(min(own) for own in readings.values())
    last = max(max(own) for own in readings.values())
    begin, end = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC) + timedelta(seconds=1)
    async with snapshot(sessions) as session:
        names = {status.cluster: status.name for status in await device_statuses(session)}
        stats = await window_stats(session, begin, end)
    assert names == dict(enumerate(readings))
    for cluster, own in enumerate(readings.values()):
        found = stats[cluster]
        assert found.samples == len(own)
        assert found["power", Statistic.MEAN] == pytest.approx(sum(own.values()) / len(own), rel=1e-9)
        assert found["power", Statistic.MAX] == max(own.values())
        assert found["energy", Statistic.SUM] == pytest.approx(energy_wh(own), rel=1e-9)
