"""RETENTION_DAYS: single readings go, every number that hours can give stays what it was."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select, update

from api_service.database.sessions import (
    SessionFactory,
    create_engine,
    snapshot,
    transaction,
)
from api_service.main import create_app
from api_service.metering.devices.retention import TOO_OLD
from api_service.metering.measure import Statistic
from api_service.metering.moments import epoch_us
from api_service.models import Device, ElectricalData, Import, ImportState
from api_service.repositories.aggregates import device_summaries, window_stats
from api_service.repositories.bulk import is_sqlite
from api_service.repositories.device_repository import load_devices, lock_devices
from api_service.repositories.queries.reading_columns import first_and_last
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods, set_largest_gap
from api_service.repositories.upkeep.dropping import drop_month
from api_service.schemas.devices import DeviceChange
from api_service.scripts.check_rollups import check
from api_service.services.device_service import DeviceService
from api_service.services.import_service import ImportService
from api_service.services.imports.options import ImportOptions
from api_service.services.upkeep.retention import IMPORT, OLD_READERS, Dropped, RetentionService
from shared.errors import Conflict, NotKept
from shared.settings import Clock, Settings, load_settings
from tests.support.reading_oracle import START, Row, block

DAY_S = 86_400
PERIOD_S = 3600
# START is 2026-03-10; the newest reading comes on 2026-04-19 at 23:00, ten days before is a 9th of April.
LAST_S = 41 * DAY_S
DAYS = 10
KEPT = {"sqlite": datetime(2026, 4, 9, tzinfo=UTC), "postgresql": datetime(2026, 4, 1, tzinfo=UTC)}


def rows() -> list[Row]:
    return [
        Row(
            at=float(at),
            cluster=cluster,
            real_power_watt=100.0 * cluster + at % 7,
            current=1.5,
            device_state="on" if at % 3 else "off",
        )
        for cluster in (1, 2)
        for at in range(0, LAST_S, PERIOD_S)
    ]


def drawn_kwh(first_h: int, last_h: int) -> float:
    """Of both devices between two hours after START: the mean of each hour's ends."""
    powers = {(row.cluster, row.at): row.real_power_watt or 0.0 for row in rows()}
    hours = [(c, 3600.0 * h) for c in (1, 2) for h in range(first_h, last_h)]
    return sum((powers[c, at] + powers[c, at + 3600]) / 2000 for c, at in hours)


@pytest.fixture
def settings_of_test(database_url: str) -> Settings:
    return load_settings(database_url=database_url, clock=Clock.LATEST, retention_days=DAYS)


@pytest.fixture
async def filled(sessions: SessionFactory) -> SessionFactory:
    async with transaction(sessions) as session:
        await write_readings(session, block(rows()))
        await refresh_periods(session, [1, 2])
    return sessions


async def kept_from(sessions: SessionFactory) -> datetime:
    async with snapshot(sessions) as session:
        return KEPT["sqlite" if is_sqlite(session) else "postgresql"]


async def count(sessions: SessionFactory) -> int:
    async with snapshot(sessions) as session:
        return int(await session.scalar(select(func.count()).select_from(ElectricalData)) or 0)


async def everything(sessions: SessionFactory) -> tuple[object, ...]:
    """What hours, days and lives say: of everything, of old whole hours, of a span over the border."""
    async with snapshot(sessions) as session:
        spans = [(START, 5), (START + timedelta(days=20), 24 * 19), (START + timedelta(days=30), 7)]
        stats = [await window_stats(session, start, start + timedelta(hours=h)) for start, h in spans]
        ends = await first_and_last(session, [1, 2], (0, epoch_us(datetime(2100, 1, 1, tzinfo=UTC))))
        return await device_summaries(session), stats, ends


