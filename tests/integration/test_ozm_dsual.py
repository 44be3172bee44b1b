"""Real measurements of six plugs every second (openZmeter), against pandas; skipped where they are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.metering.blocks import ReadingBlock
from api_service.metering.measure import Statistic
from api_service.repositories.aggregates import device_statuses, window_stats
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.services.data_service import DataService
from api_service.services.device_service import DeviceService
from shared.settings import Clock, load_settings

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = pytest.importorskip("pandas")

FILE = Path(__file__).parents[3] / "shared" / "data" / "ozm_dsual" / "ozm_dsual_6meters.csv"
GAP_S = 60.0

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the data set is not at hand")


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    frame = pd.read_csv(FILE)
    frame["cluster"] = frame.device.map({name: place for place, name in enumerate(frame.device.unique(), 1)})
    frame["at"] = pd.to_datetime(frame.timestamp, unit="ms", utc=True)
    # VA is corrupt in the source; V and A are sound.
    frame["VA"] = frame.VLN * frame.A
    return frame


def as_columns(frame: pd.DataFrame) -> ReadingBlock:
    """The file's columns as the table's: kilo where it has kilo, power in watts too."""
    values = {
        "voltage": frame.VLN, "current": frame.A, "frequency": frame.f, "power_factor": frame.PF,
        "real_power": frame.W / 1000, "reactive_power": frame.VAR / 1000, "apparent_power": frame.VA / 1000,
        "real_power_watt": frame.W,
    }  # fmt: skip
    return ReadingBlock(
        timestamp_us=frame.timestamp.to_numpy(np.int64) * 1000,
        cluster=frame.cluster.to_numpy(np.int64),
        values={name: column.to_numpy(np.float64) for name, column in values.items()},
        device_state=np.where(frame.W > 5, "on", "off").tolist(),
        device_name=dict(zip(frame.cluster, frame.device, strict=True)),
    )


@pytest.fixture
async def imported(sessions: SessionFactory, raw: pd.DataFrame) -> SessionFactory:
    """Everything written in blocks of the file's order, which goes back in time at each device."""
    for first in range(0, len(raw), 10_000):
        async with transaction(sessions) as session:
            part = raw.iloc[first : first + 10_000]
            result = await write_readings(session, as_columns(part))
            assert result.accepted + len(result.duplicates) == len(part)
    async with transaction(sessions) as session:
        await refresh_periods(session, sorted(raw.cluster.unique().tolist()))
    return sessions


def expected_energy_wh(frame: pd.DataFrame) -> float:
    """Trapezoids between neighbours at most a minute apart."""
    frame = frame.sort_values("at")
    spacing_s = frame["at"].diff().dt.total_seconds()
    mean_w = (frame.W + frame.W.shift()) / 2
    return float((mean_w * spacing_s)[spacing_s <= GAP_S].sum() / 3600)


async def test_ozm_devices_averages_and_energies_agree_with_pandas(
    imported: SessionFactory, raw: pd.DataFrame
) -> None:
    frame = raw.drop_duplicates(["cluster", "timestamp"])
    start, end = frame["at"].min().to_pydatetime(), frame["at"].max().to_pydatetime() + timedelta(seconds=1)
    async with snapshot(imported) as session:
        stats = await window_stats(session, start, end)
        statuses = {status.cluster: status for status in await device_statuses(session)}
    assert {statuses[cluster].name for cluster in stats} == set(raw.device.unique())
    for cluster, own in frame.groupby("cluster"):
        found = stats[int(str(cluster))]
        assert statuses[found.cluster].name == own.device.iloc[0]
        assert statuses[found.cluster].median_period_s == 1
        assert found.samples == len(own)
        assert found["power", Statistic.MEAN] == pytest.approx(own.W.mean(), rel=1e-9)
        assert found["power", Statistic.MAX] == own.W.max()
        assert found.at(("power", Statistic.MAX)) == own["at"][own.W.idxmax()]
        assert found["voltage", Statistic.MEAN] == pytest.approx(own.VLN.mean(), rel=1e-9)
        assert found["power_factor", Statistic.MEAN] == pytest.approx(own.W.sum() / own.VA.sum(), rel=1e-9)
        assert found["energy", Statistic.SUM] == pytest.approx(expected_energy_wh(own), rel=1e-9)
        assert found["thd", Statistic.MEAN] is None


async def test_ozm_ten_ragged_minutes_agree_with_pandas(imported: SessionFactory, raw: pd.DataFrame) -> None:
    start = datetime(2022, 2, 2, 9, 54, 30, 500_000, tzinfo=UTC)
    end = start + timedelta(minutes=10)
    frame = raw.drop_duplicates(["cluster", "timestamp"])
    inside = frame[(frame["at"] >= start) & (frame["at"] < end)]
    async with snapshot(imported) as session:
        stats = await window_stats(session, start, end)
    assert set(stats) == set(inside.cluster.unique())
    for cluster, own in inside.groupby("cluster"):
        found = stats[int(str(cluster))]
        assert found.samples == len(own)
        assert found["power", Statistic.MEAN] == pytest.approx(own.W.mean(), rel=1e-9)
        assert found["power", Statistic.MIN] == own.W.min()


async def test_ozm_services_speak_of_the_same_devices(imported: SessionFactory, raw: pd.DataFrame) -> None:
    settings = load_settings(clock=Clock.LATEST)
    frame = raw.drop_duplicates(["cluster", "timestamp"])
    means = frame.groupby("device").W.mean().sort_values(ascending=False)
    active = await DataService(imported, settings).get_actual_devices()
    assert [device.device_name for device in active] == means.index.tolist()
    assert [device.average_power_w for device in active] == pytest.approx(means.tolist())
    energies = [expected_energy_wh(frame[frame.device == name]) / 1000 for name in means.index]
    assert [device.energy_kwh for device in active] == pytest.approx(energies)
    summaries = await DeviceService(imported, settings).get_cluster_summaries()
    assert [summary.samples for summary in summaries] == frame.groupby("cluster").size().tolist()
