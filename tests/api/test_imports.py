"""POST /api/imports/: files in, in the background; progress, rejects, undo."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.database.sessions import create_engine, session_factory
from api_service.main import create_app
from api_service.models import ElectricalData
from api_service.services.access.audit_service import AuditService
from api_service.services.import_service import ImportService
from api_service.services.imports import jobs as import_jobs
from api_service.services.imports.jobs import ImportJobs
from api_service.services.imports.options import ImportOutcome
from api_service.services.imports.request import ImportRequest
from shared.errors import DatabaseUnavailable
from shared.settings import load_settings

URL = "/api/imports/"
FILE = "time,Fridge [W],TV [kW]\n2026-03-09T00:00:00Z,100,0.5\nnonsense,1,1\n2026-03-09T00:01:00Z,200,0.25\n"


@pytest.fixture
async def client(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = load_settings(database_url=database_url, uploads_folder=tmp_path / "uploads")
    app = create_app(settings)
    engine = create_engine(settings)
    sessions = session_factory(engine)
    jobs = ImportJobs(sessions, settings, ImportService(sessions, settings))
    parts = {"import_jobs": jobs, "settings": settings, "audit": AuditService(sessions)}
    app.state.services = type("Services", (), parts)
    await jobs.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as found:
        yield found
    await jobs.close()
    await engine.dispose()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    found = create_engine(load_settings(database_url=database_url))
    yield found
    await found.dispose()


async def stored(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(ElectricalData))).scalar_one()


async def ended(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(600):
        found: dict[str, Any] = (await client.get(f"{URL}{job['id']}")).json()
        if found["state"] not in ("queued", "running"):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(found)


async def test_upload_is_imported_listed_and_undone(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answer = await client.post(URL, files={"file": ("flat.csv", FILE)})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/imports/{answer.json()['id']}"
    job = await ended(client, answer.json())
    assert (job["state"], job["accepted"], job["rejected"], job["lines"]) == ("completed", 4, 1, 3)
    assert (job["progress"], job["file_name"]) == (1.0, "flat.csv")
    assert sorted(job["report"]["names"].values()) == ["Fridge", "TV"]
    rejects = await client.get(f"{URL}{job['id']}/rejects")
    assert rejects.text.splitlines()[1].startswith("3,timestamp,")
    assert [item["id"] for item in (await client.get(URL)).json()["items"]] == [job["id"]]
    assert await stored(engine) == 4
    assert (await client.delete(f"{URL}{job['id']}")).status_code == 204
    assert await stored(engine) == 0
    assert (await client.get(f"{URL}{job['id']}")).json()["state"] == "cancelled"


async def test_rejects_of_an_import_without_any_are_the_header_alone(client: httpx.AsyncClient) -> None:
    whole = "\n".join([*FILE.splitlines()[:2], ""])
    job = (await client.post(URL, files={"file": ("flat.csv", whole)})).json()
    for _ in range(2):  # while it waits, and after its end
        answer = await client.get(f"{URL}{job['id']}/rejects")
        assert (answer.status_code, answer.text) == (200, "line,field,reason,raw\n")
        await ended(client, job)


async def test_dry_run_tells_what_would_be_read_and_stores_nothing(
    client: httpx.AsyncClient, engine: AsyncEngine, tmp_path: Path
) -> None:
    form = {"map": "TV [kW]=power[kW]", "timezone": "Europe/Madrid"}
    answer = await client.post(f"{URL}?dry_run=true", files={"file": ("flat.csv", FILE)}, data=form)
    assert answer.status_code == 200
    found = answer.json()
    tv = next(column for column in found["columns"] if column["column"] == "TV [kW]")
    assert (tv["before"][0], tv["after"][0], tv["unit"]) == ("0.5", 500.0, "kW")
    assert [(device["device"], device["readings"]) for device in found["devices"]] == [
        ("Fridge", 2),
        ("TV", 2),
    ]
    assert found["rejected"] == 1
    assert found["command"].endswith("flat.csv --timezone Europe/Madrid --map 'TV [kW]=power[kW]'")
    assert await stored(engine) == 0
    assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("form", "status"),
    [({"map": "x=light"}, 422), ({"colour": "red"}, 422), ({"date_order": "upwards"}, 422)],
)
async def test_upload_with_options_that_cannot_be_is_refused(
    client: httpx.AsyncClient, form: dict[str, str], status: int
) -> None:
    answer = await client.post(URL, files={"file": ("flat.csv", FILE)}, data=form)
    assert answer.status_code == status


async def test_upload_that_cannot_be_read_fails_with_the_reason(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, files={"file": ("../../flat.csv", "a,b\n1,2\n")})
    job = await ended(client, answer.json())
    assert (job["state"], job["file_name"]) == ("failed", "flat.csv")
    assert "--map COLUMN=timestamp" in job["error"]
    assert (await client.get(f"{URL}none")).status_code == 404


async def test_upload_that_was_waiting_is_taken_up_after_a_restart(
    database_url: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    settings = load_settings(database_url=database_url, uploads_folder=tmp_path / "uploads")
    sessions = session_factory(engine)
    service = ImportService(sessions, settings)
    path = tmp_path / "flat.csv"
    path.write_text(FILE)
    with path.open("rb") as file:
        # Never started: a process that ends right after it has answered.
        row = await ImportJobs(sessions, settings, service).add(file, "flat.csv", ImportRequest())
    jobs = ImportJobs(sessions, settings, service)
    await jobs.start()
    for _ in range(600):
        if (await jobs.get(row.id)).state == "completed":
            break
        await asyncio.sleep(0.05)
    await jobs.close()
    assert await stored(engine) == 4


class AwayOnce(ImportService):
    """Its database is away at the first look."""

    looks = 0

    async def import_file(self, *arguments: Any, **options: Any) -> ImportOutcome:
        self.looks += 1
        if self.looks == 1:
            raise DatabaseUnavailable("away")
        return await super().import_file(*arguments, **options)


async def test_upload_whose_database_goes_away_waits_and_goes_on(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_jobs, "DATABASE_RETRY_S", 0.01)
    settings = load_settings(database_url=sqlite_url, uploads_folder=tmp_path / "uploads")
    engine = create_engine(settings)
    sessions = session_factory(engine)
    service = AwayOnce(sessions, settings)
    jobs = ImportJobs(sessions, settings, service)
    await jobs.start()
    row = await jobs.add(io.BytesIO(FILE.encode()), "flat.csv", ImportRequest())
    for _ in range(600):
        if (await jobs.get(row.id)).state == "completed":
            break
        await asyncio.sleep(0.05)
    await jobs.close()
    assert service.looks == 2
    assert await stored(engine) == 4
    await engine.dispose()
