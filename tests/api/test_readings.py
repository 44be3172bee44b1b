"""`POST /api/readings/` through the whole gateway, into real databases."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.database.sessions import create_engine, session_factory
from api_service.ingest import faults
from api_service.main import create_app
from api_service.models import ElectricalData
from api_service.services.readings_service import ReadingsService
from shared.settings import Settings, load_settings

URL = "/api/readings/"
LIMIT_BYTES = 20_000
ROW: dict[str, Any] = {
    "timestamp": "2026-03-09T01:00:00+01:00", "voltage": 230.5, "current": 4, "real_power": 0.9,
    "reactive_power": None, "apparent_power": 0.922, "power_factor": 0.976, "frequency": 50.01, "thd": 5.5,
    "cluster": 3, "device_state": "on", "device_name": "Oven",
}  # fmt: skip
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
CSV = {"content-type": "text/csv; charset=utf-8"}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load_settings(
        database_url=database_url, max_request_bytes=LIMIT_BYTES, site_timezone="Europe/Madrid"
    )


@pytest.fixture
def client(readings_client: httpx.AsyncClient) -> httpx.AsyncClient:
    return readings_client


async def stored(engine: AsyncEngine) -> list[tuple[str, int, float | None]]:
    columns = (ElectricalData.timestamp, ElectricalData.cluster, ElectricalData.real_power_watt)
    async with engine.connect() as connection:
        rows = await connection.execute(select(*columns).order_by(*columns[:2]))
        return [(row[0].isoformat(), row[1], row[2]) for row in rows]


def at(minute: int, **changes: Any) -> dict[str, Any]:
    return ROW | {"timestamp": f"2026-03-09T00:{minute:02}:00Z"} | changes


async def test_readings_of_a_json_array_are_stored_with_every_column(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    answer = await client.post(URL, json=[ROW])
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": [], "left_out": []}
    async with engine.connect() as connection:
        row = (await connection.execute(select(ElectricalData.__table__))).mappings().one()
    given = {name: value for name, value in ROW.items() if name not in {"timestamp", "device_name"}}
    assert {name: row[name] for name in given} == given
    assert row["timestamp"].isoformat() == "2026-03-09T00:00:00+00:00"
    assert row["real_power_watt"] == 900


async def test_readings_with_bad_rows_store_the_good_ones_and_name_the_bad(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    body = [
        at(0),
        at(1, thd=-1),
        at(2, colour="red"),
        at(3, timestamp="yesterday"),
        5,
        at(4),
        at(4),
        at(5, id=1),
    ]
    answer = await client.post(URL, json=body)
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 3,
        "duplicates": 1,
        "left_out": [{"row": 1, "field": "thd", "reason": "must not be negative"}],
        "rejected": [
            {"row": 2, "field": "colour", "reason": "unknown field"},
            {
                "row": 3,
                "field": "timestamp",
                "reason": "not an RFC 3339 timestamp with a zone, such as 2026-03-09T14:30:00Z",
            },
            {"row": 4, "field": None, "reason": "not an object"},
            {"row": 7, "field": "id", "reason": "given by the database; leave it out"},
        ],
    }
    assert [row[0] for row in await stored(engine)] == [
        "2026-03-09T00:00:00+00:00",
        "2026-03-09T00:01:00+00:00",
        "2026-03-09T00:04:00+00:00",
    ]


async def test_readings_sent_again_are_duplicates_and_change_nothing(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await client.post(URL, json=[at(0), at(1)])
    again = await client.post(URL, json=[at(1, real_power=5.0, apparent_power=None), at(2)])
    assert again.json() == {"accepted": 1, "duplicates": 1, "rejected": [], "left_out": []}
    assert [row[2] for row in await stored(engine)] == [900, 900, 900]


async def test_readings_with_nan_or_infinity_leave_that_value_out(client: httpx.AsyncClient) -> None:
    texts = [
        json.dumps(at(0)),
        json.dumps(at(1, thd=float("nan"))),
        json.dumps(at(2)).replace("5.5", "1e999"),
    ]
    answer = await client.post(
        URL, content=f"[{','.join(texts)}]", headers={"content-type": "application/json"}
    )
    assert answer.json() == {
        "accepted": 3,
        "duplicates": 0,
        "rejected": [],
        "left_out": [{"row": row, "field": "thd", "reason": "not a finite number"} for row in (1, 2)],
    }


async def test_readings_of_ndjson_reject_a_broken_line_alone(client: httpx.AsyncClient) -> None:
    content = f"{json.dumps(at(0))}\n\n{{broken\n{json.dumps(at(1))}"
    answer = await client.post(URL, content=content, headers=NDJSON)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["accepted"], body["duplicates"]) == (2, 0)
    assert [(reject["row"], reject["field"]) for reject in body["rejected"]] == [(1, None)]


async def test_readings_of_csv_use_the_sites_zone_and_count_rows_from_0(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    content = (
        "timestamp;cluster;real_power_watt\r\n2026-03-09 01:00:00;1;100,5\r\n\r\n2026-03-09 01:01:00;x;1\r\n"
        "2026-03-09T00:02:00Z;1;7\r\nragged\r\n"
    )
    answer = await client.post(URL, content=content, headers=CSV)
    assert answer.json() == {
        "accepted": 2,
        "duplicates": 0,
        "rejected": [
            {"row": 1, "field": "cluster", "reason": "not a whole number"},
            {"row": 3, "field": None, "reason": "fewer fields than the header"},
        ],
        "left_out": [],
    }
    assert await stored(engine) == [
        ("2026-03-09T00:00:00+00:00", 1, 100.5),
        ("2026-03-09T00:02:00+00:00", 1, 7.0),
    ]


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ((b"{}", JSON), 422, "must be a JSON array"),
        ((b"[" * 10_000, JSON), 422, "nested too deep"),
        ((b"[{", JSON), 422, "not JSON"),
        ((b"", JSON), 422, "not JSON"),
        ((b"a,b\n1,2\n", CSV), 422, "The header lacks"),
        ((b"timestamp,cluster,real_power,colour\n", CSV), 422, "Unknown columns: colour"),
        ((b"", CSV), 422, "empty"),
        ((b"[]", {"content-type": "application/xml"}), 415, "application/json"),
        ((b"a=b", {"content-type": "application/x-www-form-urlencoded"}), 415, "application/json"),
        ((b"[]", {}), 415, "application/json"),
        ((b"[]", {"content-type": "application/json; charset=utf-16"}), 415, "UTF-8"),
        (
            (gzip.compress(b"[]"), {"content-type": "application/json", "content-encoding": "gzip"}),
            415,
            "Encoding",
        ),
        ((b"x" * (LIMIT_BYTES + 1), CSV), 413, str(LIMIT_BYTES)),
    ],
)
async def test_readings_that_cannot_be_read_get_a_problem_document_and_store_nothing(
    client: httpx.AsyncClient,
    engine: AsyncEngine,
    body: tuple[bytes, dict[str, str]],
    status: int,
    detail: str,
) -> None:
    content, headers = body
    answer = await client.post(URL, content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert detail in problem["detail"]
    assert problem["request_id"]
    assert await stored(engine) == []


async def test_readings_streamed_without_a_length_stop_at_the_limit(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1000
            yield b" " * 1000

    answer = await client.post(URL, content=endless(), headers=CSV)
    assert answer.status_code == 413
    assert sent <= 2 * LIMIT_BYTES


async def test_readings_of_an_empty_array_are_fine(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json=[])
    assert answer.json() == {"accepted": 0, "duplicates": 0, "rejected": [], "left_out": []}


async def test_readings_sent_by_many_at_once_are_each_stored_once(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    answers = await asyncio.gather(
        *(
            client.post(URL, json=[at(minute, cluster=sender // 4) for minute in range(8)])
            for sender in range(12)
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 12
    assert sum(answer.json()["accepted"] for answer in answers) == 24
    assert sum(answer.json()["duplicates"] for answer in answers) == 72
    assert len(await stored(engine)) == 24


async def test_readings_while_the_database_is_away_get_503(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+asyncpg://askwatt@127.0.0.1:1/none"})
    engine = create_engine(away)
    app = create_app(away)
    app.state.services = SimpleNamespace(readings=ReadingsService(session_factory(engine), away))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.post(URL, json=[ROW])
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    await engine.dispose()


@pytest.mark.parametrize(
    ("media_type", "row", "between"),
    [
        ("application/json", "{}", ","),
        ("application/x-ndjson", "no json", "\n"),
        ("application/x-ndjson", '{"timestamp": "2026-03-01T00:00:00Z", "cluster": -1}', "\n"),
        ("application/x-ndjson", '{"timestamp": "2026-03-01T00:00:00Z", "cluster": 7, "thd": 1e9}', "\n"),
        ("text/csv", "no moment,7,5", "\n"),
        ("line protocol", "no line", "\n"),
    ],
)
async def test_body_of_faults_alone_is_refused_whole(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, media_type: str, row: str, between: str
) -> None:
    # The more a body has of what cannot be, the larger is an answer that names each of it.
    monkeypatch.setattr(faults, "MOST_FAULTS", 100)
    begin, end = {
        "application/json": ("[", "]"),
        "text/csv": ("timestamp,cluster,real_power_watt\n", ""),
    }.get(media_type, ("", ""))
    body = begin + between.join([row] * 101) + end
    path = "/api/v2/write?precision=s" if media_type == "line protocol" else "/api/readings/"
    answer = await client.post(path, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 422
    assert "More than 100 rows or values of this body are at fault" in answer.text
    assert len(answer.content) < 1000
