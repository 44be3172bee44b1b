"""Two days of three devices, and how tests ask the gateway about them."""

from typing import Any

import httpx

from tests.support.reading_oracle import Row

DAY_S = 86_400
# Readings every ten minutes on 10 and 11 March 2026; the newest at 23:50 on the 11th is "now".
# The oven takes 2 kW from 12:00 to 13:00 each day and nothing else, the fridge always 50 W.
NEWEST = "2026-03-11T23:50:00Z"


def household() -> list[Row]:
    rows = []
    for at in range(0, 2 * DAY_S, 600):
        bakes = 12 * 3600 <= at % DAY_S <= 13 * 3600
        rows.append(
            Row(at, 1, 2000.0 if bakes else 0.0, "baking" if bakes else "off", thd=2.0, voltage=230.0)
        )
        rows.append(Row(at, 2, 50.0, "on", apparent_power=0.0625, thd=8.0, voltage=at % DAY_S / 600))
    # Silent since the first hour.
    rows.extend(Row(at, 3, 40.0, "lamp") for at in range(0, 3600, 600))
    return rows


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def problem_fields(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"]
    return [place["field"].split(".")[-1] for place in body.get("errors", [])]
