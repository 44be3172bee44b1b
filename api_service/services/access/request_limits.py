"""How often a key may ask: rate limits and quotas, counted in Redis for all gateways together."""

import math
import time
from collections.abc import Sequence

from limits import RateLimitItem, parse_many
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from shared.logs import get_logger
from shared.queue import connection_pool
from shared.settings import AUTO, OFF, Settings, is_loopback

log = get_logger(__name__)

# Where others reach a gateway that asks for keys. A busy bridge or page stays far below, an endless loop not.
DEFAULT_RATE = "3000/minute"
DEFAULT_QUESTIONS = "120/minute, 20000/day"
# By address. A meter with an old key sends less; at this rate no key that is worth the name is found.
DEFAULT_WRONG_KEYS = "30/minute"
REDIS_WAIT_S = 1.0
# After a failure Redis is left alone for so long: else each request would wait for it anew.
REDIS_PAUSE_S = 5.0
_Limit = tuple[str, RateLimitItem]


class RequestLimits:
    """Counts requests, questions and wrong keys; while Redis is away all are let through."""

    def __init__(self, settings: Settings) -> None:
        requests, questions = rates_of(settings)
        self._requests = [("requests", one) for one in requests]
        self._questions = [("questions", one) for one in questions]
        self._wrong_keys = [("wrong keys", one) for one in wrong_key_rates_of(settings)]
        self._pool = connection_pool(settings.redis_url, retries=1, timeout_s=REDIS_WAIT_S)
        self._storage = _storage(self._pool) if requests or questions or self._wrong_keys else None
        self._paused_until_s = 0.0

    async def wait_s(self, who: str, *, is_question: bool) -> int | None:
        """Count a request; None where it may go on, else the seconds until one may again."""
        return await self._refusal_s([*self._requests, *(self._questions if is_question else ())], who)

    async def key_wait_s(self, address: str) -> int | None:
        """The seconds until a key from this address is looked at, None where it is now; counts nothing."""
        return await self._refusal_s(self._wrong_keys, address, counts=False)

    async def count_wrong_key(self, address: str) -> None:
        """Count a key that nobody knows."""
        await self._refusal_s(self._wrong_keys, address)

    async def _refusal_s(self, limits: Sequence[_Limit], who: str, *, counts: bool = True) -> int | None:
        """The seconds until the first limit that is reached allows one more; None where none is."""
        if self._storage is None or time.monotonic() < self._paused_until_s:
            return None
        counter = SlidingWindowCounterRateLimiter(self._storage)
        allows = counter.hit if counts else counter.test
        try:
            for what, limit in limits:
                if not await allows(limit, what, who):
                    reset_at, _ = await counter.get_window_stats(limit, what, who)
                    return max(1, math.ceil(reset_at - time.time()))
        except (RedisError, OSError) as error:
            self._paused_until_s = time.monotonic() + REDIS_PAUSE_S
            log.warning("limits_not_counted", reason=str(error), pause_s=REDIS_PAUSE_S)
        return None

    async def close(self) -> None:
        """Let the connections go."""
        await self._pool.aclose()


def rates_of(settings: Settings) -> tuple[Sequence[RateLimitItem], Sequence[RateLimitItem]]:
    """The limits of requests and of questions; none at all where both are off."""
    requests = limits_of(settings, settings.rate_limit, DEFAULT_RATE)
    return requests, limits_of(settings, settings.question_quota, DEFAULT_QUESTIONS)


def wrong_key_rates_of(settings: Settings) -> Sequence[RateLimitItem]:
    """How many wrong keys one address may show; none where that is off."""
    return limits_of(settings, settings.wrong_key_limit, DEFAULT_WRONG_KEYS)


def limits_of(settings: Settings, given: str, default: str) -> Sequence[RateLimitItem]:
    """The limits that a setting means, the shortest period first: what that refuses counts for no longer one.

    `auto` is `default` where others reach a gateway that asks for keys, and off elsewhere.
    """
    if given == AUTO:
        is_exposed = settings.asks_for_keys and not is_loopback(settings.host)
        given = default if is_exposed else OFF
    limits = () if given == OFF else parse_many(given.replace(",", ";"))
    return sorted(limits, key=RateLimitItem.get_expiry)


def _storage(pool: ConnectionPool) -> RedisStorage:
    return RedisStorage(
        "async+redis://",  # the pool knows the address
        implementation="redispy",
        key_prefix="askwatt:limits",
        connection_pool=pool,  # type: ignore[arg-type]  # as the library's documentation says
    )
