"""`/metrics`: the queue's depth and age, and the workers."""

import asyncio
import math
import re
from pathlib import Path

from api_service.services.access.key_service import digest_of
from tests.support.gateway import YESTERDAY, Gateway, SayingLLM, answering, gateway_of, settings_of
from tests.support.servers import RedisServer


async def figure(gateway: Gateway, name: str) -> float:
    """A sample's value by its name and labels."""
    text = (await gateway.http.get("/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


async def test_metrics_tell_the_queues_depth_age_and_workers(sqlite_url: str, redis_db: str) -> None:
    settings = settings_of(sqlite_url, redis_db)
    llm = SayingLLM(settings, lambda _: "x", word_every_s=100.0)
    async with answering(settings, llm) as gateway:
        assert await figure(gateway, "askwatt_queue_jobs") == 0
        assert await figure(gateway, "askwatt_queue_oldest_seconds") == 0
        for _ in range(3):
            request = {"user_message": YESTERDAY}
            await gateway.http.post("/api/chat/", json=request, headers={"Prefer": "respond-async"})
        for _ in range(300):  # a busy machine queues them late
            if await figure(gateway, "askwatt_queue_oldest_seconds") >= 1:
                break
            await asyncio.sleep(0.1)
        assert await figure(gateway, "askwatt_queue_jobs") == 3
        assert 1 <= await figure(gateway, "askwatt_queue_oldest_seconds") < 30
        assert await figure(gateway, 'askwatt_workers{phase="ready"}') == 1
        assert await figure(gateway, 'askwatt_workers{phase="failed"}') == 0
        for path in [
            item["session_id"] for item in (await gateway.http.get("/api/chat/sessions/")).json()["items"]
        ]:
            await gateway.http.delete(f"/api/chat/sessions/{path}")


async def test_metrics_without_redis_say_not_a_number(sqlite_url: str, private_redis: RedisServer) -> None:
    async with gateway_of(settings_of(sqlite_url, private_redis.url)) as gateway:
        private_redis.stop()
        assert math.isnan(await figure(gateway, "askwatt_queue_jobs"))


async def test_metrics_count_what_is_refused_before_its_route(
    sqlite_url: str, redis_db: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of('a key')} tests\n")
    settings = settings_of(sqlite_url, redis_db, api_keys_file=keys, wrong_key_limit="1/hour")
    key, wrong = {"X-API-Key": "a key"}, {"X-API-Key": "wrong"}
    refusals = [
        (401, "GET", wrong),
        (429, "GET", wrong),
        (421, "GET", {"Host": "evil.example"}),
        (403, "DELETE", {**key, "Origin": "https://evil.example"}),
    ]
    async with gateway_of(settings) as gateway:

        async def counted(method: str, route: str, status: int) -> float:
            text = (await gateway.http.get("/metrics", headers=key)).text
            labels = f'method="{method}",route="{route}",status="{status}"'
            found = re.search(
                rf"^askwatt_http_requests_total{{{re.escape(labels)}}} (\S+)$", text, re.MULTILINE
            )
            return float(found[1]) if found else 0.0

        for status, method, headers in refusals:
            before = await counted(method, "unmatched", status)
            answer = await gateway.http.request(method, "/api/devices/", headers=headers)
            assert answer.status_code == status
            assert await counted(method, "unmatched", status) == before + 1
        before = await counted("GET", "/api/site/", 200)
        assert (await gateway.http.get("/api/site", headers=key)).status_code == 200
        assert await counted("GET", "/api/site/", 200) == before + 1
