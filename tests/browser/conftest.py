"""A Chromium, a whole AskWatt with its sample household, and pages that tell what went wrong in them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import chromium
from tests.browser.api_process import ApiProcess
from tests.e2e.instance import Instance

# Generous: the suite may share a busy machine, and what is waited for comes at once otherwise.
TIMEOUT_MS = 45_000
expect.set_options(timeout=TIMEOUT_MS)
HERE = Path(__file__).parent
NewPage = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium.PATH is None:
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.skip(reason=chromium.WHY_SKIPPED))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.FLAGS)
        yield running
        await running.close()


@pytest.fixture(scope="session")
async def instance(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """The sample household, its clock at the newest reading: 17 March 2026, 19:30 in UTC."""
    running = Instance(tmp_path_factory.mktemp("browser"))
    await asyncio.to_thread(running.__enter__)
    yield running
    await asyncio.to_thread(running.__exit__)


@pytest.fixture
async def second_api(instance: Instance, tmp_path: Path) -> AsyncIterator[ApiProcess]:
    api = ApiProcess(instance, tmp_path / "api.log")
    await asyncio.to_thread(api.start)
    yield api
    api.stop()


@pytest.fixture
async def new_page(browser: Browser) -> AsyncIterator[NewPage]:
    """Makes pages; at the end none of them may have failed or asked anything of another host."""
    async with AsyncExitStack() as stack:
        faults: list[str] = []

        async def make(url: str, *, expects_errors: bool = False, **context: Any) -> Page:
            # What moves is drawn sixty times a second, without a GPU by the cores that the gateway needs.
            still = {"reduced_motion": "reduce"}
            # Each new context would fetch the page's files once more for its service worker.
            plain = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block", **still}
            options = {**plain, "locale": "en-GB", **context}
            made = await browser.new_context(**options)
            stack.push_async_callback(made.close)
            made.set_default_timeout(TIMEOUT_MS)
            page = await made.new_page()
            page.on("pageerror", lambda error: faults.append(f"error: {error}"))
            page.on("requestfinished", lambda request: faults.extend(_foreign(request.url, url)))
            page.on("requestfailed", lambda request: faults.extend(_foreign(request.url, url)))
            if not expects_errors:
                page.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
            await page.goto(url)
            return page

        yield make
        assert faults == []


def _foreign(address: str, url: str) -> list[str]:
    """A request to another host, or the attempt at one that the page's own policy has stopped."""
    host = url.split("/")[2]
    return [] if address.startswith((f"http://{host}/", "data:", "blob:")) else [f"asked {address}"]


@pytest.fixture
async def page(new_page: NewPage, instance: Instance) -> Page:
    """The overview of the sample household on a desktop."""
    return await new_page(instance.base_url)
