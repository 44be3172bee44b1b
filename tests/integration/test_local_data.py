"""What `make run` does about the data it finds: nothing, the sample or half of it, the user's own."""

from datetime import UTC, datetime

import numpy as np
import pytest

from api_service.database.sessions import create_engine, session_factory, transaction
from api_service.metering.moments import epoch_us
from api_service.models import ElectricalData, Import, ImportState
from api_service.repositories.upkeep.partitions import make_months
from launcher.local_data import SAMPLE_NAME, Contents, look
from shared.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def contents_with(database_url: str, *rows: ElectricalData | Import) -> Contents:
    settings = Settings(database_url=database_url)
    engine = create_engine(settings)
    async with transaction(session_factory(engine)) as session:
        await make_months(session, np.array([epoch_us(NOON)]))
        session.add_all(rows)
    await engine.dispose()
    return await look(settings)


def reading() -> ElectricalData:
    return ElectricalData(timestamp=NOON, cluster=1, real_power_watt=5.0)


def imported(name: str, state: ImportState) -> Import:
    return Import(
        id="1", file_name=name, digest="d", size_bytes=1, state=state, created_at=NOON, updated_at=NOON
    )


async def test_look_at_an_empty_database_wants_the_sample(database_url: str) -> None:
    contents = await contents_with(database_url)
    assert contents.wants_sample
    assert contents.is_historic


def test_production_never_wants_the_sample_beside_its_own_meters() -> None:
    contents = Contents(has_readings=False, sample=None, is_production=True)
    assert not contents.wants_sample
    assert not contents.is_historic


async def test_look_says_whether_the_site_is_in_production(sqlite_url: str) -> None:
    assert (await look(Settings(database_url=sqlite_url, environment="production"))).is_production


@pytest.mark.parametrize("state", [ImportState.RUNNING, ImportState.FAILED])
async def test_look_at_a_half_imported_sample_wants_the_rest(database_url: str, state: ImportState) -> None:
    contents = await contents_with(database_url, reading(), imported(SAMPLE_NAME, state))
    assert contents.wants_sample


async def test_look_at_the_imported_sample_wants_nothing_and_is_historic(database_url: str) -> None:
    contents = await contents_with(database_url, reading(), imported(SAMPLE_NAME, ImportState.COMPLETED))
    assert not contents.wants_sample
    assert contents.is_historic


async def test_look_at_the_users_own_readings_wants_nothing_and_is_of_today(database_url: str) -> None:
    contents = await contents_with(database_url, reading(), imported("meters.csv", ImportState.RUNNING))
    assert not contents.wants_sample
    assert not contents.is_historic
