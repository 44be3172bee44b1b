"""The check finds what was changed behind its back, and the rebuild mends it."""

from sqlalchemy import delete, update

from api_service.database.sessions import SessionFactory, transaction
from api_service.models import Rollup
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.scripts.check_rollups import check
from shared.settings import load_settings
from tests.integration.rollup_check import assert_rollups_equal_raw
from tests.support.reading_oracle import EPOCH, START, Row, block


async def test_check_finds_changed_and_missing_hours_and_rebuild_mends_them(
    sessions: SessionFactory, database_url: str
) -> None:
    rows = [
        Row(at=600 * k, cluster=c, real_power_watt=float(k), device_state="on")
        for k in range(20)
        for c in (1, 2)
    ]
    async with transaction(sessions) as session:
        await write_readings(session, block(rows))
        await refresh_periods(session, [1, 2])
    settings = load_settings(database_url=database_url)
    assert await check(settings, rebuild=False) == {}
    first = (START - EPOCH).total_seconds() * 1e6
    async with transaction(sessions) as session:
        own = (Rollup.cluster == 2, Rollup.resolution == "hour")
        await session.execute(update(Rollup).where(*own, Rollup.bucket == START).values(energy_wh=7.0))
        await session.execute(delete(Rollup).where(*own, Rollup.bucket > START))
    wrong = {2: [first + k * 3.6e9 for k in range(4)]}
    assert await check(settings, rebuild=False) == wrong
    assert await check(settings, rebuild=True) == wrong
    assert await check(settings, rebuild=False) == {}
    await assert_rollups_equal_raw(sessions, rows)
