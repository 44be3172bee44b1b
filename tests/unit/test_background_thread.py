"""Blocking work that must not hold up the end of the process."""

import asyncio
import subprocess
import sys
import time

import pytest

from inference_worker.background_thread import in_daemon_thread


async def test_in_daemon_thread_gives_the_result_without_blocking_the_loop() -> None:
    def work(number: int) -> int:
        time.sleep(0.2)
        return number * 2

    ticks = 0
    task = asyncio.create_task(in_daemon_thread(work, 21))
    while not task.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert task.result() == 42
    assert ticks > 5


async def test_in_daemon_thread_raises_what_the_work_raised() -> None:
    def work() -> None:
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        await in_daemon_thread(work)


def test_process_ends_while_the_work_still_runs() -> None:
    code = """
import asyncio, time
from inference_worker.background_thread import in_daemon_thread
async def main():
    task = asyncio.create_task(in_daemon_thread(time.sleep, 60))
    await asyncio.sleep(0.1)
    task.cancel()
asyncio.run(main())
"""
    began = time.monotonic()
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=50).returncode == 0
    assert time.monotonic() - began < 40
