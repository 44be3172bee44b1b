"""Which run of a message's job ends how: cancelled by its asker, or begun again on the same worker."""

import asyncio

import pytest

from inference_worker.cancellation import CancelWatch, Superseded
from shared.queue import Queue


async def runs() -> str:
    await asyncio.sleep(60)
    return "late"


async def answers() -> str:
    return "answer"


async def test_run_that_its_asker_cancels_has_no_result(queue: Queue) -> None:
    watch = CancelWatch(queue)
    running = asyncio.create_task(watch.guard("m1", runs()))
    await queue.cancel("m1")
    assert await asyncio.wait_for(running, 10) is None
    assert watch.running == frozenset()
    await watch.close()


async def test_run_of_a_job_that_is_begun_again_tells_nothing(queue: Queue) -> None:
    # A worker whose heart stood still is given up for lost; its job comes again, and may come to it.
    watch = CancelWatch(queue)
    earlier = asyncio.create_task(watch.guard("m1", runs()))
    await asyncio.sleep(0)

    watch.supersede("m1")
    later = await watch.guard("m1", answers())

    assert later == "answer"
    with pytest.raises(Superseded):
        await asyncio.wait_for(earlier, 10)
    await watch.close()
