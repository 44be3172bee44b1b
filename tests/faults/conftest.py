"""One stack for all faults of a test process and database; each fault leaves it whole."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.invariants import check
from tests.faults.stack import Stack, fresh, stack_of


# A stack takes half a minute to start and to come to rest: what needs one is marked `soak`.
@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
async def running_stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stack]:
    async with stack_of(request.param, tmp_path_factory.mktemp("stack")) as stack:
        await check(stack)
        yield stack


@pytest.fixture
async def stack(running_stack: Stack) -> AsyncIterator[Stack]:
    """The stack before a fault; after it, I1 to I7."""
    fresh(running_stack)
    yield running_stack
    await check(running_stack)
