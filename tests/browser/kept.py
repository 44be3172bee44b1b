"""What a page has kept in the browser for times without its server."""

import asyncio
import hashlib

from playwright.async_api import Page

WITHIN_ROUNDS = 200
_ADDRESSES = """async (root) => {
  const names = (await caches.keys()).filter((name) => name.startsWith(`askwatt-data ${root}`));
  const caught = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return caught.flat().map((request) => request.url);
}"""


async def controlled(page: Page) -> None:
    """Wait until the service worker answers for the page."""
    await page.evaluate("() => navigator.serviceWorker.ready")
    await page.wait_for_function("() => navigator.serviceWorker.controller !== null")


async def names_of_files(page: Page) -> list[str]:
    """The caches of files."""
    return list(await page.evaluate("async () => (await caches.keys()).filter((n) => n.includes('-files'))"))


async def names_of_data(page: Page) -> list[str]:
    """The caches of what logins have read."""
    return list(await page.evaluate("async () => (await caches.keys()).filter((n) => n.includes('-data'))"))


async def kept_addresses(page: Page, root: str = "/") -> list[str]:
    """The addresses of what is kept for the page below `root`."""
    return list(await page.evaluate(_ADDRESSES, root))


async def eventually(page: Page, part: str, count: int) -> None:
    """Wait until as many kept addresses hold `part`: they are written after the answer has been given."""
    for _ in range(WITHIN_ROUNDS):
        found = [one for one in await kept_addresses(page) if part in one]
        if len(found) == count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(found)} kept addresses hold {part!r}, not {count}: {found}")


def data_of(token: str, root: str = "/") -> str:
    """The name of the cache of what a login has read."""
    return f"askwatt-data {root} {hashlib.sha256(token.encode()).hexdigest()}"
