"""Series of several devices and of states, gaps, events, energies, exports and deletions over HTTP."""

import csv
import io
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from api_service.database.sessions import SessionFactory, transaction
from api_service.models import ImportState
from api_service.repositories.imports.progress import add_import, end_import
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from tests.support.household import DAY_S, get, household, problem_fields
from tests.support.reading_oracle import Row, block

HOURS = {"start": "2026-03-10T11:00:00Z", "end": "2026-03-10T14:00:00Z"}


async def store(sessions: SessionFactory, rows: list[Row]) -> None:
    async with transaction(sessions) as session:
        await write_readings(session, block(rows))
        await refresh_periods(session, sorted({row.cluster for row in rows}))


async def test_series_of_devices_come_in_the_order_asked(filled: httpx.AsyncClient) -> None:
    found = await get(filled, "/api/devices/series", cluster=[2, 1], bucket="1h", **HOURS)
    assert [series["device_name"] for series in found["series"]] == ["Fridge", "Oven"]
    alone = await get(filled, "/api/devices/1/series", bucket="1h", **HOURS)
    assert found["series"][1] == alone


async def test_series_of_an_unknown_device_is_not_found(filled: httpx.AsyncClient) -> None:
    answer = await filled.get("/api/devices/series", params={"cluster": [1, 99]})
    assert answer.status_code == 404


async def test_series_auto_is_the_default(filled: httpx.AsyncClient) -> None:
    assert await get(filled, "/api/devices/1/series", bucket="auto") == await get(
        filled, "/api/devices/1/series"
    )


async def test_series_of_states_are_runs(filled: httpx.AsyncClient) -> None:
    series = await get(filled, "/api/devices/1/series", quantity="state", **HOURS)
    assert series["points"] == [
        {"start": "2026-03-10T11:00:00Z", "end": "2026-03-10T12:00:00Z", "state": "off"},
        {"start": "2026-03-10T12:00:00Z", "end": "2026-03-10T13:10:00Z", "state": "baking"},
        {"start": "2026-03-10T13:10:00Z", "end": "2026-03-10T14:00:00Z", "state": "off"},
    ]


@pytest.mark.parametrize("bucket", ["5m", "15m", "1h", "1d"])
async def test_series_energy_of_any_bucket_adds_up_to_the_whole(
    filled: httpx.AsyncClient, bucket: str
) -> None:
    query = {"start": "2026-03-10T03:07:00Z", "end": "2026-03-11T20:41:30Z", "quantity": "energy"}
    points = (await get(filled, "/api/devices/1/series", bucket=bucket, **query))["points"]
    # 2 kW for an hour and two flanks of ten minutes (a sixth of a kWh each), on two days.
    assert sum(point["sum"] for point in points) == pytest.approx(2 * (2 + 2 / 6))


async def test_series_hours_from_rollups_keep_the_peak(
    client: httpx.AsyncClient, sessions: SessionFactory
) -> None:
    rows = [Row(at=k, real_power_watt=9000.0 if k == 4000 else 100.0) for k in range(0, 3 * 3600, 5)]
    await store(sessions, rows)
    points = (await get(client, "/api/devices/1/series", bucket="1h", start="2026-03-10T00:30:00Z"))["points"]
    assert [(point["max"], point["samples"]) for point in points] == [(100, 360), (9000, 720), (100, 720)]


async def test_gaps_are_those_longer_than_the_largest_period(
    client: httpx.AsyncClient, sessions: SessionFactory
) -> None:
    at = [*range(0, 600, 10), *range(700, 1300, 10), *range(2000, 2600, 10)]  # 110 s and 710 s apart
    await store(sessions, [Row(at=k, real_power_watt=1.0) for k in at])
    query = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-10T01:00:00Z"}
    gaps = await get(client, "/api/devices/1/gaps", **query)
    assert gaps == [
        {"start": "2026-03-10T00:09:50Z", "end": "2026-03-10T00:11:40Z", "duration_s": 110, "ongoing": False},
        {"start": "2026-03-10T00:21:30Z", "end": "2026-03-10T00:33:20Z", "duration_s": 710, "ongoing": False},
        {"start": "2026-03-10T00:43:10Z", "end": "2026-03-10T01:00:00Z", "duration_s": 1010, "ongoing": True},
    ]
    await client.patch("/api/devices/1", json={"max_sample_period_s": 700})
    assert [gap["duration_s"] for gap in await get(client, "/api/devices/1/gaps", **query)] == [710, 1010]


