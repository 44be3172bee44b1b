"""`POST /api/v2/write`: Influx line protocol through the whole gateway, into real databases."""

import gzip

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.models import Device, ElectricalData
from api_service.mqtt.gateway import PARTIAL
from shared.settings import Settings, load_settings

URL = "/api/v2/write"
LIMIT_BYTES = 20_000
AT = 1_773_050_400  # 2026-03-09 10:00 UTC


@pytest.fixture
def settings(database_url: str) -> Settings:
    return load_settings(database_url=database_url, max_request_bytes=LIMIT_BYTES)


@pytest.fixture
def client(readings_client: httpx.AsyncClient) -> httpx.AsyncClient:
    return readings_client


async def stored(engine: AsyncEngine) -> list[tuple[str, str, float | None, float | None, str | None]]:
    """Device, clock time, W, V and state of every reading."""
    names = select(Device.cluster, Device.file_name)
    columns = (
        ElectricalData.cluster,
        ElectricalData.timestamp,
        ElectricalData.real_power_watt,
        ElectricalData.voltage,
        ElectricalData.device_state,
    )
    async with engine.connect() as connection:
        by_cluster = {row.cluster: row.file_name for row in await connection.execute(names)}
        rows = await connection.execute(select(*columns).order_by(*columns[:2]))
        return [(by_cluster[row[0]], f"{row[1]:%H:%M:%S}", row[2], row[3], row[4]) for row in rows]


async def test_telegraf_fields_of_one_line_are_one_reading(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    body = f"electricity,device=Fridge,host=pi power=93.5,voltage=231.2,pf=0.98 {AT}000000000"

    answer = await client.post(URL, content=body, params={"org": "home", "bucket": "meters"})

    assert answer.status_code == 204
    assert await stored(engine) == [("Fridge", "10:00:00", 93.5, 231.2, None)]


async def test_home_assistant_entities_of_a_device_are_merged_over_requests(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    for line in (
        "kW,domain=sensor,entity_id=washing_machine_power value=0.4123",
        "V,domain=sensor,entity_id=washing_machine_voltage value=230.1",
        'switch.washing_machine,domain=switch,entity_id=washing_machine state="on",value=1',
    ):
        answer = await client.post(URL, content=f"{line} {AT}", params={"precision": "s"})
        assert answer.status_code == 204

    assert await stored(engine) == [("washing machine", "10:00:00", pytest.approx(412.3), 230.1, "on")]


async def test_bad_lines_are_named_and_the_others_committed(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    body = "\n".join(
        (
            f"watts,device=Oven value=2100 {AT}",
            "no fields here",
            f"watts,device=Oven value=lots {AT}",
            f"watts,device=Oven value=1 {AT + 10**9}",
            f"watts,device=Oven value=1 {AT}000000000",
            f"watts,device=O\0ven value=1 {AT}",
            f"watts,device=Oven value=2000 {AT + 10}",
        )
    )

    answer = await client.post(URL, content=body, params={"precision": "s"})

    assert answer.status_code == 400
    assert answer.json()["detail"] == "partial write: 2 readings stored, 5 lines at fault."
    assert answer.json()["title"] == PARTIAL
    assert [place["field"] for place in answer.json()["errors"]] == [
        f"line {number}" for number in range(2, 7)
    ]
    assert [row[2] for row in await stored(engine)] == [2100, 2000]


async def test_fields_that_are_no_reading_are_passed_over(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    body = f"cpu,host=pi usage_idle=12.5 {AT}\nkWh,entity_id=oven_energy value=12.3 {AT}\n# a comment\n"

    answer = await client.post(URL, content=body, params={"precision": "s"})

    assert answer.status_code == 204
    assert await stored(engine) == []


async def test_what_was_sent_twice_is_stored_once(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    body = gzip.compress(f"mains power_l1=100,power_l2=200i,voltage_l1=230 {AT}".encode())

    for _ in range(2):
        answer = await client.post(
            URL, content=body, params={"precision": "s"}, headers={"content-encoding": "gzip"}
        )
        assert answer.status_code == 204

    assert await stored(engine) == [
        ("mains L1", "10:00:00", 100, 230, None),
        ("mains L2", "10:00:00", 200, None, None),
    ]


async def test_empty_body_is_how_clients_ask_whether_they_may_write(client: httpx.AsyncClient) -> None:
    assert (await client.post(URL, content=b"")).status_code == 204


@pytest.mark.parametrize(
    ("content", "headers", "params", "status"),
    [
        (b"\xff\xfe", {}, {}, 422),
        (b"x power=1", {}, {"precision": "h"}, 422),
        (b"not gzip", {"content-encoding": "gzip"}, {}, 422),
        (gzip.compress(b"x power=1 1")[:-6], {"content-encoding": "gzip"}, {}, 422),
        (gzip.compress(b"x power=1") * 2, {"content-encoding": "gzip"}, {}, 422),
        (gzip.compress(b" " * (LIMIT_BYTES + 1)), {"content-encoding": "gzip"}, {}, 413),
        (b"x power=1", {"content-encoding": "br"}, {}, 415),
        (b"x" * (LIMIT_BYTES + 1), {}, {}, 413),
    ],
    ids=(
        "not UTF-8",
        "precision",
        "not gzip",
        "cut off",
        "two streams",
        "too large unpacked",
        "brotli",
        "too large",
    ),
)
async def test_body_that_cannot_be_read_is_refused_whole(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], params: dict[str, str], status: int
) -> None:
    answer = await client.post(URL, content=content, headers=headers, params=params)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
