"""`/api/devices/` through the whole gateway, on real databases; numbers worked out by hand."""

from typing import Any

import httpx
import pytest

from api_service.database.sessions import SessionFactory, transaction
from api_service.repositories.reading_repository import write_readings
from api_service.repositories.rollup_refresh import refresh_periods
from api_service.services.data_service import DataService
from shared.settings import Clock, Settings
from tests.support.household import DAY_S, NEWEST, get, problem_fields
from tests.support.reading_oracle import Row, block


async def test_devices_last_day_is_exactly_as_promised(filled: httpx.AsyncClient) -> None:
    # The 24 hours up to 23:50 hold 144 readings, the newest among them: seven of the oven at 2 kW.
    # Its curve rises and falls within ten minutes: 2 kWh and twice a sixth of 1 kWh.
    oven, fridge = await get(filled, "/api/devices/")
    assert oven == {
        "device_name": "Oven",
        "cluster": 1,
        "average_power_w": pytest.approx(2000 * 7 / 144),
        "average_thd_percent": pytest.approx(2),
        "last_seen": NEWEST,
        "device_state": "off",
        "energy_kwh": pytest.approx(2 + 2 / 6),
        "samples": 144,
        "coverage": pytest.approx(1.0),
        "power_w": 0,
        "average_power_factor": None,
        "groups": [],
        "role": None,
    }
    assert (fridge["device_name"], fridge["average_power_w"]) == ("Fridge", pytest.approx(50))
    assert fridge["energy_kwh"] == pytest.approx(1.2)


async def test_devices_without_the_slash_answers_alike(filled: httpx.AsyncClient) -> None:
    assert await get(filled, "/api/devices") == await get(filled, "/api/devices/")
    assert await get(filled, "/api/devices/summary") == await get(filled, "/api/devices/summary/")


async def test_devices_hours_moves_the_start(filled: httpx.AsyncClient) -> None:
    devices = await get(filled, "/api/devices/", hours=0.5)
    assert [(device["device_name"], device["samples"]) for device in devices] == [("Fridge", 3), ("Oven", 3)]
    assert {d["cluster"] for d in await get(filled, "/api/devices/", hours=48)} == {1, 2, 3}
    assert {d["cluster"] for d in await get(filled, "/api/devices/", hours=800_000)} == {1, 2, 3}


async def test_devices_as_of_looks_back_from_there(filled: httpx.AsyncClient) -> None:
    devices = await get(filled, "/api/devices/", hours=1, as_of="2026-03-10T14:00:00+01:00")
    oven = devices[0]
    # 12:00 to 13:00 UTC, the end excluded: six readings at 2 kW.
    assert (oven["device_name"], oven["samples"], oven["average_power_w"]) == ("Oven", 6, 2000)
    assert oven["energy_kwh"] == pytest.approx(2)
    assert (oven["device_state"], oven["last_seen"]) == ("baking", "2026-03-10T12:50:00Z")


async def test_devices_empty_database_is_an_empty_list(client: httpx.AsyncClient) -> None:
    assert await get(client, "/api/devices/") == []
    assert await get(client, "/api/devices/summary/") == []


async def test_devices_by_the_wall_clock_long_ago_is_not_active(
    filled: httpx.AsyncClient, settings: Settings, sessions: SessionFactory
) -> None:
    wall = settings.model_copy(update={"clock": Clock.WALL})
    assert await DataService(sessions, wall).get_actual_devices() == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"hours": 0}, "hours"),
        ({"hours": -3}, "hours"),
        ({"hours": "nan"}, "hours"),
        ({"hours": "inf"}, "hours"),
        ({"hours": "many"}, "hours"),
        ({"as_of": "2026-03-10T14:00:00"}, "as_of"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "0001-01-01T00:00:00Z"}, "as_of"),
        ({"as_of": "9999-12-31T23:59:59Z"}, "as_of"),
        ({"days": 3}, "days"),
    ],
)
async def test_devices_impossible_query_is_a_problem(
    filled: httpx.AsyncClient, query: dict[str, Any], field: str
) -> None:
    answer = await filled.get("/api/devices/", params=query)
    assert answer.status_code == 422
    assert problem_fields(answer) == [field]


async def test_summary_is_over_all_readings(filled: httpx.AsyncClient) -> None:
    oven, fridge, lamp = await get(filled, "/api/devices/summary/")
    assert oven == {
        "cluster": 1,
        "device_name": "Oven",
        "average_power_w": pytest.approx(2000 * 14 / 288),
        "average_thd_percent": pytest.approx(2),
        "average_power_factor": None,
        "most_common_state": "off",
        "samples": 288,
        "first_seen": "2026-03-10T00:00:00Z",
        "last_seen": NEWEST,
        "role": None,
    }
    assert (fridge["cluster"], fridge["most_common_state"]) == (2, "on")
    assert (lamp["device_name"], lamp["samples"], lamp["average_thd_percent"]) == ("lamp", 6, None)


