"""`/metrics`: the queue's depth and age, and the workers."""

import asyncio
import math
import re

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
        await asyncio.sleep(1.5)
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
