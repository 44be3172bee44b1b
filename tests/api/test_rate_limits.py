"""Rate limits and quotas by key, counted in a real Redis."""

from pathlib import Path

import pytest

from api_service.edge.rate_limits import network_of
from api_service.services.access.key_service import digest_of
from api_service.services.access.request_limits import DEFAULT_QUESTIONS, DEFAULT_RATE, limits_of
from shared.settings import load_settings
from tests.support.gateway import Gateway, gateway_of, settings_of
from tests.support.servers import RedisServer

ALI, BEA = {"X-API-Key": "the key of Ali"}, {"X-API-Key": "the key of Bea"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = tmp_path / "keys"
    file.write_text(f"{digest_of(ALI['X-API-Key'])} Ali\n{digest_of(BEA['X-API-Key'])} Bea\n")
    return file


async def statuses(gateway: Gateway, who: dict[str, str], count: int) -> list[int]:
    return [(await gateway.http.get("/api/site/", headers=who)).status_code for _ in range(count)]


async def test_each_key_has_its_own_rate_over_all_gateways(
    sqlite_url: str, redis_db: str, keys: Path
) -> None:
    settings = settings_of(sqlite_url, redis_db, api_keys_file=keys, rate_limit="3/minute")
    async with gateway_of(settings) as first, gateway_of(settings) as second:
        assert await statuses(first, ALI, 2) == [200, 200]
        assert await statuses(second, ALI, 2) == [200, 429]
        refused = await first.http.get("/api/site/", headers=ALI)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert await statuses(first, BEA, 1) == [200]
        assert (await first.http.get("/health/live", headers=ALI)).status_code == 200
        # A wrong key is refused as such and counts for nobody.
        assert await statuses(first, {"X-API-Key": "wrong"}, 5) == [401] * 5


async def test_questions_have_a_quota_of_their_own(sqlite_url: str, redis_db: str, keys: Path) -> None:
    settings = settings_of(sqlite_url, redis_db, api_keys_file=keys, question_quota="2/day, 100/hour")
    async with gateway_of(settings) as gateway:
        question = {"user_message": "How much energy did the oven use yesterday?"}
        headers = {**ALI, "Prefer": "respond-async"}
        asked = [await gateway.http.post("/api/chat/", json=question, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in asked] == [202, 202, 429]
        assert 1 <= int(asked[2].headers["retry-after"]) <= 86_400
        body = {"model": "askwatt", "messages": [{"role": "user", "content": "hello"}]}
        refused = await gateway.http.post("/v1/chat/completions", json=body, headers=ALI)
        assert refused.status_code == 429
        assert "error" in refused.json()
        assert await statuses(gateway, ALI, 5) == [200] * 5


async def test_without_redis_everything_is_let_through(
    sqlite_url: str, private_redis: RedisServer, keys: Path
) -> None:
    settings = settings_of(sqlite_url, private_redis.url, api_keys_file=keys, rate_limit="1/hour")
    async with gateway_of(settings) as gateway:
        assert await statuses(gateway, ALI, 2) == [200, 429]
        private_redis.stop()
        assert await statuses(gateway, ALI, 2) == [200, 200]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"require_keys": True}, ""),
        ({"host": "0.0.0.0", "allow_anonymous": True}, ""),
        ({"host": "0.0.0.0", "require_keys": True}, DEFAULT_RATE),
        ({"host": "0.0.0.0", "require_keys": True, "rate_limit": "off"}, ""),
        ({"rate_limit": "10/second"}, "10/second"),
        ({"rate_limit": "5/day,4/hour , 3/second"}, "3/second,4/hour,5/day"),
    ],
)
def test_limits_are_off_on_loopback_unless_set(changes: dict[str, object], expected: str) -> None:
    settings = load_settings(**changes)
    limits = limits_of(settings, settings.rate_limit, DEFAULT_RATE)
    assert ",".join(f"{one.amount}/{one.GRANULARITY.name}" for one in limits) == expected


def test_defaults_are_rates() -> None:
    for default in (DEFAULT_RATE, DEFAULT_QUESTIONS):
        assert load_settings(rate_limit=default).rate_limit == default


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("", ""),
    ],
)
def test_network_of_an_ipv6_address_counts_as_one(address: str, expected: str) -> None:
    assert network_of({"client": (address, 1)}) == expected


async def test_without_keys_addresses_are_counted_where_a_rate_is_set(sqlite_url: str, redis_db: str) -> None:
    async with gateway_of(settings_of(sqlite_url, redis_db, rate_limit="2/hour")) as gateway:
        assert await statuses(gateway, {}, 3) == [200, 200, 429]
        assert (await gateway.http.get("/health/live")).status_code == 200


async def test_wrong_keys_of_an_address_are_looked_at_so_often_and_no_more(
    sqlite_url: str, redis_db: str, keys: Path
) -> None:
    settings = settings_of(sqlite_url, redis_db, api_keys_file=keys, wrong_key_limit="3/hour")
    wrong = {"X-API-Key": "wrong"}
    async with gateway_of(settings) as first, gateway_of(settings) as second:
        assert await statuses(first, ALI, 1) == [200]
        assert await statuses(first, wrong, 2) == [401, 401]
        assert await statuses(second, wrong, 2) == [401, 429]
        refused = await first.http.get("/api/site/", headers=wrong)
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 3600
        # Who guesses does not learn that this one would have been right.
        assert await statuses(first, BEA, 1) == [429]
        # What was right at this address before goes on; what shows no key is no guess.
        assert await statuses(first, ALI, 2) == [200, 200]
        assert await statuses(first, {}, 2) == [401, 401]
        assert (await first.http.get("/health/live", headers=wrong)).status_code == 200


async def test_wrong_keys_are_told_as_such_while_redis_is_away(
    sqlite_url: str, private_redis: RedisServer, keys: Path
) -> None:
    settings = settings_of(sqlite_url, private_redis.url, api_keys_file=keys, wrong_key_limit="1/hour")
    private_redis.stop()
    async with gateway_of(settings) as gateway:
        assert await statuses(gateway, {"X-API-Key": "wrong"}, 3) == [401, 401, 401]
        assert await statuses(gateway, ALI, 1) == [200]
