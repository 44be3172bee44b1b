"""Blocking work that must not hold up the end of the process."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def in_daemon_thread(work: Callable[..., Result], *arguments: Any) -> Result:
    """Like `asyncio.to_thread`, but a process that ends does not wait for `work`.

    A download or a load of minutes would otherwise outlast a container's stop grace. Cancelling stops the
    waiting, not the work.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work(*arguments)
        except Exception as raised:  # noqa: BLE001 - handed over to the one who waits
            error = raised
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            return  # the loop has ended, nobody waits

    threading.Thread(target=run, name=work.__name__, daemon=True).start()
    return await future