async def test_events_of_the_voltage_are_those_of_en_50160(
    client: httpx.AsyncClient, sessions: SessionFactory
) -> None:
    volts = {
        100: 206.0,
        110: 200.0,
        300: 254.0,
        500: 3.0,
        510: 11.4,
        520: 150.0,
    }  # limits of 230 V: 207, 253, 11.5
    rows = [Row(at=k, real_power_watt=1.0, voltage=volts.get(k, 230.0)) for k in range(0, 7200, 10)]
    await store(sessions, rows)
    events = await get(client, "/api/devices/1/events", start="2026-03-10T00:00:00Z")
    assert [(e["kind"], e["start"][14:19], e["end"][14:19], e["value"], e["unit"]) for e in events] == [
        ("sag", "01:40", "01:50", 200, "V"),
        ("swell", "05:00", "05:00", 254, "V"),
        ("interruption", "08:20", "08:40", 3, "V"),
    ]
    above = await get(client, "/api/devices/1/events", start="2026-03-10T00:00:00Z", above=253.5)
    assert [(e["kind"], e["value"]) for e in above] == [("above", 254)]
    answer = await client.get("/api/devices/1/events", params={"quantity": "power"})
    assert (answer.status_code, problem_fields(answer)) == (422, ["above"])


async def test_energy_of_the_site_by_local_day(filled: httpx.AsyncClient) -> None:
    query = {"start": "2026-03-10T00:00:00+01:00", "end": "2026-03-12T00:00:00+01:00"}
    energy = await get(filled, "/api/energy", **query)
    # Fridge: 50 W from 01:00 local on; oven 2 1/3 kWh a day; lamp 40 W for 50 minutes.
    assert [period["import_kwh"] for period in energy["periods"]] == pytest.approx(
        [0.05 * 23 + 7 / 3 + 0.04 * 5 / 6, 0.05 * 24 + 7 / 3]
    )
    assert [period["export_kwh"] for period in energy["periods"]] == [0, 0]
    assert (energy["clusters"], energy["timezone"]) == ([1, 2, 3], "Europe/Madrid")
    await filled.patch("/api/devices/2", json={"role": "mains"})
    assert (await get(filled, "/api/energy", **query))["clusters"] == [2]


@pytest.mark.parametrize("bucket", ["15m", "1h", "1d", "1w", "1mo"])
async def test_energy_import_and_export_are_apart(
    client: httpx.AsyncClient, sessions: SessionFactory, bucket: str
) -> None:
    # From +300 W straight to -100 W within an hour, held for an hour, and back.
    ramp = [300.0, -100.0, -100.0, 300.0]
    rows = [Row(at=900 + 3600 * k, real_power_watt=watts) for k, watts in enumerate(ramp)]
    await store(sessions, rows)
    query = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-10T12:00:00Z", "bucket": bucket}
    periods = (await get(client, "/api/energy", **query))["periods"]
    # Zero is crossed after three quarters of an hour: 300 W * 3/4 h / 2, and 100 W * 1/4 h / 2, twice each.
    assert sum(p["import_kwh"] for p in periods) == pytest.approx(2 * 0.1125)
    assert sum(p["export_kwh"] for p in periods) == pytest.approx(2 * 0.0125 + 0.1)


async def test_groups_and_role_are_kept_and_taken_away(filled: httpx.AsyncClient) -> None:
    changed = await filled.patch("/api/devices/1", json={"groups": ["Kitchen", "L1"], "role": "mains"})
    assert (changed.json()["groups"], changed.json()["role"]) == (["Kitchen", "L1"], "mains")
    await filled.patch("/api/devices/1", json={"role": None})
    device = await get(filled, "/api/devices/1")
    assert (device["groups"], device["role"], device["device_name"]) == (["Kitchen", "L1"], None, "Oven")
    assert (await filled.get("/api/devices/99")).status_code == 404


