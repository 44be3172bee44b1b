"""Ending asyncio tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any

ASK_AGAIN_S = 0.5


async def cancel_and_wait(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel `tasks` and wait until they have ended, however they end.

    Asks again and again: before Python 3.12 `asyncio.wait_for` loses a cancellation that arrives when what it
    waits for has just finished, and redis-py writes every command through it.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=ASK_AGAIN_S)
