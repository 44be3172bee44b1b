"""What a login has read is kept apart, not at all for a login of one tab, and goes with the login."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from api_service.services.access.key_service import digest_of
from tests.browser.api_process import ApiProcess
from tests.browser.conftest import NewPage
from tests.browser.kept import controlled, data_of, kept_addresses, names_of_data
from tests.browser.proxy import Hold, Proxy, serving
from tests.e2e.instance import Instance

FIRST, SECOND = "open sesame", "open barley"
# A read whose answer is still on its way while the key is forgotten; the overview asks for no tariffs.
READ = """() => fetch("api/tariffs/", { headers: { "X-CSRF-Token": localStorage.getItem("askwatt.login") } })
  .then((response) => response.text())"""
HELD = "() => [{...localStorage}, {...sessionStorage}].map((one) => one['askwatt.login'])"


@pytest.fixture
async def locked(instance: Instance, tmp_path: Path) -> AsyncIterator[Proxy]:
    """A gateway that asks for one of two keys, behind a proxy."""
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{digest_of(key)} {key.replace(' ', '_')}\n" for key in (FIRST, SECOND)))
    api = ApiProcess(instance, tmp_path / "api.log", API_KEYS_FILE=str(keys), REQUIRE_KEYS="true")
    await asyncio.to_thread(api.start)
    try:
        async with serving(Proxy(api.url)) as proxy:
            yield proxy
    finally:
        api.stop()


async def enter(page: Page, key: str, *, is_for_device: bool) -> None:
    await page.get_by_label("Key", exact=True).fill(key)
    if is_for_device:
        await page.get_by_label("Keep").check()
    await page.get_by_role("button", name="Open").click()
    await expect(page.locator(".device:not(.silent)")).to_have_count(10)


async def leave(page: Page) -> None:
    await page.evaluate("location.hash = '#/settings'")
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", name="This server asks for a key")).to_be_visible()
    await page.evaluate("location.hash = '#/'")


async def token_of(page: Page) -> str:
    """The token of the login that is kept on the device."""
    return str(await page.evaluate("() => localStorage.getItem('askwatt.login')"))


async def until_names_are(page: Page, *expected: str) -> None:
    for _ in range(200):
        if sorted(await names_of_data(page)) == sorted(expected):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await names_of_data(page))


async def test_what_keys_have_read_is_kept_apart_and_goes_with_them(new_page: NewPage, locked: Proxy) -> None:
    page = await new_page(locked.url, expects_errors=True, service_workers="allow")
    await controlled(page)
    await enter(page, FIRST, is_for_device=True)
    await until_names_are(page, data_of(await token_of(page)))
    other = await page.context.new_page()
    await other.goto(locked.url)
    await expect(other.locator(".device:not(.silent)")).to_have_count(10)

    locked.hold = Hold("/api/tariffs/")
    late = asyncio.create_task(other.evaluate(READ))
    await locked.hold.has_come.wait()
    await leave(page)
    await until_names_are(page)
    locked.hold.release.set()
    assert "tariffs" in await late
    # Another key is for one tab alone. The other tab reads on with that login, the browser's only one.
    await enter(page, SECOND, is_for_device=False)
    await other.evaluate("location.hash = '#/settings'")
    await other.reload()
    await expect(other.get_by_text("This browser is logged in")).to_be_visible()
    assert await other.evaluate(HELD) == await page.evaluate(HELD)
    await page.wait_for_timeout(500)
    # But the API's description, which needs no key: the other tab asked for it before it knew the new login.
    assert {one.rpartition("/")[2] for one in await kept_addresses(page)} <= {"openapi.json"}


async def test_revoked_key_forgets_what_it_had_read(new_page: NewPage, locked: Proxy) -> None:
    administrator = {"Authorization": f"Bearer {FIRST}"}
    async with httpx.AsyncClient(base_url=locked.url, headers=administrator) as client:
        made = (await client.post("/api/keys/", json={"name": "Tablet", "scopes": ["read"]})).json()
        page = await new_page(locked.url, expects_errors=True, service_workers="allow")
        await controlled(page)
        await enter(page, made["key"], is_for_device=True)
        await until_names_are(page, data_of(await token_of(page)))
        await client.delete(f"/api/keys/{made['key_id']}")
    await page.reload()
    await expect(page.get_by_text("The server does not know this key.")).to_be_visible()
    await until_names_are(page)