async def test_change_name_is_used_everywhere_until_reset(filled: httpx.AsyncClient) -> None:
    answer = await filled.patch("/api/devices/1", json={"device_name": "  Bäckerei 烤箱 "})
    assert answer.status_code == 200
    assert answer.json() == {
        "cluster": 1,
        "device_name": "Bäckerei 烤箱",
        "first_seen": "2026-03-10T00:00:00Z",
        "last_seen": NEWEST,
        "device_state": "off",
        "power_w": 0,
        "thd_percent": 2,
        "median_sample_period_s": 600,
        "max_sample_period_s": 6000,
        "groups": [],
        "role": None,
        "readings_from": None,
    }
    assert (await get(filled, "/api/devices/"))[0]["device_name"] == "Bäckerei 烤箱"
    assert (await get(filled, "/api/devices/summary/"))[0]["device_name"] == "Bäckerei 烤箱"
    reset = await filled.patch("/api/devices/1/", json={"device_name": None})
    assert reset.json()["device_name"] == "Oven"


async def test_change_largest_period_changes_energy_and_back(filled: httpx.AsyncClient) -> None:
    before = (await get(filled, "/api/devices/"))[1]
    changed = await filled.patch("/api/devices/2", json={"max_sample_period_s": 599})
    assert changed.json()["max_sample_period_s"] == 599
    alone = (await get(filled, "/api/devices/"))[1]
    assert (alone["energy_kwh"], alone["coverage"], alone["samples"]) == (0, 0, 144)
    await filled.patch("/api/devices/2", json={"max_sample_period_s": None})
    assert (await get(filled, "/api/devices/"))[1] == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"device_name": ""}, "device_name"),
        ({"device_name": " \t "}, "device_name"),
        ({"device_name": "x" * 201}, "device_name"),
        ({"device_name": "a\u0000b"}, "device_name"),
        ({"device_name": 7}, "device_name"),
        ({"max_sample_period_s": 0}, "max_sample_period_s"),
        ({"max_sample_period_s": 1e9}, "max_sample_period_s"),
        ({"device_name": "Oven", "power": 3}, "power"),
    ],
)
async def test_change_bad_field_is_a_problem_and_changes_nothing(
    filled: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await filled.patch("/api/devices/1", json=body)
    assert answer.status_code == 422
    assert problem_fields(answer) == [field]
    assert (await get(filled, "/api/devices/summary/"))[0]["device_name"] == "Oven"


async def test_change_nothing_is_a_problem(filled: httpx.AsyncClient) -> None:
    assert (await filled.patch("/api/devices/1", json={})).status_code == 422


async def test_change_half_a_surrogate_pair_is_a_problem(filled: httpx.AsyncClient) -> None:
    body = b'{"device_name": "\\ud800"}'
    answer = await filled.patch("/api/devices/1", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422


async def test_change_unknown_device_is_not_found(filled: httpx.AsyncClient) -> None:
    answer = await filled.patch("/api/devices/99", json={"device_name": "Ghost"})
    assert answer.status_code == 404
    assert problem_fields(answer) == []
    assert (await filled.patch("/api/devices/9999999999", json={"device_name": "Ghost"})).status_code == 422


async def test_series_hours_of_power(filled: httpx.AsyncClient) -> None:
    series = await get(
        filled,
        "/api/devices/1/series",
        start="2026-03-10T11:00:00Z", end="2026-03-10T14:00:00Z", bucket="1h",
    )  # fmt: skip
    points = series.pop("points")
    assert series == {
        "cluster": 1,
        "device_name": "Oven",
        "quantity": "power",
        "unit": "W",
        "start": "2026-03-10T11:00:00Z",
        "end": "2026-03-10T14:00:00Z",
        "timezone": "Europe/Madrid",
        "bucket_s": 3600,
    }
    assert points == [
        {"start": "2026-03-10T11:00:00Z", "mean": 0, "min": 0, "max": 0, "samples": 6},
        {"start": "2026-03-10T12:00:00Z", "mean": 2000, "min": 2000, "max": 2000, "samples": 6},
        {
            "start": "2026-03-10T13:00:00Z",
            "mean": pytest.approx(2000 / 6),
            "min": 0,
            "max": 2000,
            "samples": 6,
        },
    ]


@pytest.mark.parametrize("bucket", ["1h", "30m"])
async def test_series_of_energy_adds_up(filled: httpx.AsyncClient, bucket: str) -> None:
    query = {"start": "2026-03-10T11:35:00Z", "end": "2026-03-10T13:30:00Z", "bucket": bucket}
    series = await get(filled, "/api/devices/1/series", quantity="energy", **query)
    sums = {point["start"][11:16]: point["sum"] for point in series["points"]}
    sixth = pytest.approx(1 / 6)
    if bucket == "1h":
        assert sums == {"11:00": sixth, "12:00": pytest.approx(2), "13:00": sixth}
    else:
        one = pytest.approx(1)
        assert sums == {"11:30": sixth, "12:00": one, "12:30": one, "13:00": sixth}
    assert series["unit"] == "kWh"


@pytest.mark.parametrize("quantity", ["power", "energy"])
async def test_series_days_begin_at_local_midnight(filled: httpx.AsyncClient, quantity: str) -> None:
    query = {"start": "2026-03-10T00:00:00+01:00", "end": "2026-03-13T00:00:00+01:00", "bucket": "1d"}
    points = (await get(filled, "/api/devices/2/series", quantity=quantity, **query))["points"]
    assert [point["start"] for point in points] == [
        "2026-03-09T23:00:00Z",
        "2026-03-10T23:00:00Z",
        "2026-03-11T23:00:00Z",
    ]
    if quantity == "power":
        assert [point["samples"] for point in points] == [138, 144, 6]
    else:
        # 50 W for 23 h, 24 h and, to the last reading, 50 minutes.
        assert [point["sum"] for point in points] == pytest.approx([1.15, 1.2, 1 / 24])


async def test_series_day_of_23_hours_when_the_clock_changes(
    client: httpx.AsyncClient, sessions: SessionFactory
) -> None:
    # Clocks in Madrid go forward on 29 March 2026, 19 days after the rows' start.
    rows = [Row(at=18 * DAY_S + 600 * k, real_power_watt=60.0) for k in range(3 * 144)]
    async with transaction(sessions) as session:
        await write_readings(session, block(rows))
        await refresh_periods(session, [1])
    query = {"start": "2026-03-28T23:00:00Z", "end": "2026-03-30T22:00:00Z", "bucket": "1d"}
    points = (await get(client, "/api/devices/1/series", **query))["points"]
    assert [(point["start"], point["samples"]) for point in points] == [
        ("2026-03-28T23:00:00Z", 6 * 23),
        ("2026-03-29T22:00:00Z", 6 * 24),
    ]
    energy = (await get(client, "/api/devices/1/series", quantity="energy", **query))["points"]
    assert [point["sum"] for point in energy] == pytest.approx([0.06 * 23, 0.06 * 24])


async def test_series_power_factor_is_sum_of_p_over_sum_of_s(filled: httpx.AsyncClient) -> None:
    points = (await get(filled, "/api/devices/2/series", quantity="power_factor", bucket="12h"))["points"]
    assert {(round(p["mean"], 9), round(p["min"], 9), round(p["max"], 9)) for p in points} == {
        (0.8, 0.8, 0.8)
    }


async def test_series_other_quantities_have_their_units(filled: httpx.AsyncClient) -> None:
    query = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-10T01:00:00Z", "bucket": 3600}
    voltage = await get(filled, "/api/devices/2/series", quantity="voltage", **query)
    assert voltage["unit"] == "V"
    assert voltage["points"][0] == {
        "start": "2026-03-10T00:00:00Z", "mean": 2.5, "min": 0, "max": 5, "samples": 6,
    }  # fmt: skip
    apparent = await get(filled, "/api/devices/2/series", quantity="apparent_power", **query)
    assert (apparent["unit"], apparent["points"][0]["mean"]) == ("VA", 62.5)
    current = await get(filled, "/api/devices/2/series", quantity="current", **query)
    assert current["points"] == []


async def test_series_by_default_is_the_last_day_in_five_minutes(filled: httpx.AsyncClient) -> None:
    series = await get(filled, "/api/devices/1/series")
    assert (series["quantity"], series["bucket_s"]) == ("power", 300)
    assert (len(series["points"]), series["points"][-1]["start"]) == (144, NEWEST)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"bucket": "1s"}, "bucket"),
        ({"bucket": "0"}, "bucket"),
        ({"bucket": "5 minutes"}, "bucket"),
        ({"bucket": "367d"}, "bucket"),
        ({"bucket": "999999999d"}, "bucket"),
        ({"quantity": "happiness"}, "quantity"),
        ({"start": "2026-03-11T00:00:00"}, "start"),
        ({"start": "2026-03-12T00:00:00Z"}, "start"),
        ({"start": "2026-03-11T00:00:00Z", "end": "2026-03-11T00:00:00Z"}, "start"),
        ({"end": "0001-01-01T00:00:00Z"}, "end"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_series_impossible_query_is_a_problem(
    filled: httpx.AsyncClient, query: dict[str, Any], field: str
) -> None:
    answer = await filled.get("/api/devices/1/series", params=query)
    assert answer.status_code == 422
    assert problem_fields(answer) == [field]


async def test_series_too_many_points_names_the_smallest_bucket(filled: httpx.AsyncClient) -> None:
    answer = await filled.get("/api/devices/1/series", params={"bucket": "17s"})
    assert answer.status_code == 422
    assert "18s" in answer.json()["detail"]
    series = await get(filled, "/api/devices/1/series", bucket="18s")
    assert len(series["points"]) == 144


async def test_series_unknown_device_is_not_found(filled: httpx.AsyncClient) -> None:
    assert (await filled.get("/api/devices/99/series")).status_code == 404
