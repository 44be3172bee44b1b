"""A gateway over a small household, without Redis and worker."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.database.sessions import SessionFactory, create_engine, session_factory, transaction
from api_service.main import create_app
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.services.access.audit_service import AuditService
from api_service.services.data_service import DataService
from api_service.services.device_service import DeviceService
from api_service.services.export_service import ExportService
from api_service.services.plot_service import PlotService
from api_service.services.readings_service import ReadingsService
from shared.settings import Clock, Settings, load_settings
from tests.support.household import household
from tests.support.reading_oracle import block


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load_settings(database_url=database_url, clock=Clock.LATEST, site_timezone="Europe/Madrid")


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> SessionFactory:
    return session_factory(engine)


@pytest.fixture
async def readings_client(settings: Settings, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway that only takes readings, into an empty database; no Redis, no worker."""
    app = create_app(settings)
    app.state.services = SimpleNamespace(readings=ReadingsService(session_factory(engine), settings))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def client(settings: Settings, sessions: SessionFactory) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    # Only what these routes need: no Redis, no worker.
    app.state.services = SimpleNamespace(
        settings=settings,
        audit=AuditService(sessions),
        data=DataService(sessions, settings),
        devices=DeviceService(sessions, settings),
        plots=PlotService(sessions, settings),
        exports=ExportService(sessions, settings),
        readings=ReadingsService(sessions, settings),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def filled(sessions: SessionFactory, client: httpx.AsyncClient) -> httpx.AsyncClient:
    async with transaction(sessions) as session:
        await write_readings(session, block(household(), {1: "Oven", 2: "Fridge"}))
        await refresh_periods(session, [1, 2, 3])
    return client