async def test_retention_drops_old_readings_and_keeps_what_hours_say(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    before, border = await everything(filled), await kept_from(filled)
    retention = RetentionService(filled, settings_of_test)
    dropped = await retention.apply()
    assert dropped.clusters == (1, 2)
    newer = LAST_S - (border - START).total_seconds()
    assert await count(filled) == 2 * newer / PERIOD_S
    after = await everything(filled)
    statuses = [(status.name, stats) for status, stats in after[0]]  # type: ignore[attr-defined]
    assert statuses == [(status.name, stats) for status, stats in before[0]]  # type: ignore[attr-defined]
    assert after[1:] == before[1:]
    assert await check(settings_of_test, rebuild=False) == {}
    again = await retention.apply()
    assert (again.clusters, again.months, again.readings) == ((), (), 0)


async def test_retention_leaves_windows_over_the_border_exact(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    border = await kept_from(filled)
    await RetentionService(filled, settings_of_test).apply()
    async with snapshot(filled) as session:
        # Ten hours are the largest gap: from there on what is left suffices.
        found = await window_stats(
            session, border - timedelta(hours=5), border + timedelta(hours=10, minutes=25)
        )
    # By hand: from 5 h before to 10 h 25 min after, one reading an hour, both ends included.
    assert found[1].covered_s == 15 * 3600 + 25 * 60
    assert found[1]["samples", Statistic.SUM] == 16
    with pytest.raises(NotKept, match="whole hours"):
        async with snapshot(filled) as session:
            await window_stats(session, border - timedelta(minutes=70), border)


async def test_new_limit_of_a_gap_changes_no_hour_whose_readings_are_gone(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    border = await kept_from(filled)
    await RetentionService(filled, settings_of_test).apply()
    for limit_s, newer in ((10.0, 0.0), (None, 1.0)):
        async with transaction(filled) as session:
            device = (await lock_devices(session, [1]))[1]
            await set_largest_gap(session, device, limit_s)
        async with snapshot(filled) as session:
            old = await window_stats(session, START, border)
            new = await window_stats(session, border + timedelta(hours=10), border + timedelta(days=3))
        assert old[1].coverage == 1.0
        assert new[1].coverage == newer
        assert await check(settings_of_test, rebuild=False) == {}


async def write(sessions: SessionFactory, *written: Row) -> int:
    async with transaction(sessions) as session:
        return (await write_readings(session, block(list(written)))).accepted


async def test_daily_device_goes_on_where_less_is_kept_than_its_largest_gap(
    sessions: SessionFactory, database_url: str
) -> None:
    settings = load_settings(database_url=database_url, clock=Clock.LATEST, retention_days=7)
    await write(sessions, *(Row(at=float(DAY_S * k), real_power_watt=5.0) for k in range(60)))
    assert (await RetentionService(sessions, settings).apply()).clusters == (1,)
    # Its largest gap is 10 days: the newest reading, of 2026-05-08, and one a day late need all from 04-27.
    left = await count(sessions)
    assert left == (12 if database_url.startswith("sqlite") else 38)
    assert await write(sessions, Row(at=58.5 * DAY_S, real_power_watt=5.0)) == 1
    assert await write(sessions, Row(at=60.0 * DAY_S, real_power_watt=5.0)) == 1
    assert await check(settings, rebuild=False) == {}


async def test_limit_that_reaches_from_the_newest_reading_to_dropped_ones_is_refused(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    await RetentionService(filled, settings_of_test).apply()
    devices = DeviceService(filled, settings_of_test)
    with pytest.raises(Conflict, match="no longer kept"):
        await devices.change(1, DeviceChange(max_sample_period_s=31 * DAY_S))
    await devices.change(1, DeviceChange(max_sample_period_s=2 * DAY_S))
    assert await write(filled, Row(at=LAST_S + 60.0, real_power_watt=5.0)) == 1
    assert await check(settings_of_test, rebuild=False) == {}


async def test_longer_median_waits_while_its_limit_reaches_to_dropped_readings(
    sessions: SessionFactory, database_url: str
) -> None:
    settings = load_settings(database_url=database_url, clock=Clock.LATEST, retention_days=1)
    # Of minutes until 2026-03-10, again on 04-03: until 04-01 they go.
    await write(sessions, *(Row(at=at, real_power_watt=5.0) for at in (0.0, 60.0, 120.0, 24.0 * DAY_S)))
    assert (await RetentionService(sessions, settings).apply()).clusters == (1,)
    medians = []
    for day in range(25, 40):
        assert await write(sessions, Row(at=float(DAY_S * day), real_power_watt=5.0)) == 1
        async with snapshot(sessions) as session:
            medians.append((await load_devices(session))[1].median_period_s)
        assert await check(settings, rebuild=False) == {}
    # Ten days after 04-01, on 04-11 (day 32), the median of a day is safe.
    assert medians == [60.0] * 7 + [86_400.0] * 8


async def test_retention_waits_for_a_running_import(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    now = datetime.now(UTC)
    async with transaction(filled) as session:
        session.add(
            Import(
                id="1",
                file_name="f",
                digest="d",
                size_bytes=1,
                state=ImportState.RUNNING,
                created_at=now,
                updated_at=now,
            )
        )
    retention = RetentionService(filled, settings_of_test)
    assert await retention.apply() == Dropped(waits_for=IMPORT)
    async with transaction(filled) as session:
        await session.execute(update(Import).values(state=ImportState.COMPLETED))
    assert (await retention.apply()).clusters == (1, 2)


async def test_retention_of_nothing_that_is_set_keeps_all(filled: SessionFactory, database_url: str) -> None:
    settings = load_settings(database_url=database_url, clock=Clock.LATEST)
    assert (await RetentionService(filled, settings).apply()).clusters == ()
    assert await count(filled) == len(rows())


async def test_new_device_with_old_readings_is_taken_and_dropped_in_turn(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    retention = RetentionService(filled, settings_of_test)
    await retention.apply()
    left = await count(filled)
    old = [Row(at=60.0 * k, cluster=9, real_power_watt=60.0) for k in range(100)]
    async with transaction(filled) as session:
        assert (await write_readings(session, block(old))).accepted == 100
    assert await count(filled) == left + 100
    assert (await retention.apply()).clusters == (9,)
    assert await count(filled) == left
    async with snapshot(filled) as session:
        stats = await window_stats(session, START, START + timedelta(hours=2))
    assert stats[9]["energy", Statistic.SUM] == pytest.approx(99.0)


async def test_older_readings_are_left_out_and_named(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    await RetentionService(filled, settings_of_test).apply()
    old = [
        Row(at=1.0, real_power_watt=5.0),
        Row(at=LAST_S + 1.0, real_power_watt=5.0),
        Row(at=1.0, voltage=1.0),
    ]
    async with transaction(filled) as session:
        result = await write_readings(session, block(old))
    assert (result.accepted, result.expired.tolist()) == (1, [0, 2])
    assert (result.duplicates.tolist(), result.conflicts.tolist()) == ([], [])
    async with transaction(filled) as session:
        result = await write_readings(session, block([old[0]]))
    assert (result.accepted, result.expired.tolist()) == (0, [0])


async def test_lines_of_a_file_that_are_too_old_stand_in_its_rejects(
    filled: SessionFactory, settings_of_test: Settings, tmp_path: Path
) -> None:
    await RetentionService(filled, settings_of_test).apply()
    path = tmp_path / "old.csv"
    path.write_text(
        "timestamp,cluster,real_power_watt\n"
        "2026-03-10T00:00:30Z,1,5\nnonsense,1,6\n2026-04-20T00:00:00Z,1,7\n2026-03-10T00:00:31Z,1,8\n"
    )
    outcome = await ImportService(filled, settings_of_test).import_file(path, ImportOptions())
    assert (outcome.report.accepted, outcome.report.rejected) == (1, 3)
    assert outcome.rejects is not None
    _, *lines = outcome.rejects.read_text().splitlines()
    assert [line.split(",")[:2] for line in lines] == [[n, "timestamp"] for n in ("2", "3", "5")]
    assert [TOO_OLD in line for line in lines] == [True, False, True]
    assert lines[2].endswith('"2026-03-10T00:00:31Z,1,8"')


async def test_reader_that_began_before_still_sees_all(
    filled: SessionFactory, settings_of_test: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api_service.services.upkeep.retention.OLD_SNAPSHOTS_PATIENCE_S", 0.4)
    retention = RetentionService(filled, settings_of_test)
    async with snapshot(filled) as reader:
        number = await reader.scalar(select(func.count()).select_from(Device))
        dropped = await retention.apply()
        assert (number, dropped.clusters) == (2, (1, 2))
        on_sqlite = is_sqlite(reader)
        assert dropped.waits_for == (None if on_sqlite else OLD_READERS)
        seen = await reader.scalar(select(func.count()).select_from(ElectricalData))
    assert seen == len(rows())
    dropped = await retention.apply()
    assert (dropped.months, dropped.waits_for) == (() if on_sqlite else ("electrical_data_y2026m03",), None)
    assert await count(filled) < len(rows())
    if not on_sqlite:
        async with transaction(filled) as session:
            # The month of readings that are kept, and one that is gone already.
            kept = [await drop_month(session, f"electrical_data_y2026m0{month}") for month in (4, 3)]
        assert kept == [False, False]


async def test_plots_over_http_answer_from_hours_or_say_what_is_missing(
    filled: SessionFactory, settings_of_test: Settings
) -> None:
    await RetentionService(filled, settings_of_test).apply()
    app = create_app(settings_of_test)
    engine = create_engine(settings_of_test)
    from api_service.dependencies import build_services

    app.state.services = build_services(settings_of_test)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        old = {"start": "2026-03-12T10:20:00Z", "end": "2026-03-12T12:40:00Z"}

        async def series(**query: str) -> httpx.Response:
            return await client.get("/api/devices/1/series", params=old | query)

        currents = (await series(quantity="current", bucket="1h")).json()
        assert (currents["start"], currents["end"]) == ("2026-03-12T10:00:00Z", "2026-03-12T13:00:00Z")
        assert [(p["mean"], p["max"], p["samples"], "min" in p) for p in currents["points"]] == [
            (1.5, 1.5, 1, False)
        ] * 3
        assert (await series()).json()["bucket_s"] == 3600
        refused = await series(bucket="15m")
        assert (refused.status_code, refused.json()["title"]) == (422, "No longer kept")
        assert "buckets of whole hours" in refused.json()["detail"]
        for path, query in (("events", {}), ("series", {"quantity": "state"})):
            assert (await client.get(f"/api/devices/1/{path}", params=old | query)).status_code == 422
        energy = (await client.get("/api/energy", params=old | {"bucket": "1d"})).json()
        assert energy["periods"][0]["import_kwh"] == pytest.approx(drawn_kwh(58, 61))
        posted = await client.post(
            "/api/readings/", json=[{"cluster": 1, "timestamp": "2026-03-12T10:20:01Z", "real_power_watt": 1}]
        )
        assert posted.json()["rejected"][0]["field"] == "timestamp"
        assert (await client.delete("/api/devices/1", params=old)).status_code == 422
        details = (await client.get("/api/devices/1")).json()
        assert datetime.fromisoformat(details["readings_from"]) == await kept_from(filled) + timedelta(
            hours=10
        )
    await engine.dispose()
    await app.state.services.engine.dispose()