async def test_deleted_span_and_device_are_gone(filled: httpx.AsyncClient) -> None:
    day = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"}
    answer = await filled.delete("/api/devices/1", params=day)
    assert answer.json() == {"readings": DAY_S // 600}
    summary = {row["cluster"]: row for row in await get(filled, "/api/devices/summary/")}
    assert (summary[1]["samples"], summary[1]["first_seen"]) == (144, "2026-03-11T00:00:00Z")
    assert (await filled.delete("/api/devices/1")).json() == {"readings": 144}
    assert [row["cluster"] for row in await get(filled, "/api/devices/summary/")] == [2, 3]
    assert (await filled.delete("/api/devices/1")).status_code == 404


async def test_merged_device_gives_its_readings_to_the_other(filled: httpx.AsyncClient) -> None:
    before = {row["cluster"]: row for row in await get(filled, "/api/devices/summary/")}
    answer = await filled.post("/api/devices/1/merge", json={"into": 99})
    assert answer.status_code == 404
    assert (await filled.post("/api/devices/1/merge", json={"into": 1})).status_code == 422
    answer = await filled.post("/api/devices/1/merge", json={"into": 2, "on_conflict": "keep"})
    after = {row["cluster"]: row for row in await get(filled, "/api/devices/summary/")}
    assert after.keys() == {2, 3}
    assert sum(answer.json().values()) == before[1]["samples"]
    assert after[2]["samples"] == before[2]["samples"] + answer.json()["readings"]


async def test_merge_waits_for_a_running_import(filled: httpx.AsyncClient, sessions: SessionFactory) -> None:
    async with transaction(sessions) as session:
        row = await add_import(session, "file.csv", "digest", 1)
    answer = await filled.post("/api/devices/1/merge", json={"into": 2})
    assert (answer.status_code, "import" in answer.json()["detail"]) == (409, True)
    async with transaction(sessions) as session:
        await end_import(session, row.id, ImportState.COMPLETED)
    assert (await filled.post("/api/devices/1/merge", json={"into": 2})).status_code == 200


def rows_of(text: str) -> list[dict[str, Any]]:
    return sorted(csv.DictReader(io.StringIO(text)), key=lambda row: (row["cluster"], row["timestamp"]))


async def import_again(client: httpx.AsyncClient, text: str) -> str:
    """All devices deleted, the exported text posted, and exported again."""
    for cluster in (1, 2, 3):
        assert (await client.delete(f"/api/devices/{cluster}")).status_code == 200
    assert rows_of((await client.get("/api/export")).text) == []
    headers = {"content-type": "text/csv"}
    answer = await client.post("/api/readings/", content=text.encode(), headers=headers)
    body = answer.json()
    assert (body["accepted"], body["duplicates"], body["rejected"]) == (len(household()), 0, [])
    return (await client.get("/api/export")).text


async def test_export_imports_again_to_the_same_rows(filled: httpx.AsyncClient) -> None:
    # The household was stored without kW; an import fills them in from the watts.
    text = await import_again(filled, (await filled.get("/api/export")).text)
    assert len(rows_of(text)) == len(household())
    assert rows_of(await import_again(filled, text)) == rows_of(text)
    names = [row["device_name"] for row in await get(filled, "/api/devices/summary/")]
    assert names == ["Oven", "Fridge", "lamp"]


async def test_export_as_parquet_holds_the_same_rows(filled: httpx.AsyncClient) -> None:
    answer = await filled.get("/api/export", params={"format": "parquet", "cluster": [2]})
    table = pq.read_table(io.BytesIO(answer.content))
    assert (table.num_rows, set(table["device_name"].to_pylist())) == (288, {"Fridge"})
    assert table["apparent_power"].to_pylist() == [0.0625] * 288
    assert (await filled.get("/api/export", params={"cluster": 99})).status_code == 404
