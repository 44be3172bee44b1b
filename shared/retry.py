"""One retry loop for all waits on something that is away."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Result = TypeVar("Result")


async def retry(
    work: Callable[[], Awaitable[Result]],
    error: type[Exception],
    *,
    every_s: float,
    within_s: float,
    on_error: Callable[[Exception], None] = lambda _: None,
) -> Result:
    """The result of `work`, tried again after each `error`, `every_s` seconds later, for `within_s` seconds.

    Raises the last `error` when the time is over; any other exception at once. `on_error` is told of each.
    """
    give_up_at = time.monotonic() + within_s
    while True:
        try:
            return await work()
        except error as reason:
            on_error(reason)
            if time.monotonic() + every_s > give_up_at:
                raise
        await asyncio.sleep(every_s)
