"""The page without its server: opens with what it last had, says of when that is."""

import asyncio
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from tests.browser.api_process import ApiProcess
from tests.browser.conftest import NewPage
from tests.browser.kept import controlled, eventually, kept_addresses, names_of_files
from tests.browser.proxy import Proxy, serving
from tests.e2e.instance import Instance

QUESTION = "How much energy did the TV use yesterday?"
AWAY = "The server cannot be reached. These figures are from"
INSTALLED = """async () => {
  const registration = await navigator.serviceWorker.register("sw.js");
  const worker = registration.installing ?? registration.active;
  while (!["redundant", "activated"].includes(worker.state)) {
    await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  }
  return worker.state;
}"""


async def test_page_opens_without_its_server_with_the_figures_that_it_last_had(
    new_page: NewPage, second_api: ApiProcess
) -> None:
    page = await new_page(second_api.url, expects_errors=True, service_workers="allow")
    await controlled(page)
    await page.reload()
    await page.wait_for_selector(".plot canvas")
    power = await page.locator("[data-tile=power] .figure").inner_text()
    await page.goto(f"{second_api.url}/#/ask")
    await page.get_by_role("textbox", name="Your question").fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")
    asked = await page.evaluate("location.hash")
    await page.reload()
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")
    second_api.stop()

    await page.goto(f"{second_api.url}/#/")
    await page.reload()
    await expect(page.get_by_text(AWAY)).to_be_visible()
    await expect(page.locator(".device:not(.silent)")).to_have_count(10)
    await expect(page.locator("[data-tile=power] .figure")).to_have_text(power)
    await page.goto(f"{second_api.url}/{asked}")
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")

    await asyncio.to_thread(second_api.start)
    await expect(page.locator(".banner.bad")).to_have_count(0)


@pytest.mark.parametrize("mixed", ["files", "page"])
async def test_nothing_is_kept_of_two_versions_during_an_upgrade(
    new_page: NewPage, instance: Instance, mixed: str
) -> None:
    async with serving(Proxy(instance.base_url)) as proxy:
        # The page itself is whole: what differs is what its service worker is given.
        page = await new_page(f"{proxy.url}/docs", expects_errors=True, service_workers="allow")
        proxy.mixed = mixed
        assert await page.evaluate(INSTALLED) == "redundant"
        assert await names_of_files(page) == []
        proxy.mixed = None
        assert await page.evaluate(INSTALLED) == "activated"
        assert len(await names_of_files(page)) == 1


async def test_gateway_that_is_away_behind_its_proxy_is_told_as_such(
    new_page: NewPage, instance: Instance
) -> None:
    async with serving(Proxy(instance.base_url)) as proxy:
        page = await new_page(f"{proxy.url}/#/import", expects_errors=True)
        for status, view in ((502, "costs"), (503, "ask"), (504, "import")):
            proxy.away = status
            await page.evaluate("(view) => { location.hash = `#/${view}` }", view)
            await expect(
                page.get_by_text("The server cannot be reached. The page tries again")
            ).to_be_visible()
            proxy.away = None
            await expect(page.locator(".banner.bad")).to_have_count(0)


async def test_two_pages_of_one_host_keep_apart_and_open_behind_a_proxy_without_gateway(
    new_page: NewPage, instance: Instance
) -> None:
    async with serving(Proxy(instance.base_url, prefixes=("/one", "/two"))) as proxy:
        page = await new_page(f"{proxy.url}/", expects_errors=True, service_workers="allow")
        await controlled(page)
        await page.reload()
        await page.wait_for_selector(".plot canvas")
        other = await page.context.new_page()
        await other.goto(f"http://127.0.0.1:{proxy.port}/two/")
        await controlled(other)
        await other.reload()
        await expect(other.locator(".device:not(.silent)")).to_have_count(10)
        assert sorted(name.split(" ")[1] for name in await names_of_files(page)) == ["/one/", "/two/"]
        assert await kept_addresses(page, "/two/")
        proxy.away = 502
        for one in (page, other):
            await one.reload()
            await expect(one.get_by_text(AWAY)).to_be_visible()
            await expect(one.locator(".device:not(.silent)")).to_have_count(10)


async def test_what_is_removed_is_not_kept_either(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(instance.base_url, expects_errors=True, service_workers="allow")
    await controlled(page)
    read = "(path) => fetch(path).then((response) => response.status)"
    for is_removed_here in (True, False):
        made = httpx.post(f"{instance.base_url}/api/chat/sessions/", json={}).json()["session_id"]
        path = f"/api/chat/sessions/{made}"
        for one in (path, f"{path}/messages", f"{path}/messages?limit=1000"):
            assert await page.evaluate(read, one) == 200
        await eventually(page, path, 3)
        if is_removed_here:
            await page.evaluate("(path) => fetch(path, { method: 'DELETE' })", path)
        else:
            httpx.delete(f"{instance.base_url}{path}")
            for one in (path, f"{path}/messages", f"{path}/messages?limit=1000"):
                assert await page.evaluate(read, one) == 404
        await eventually(page, path, 0)


async def test_under_the_wall_clock_each_figure_is_kept_once_and_found_again(
    new_page: NewPage, instance: Instance, tmp_path: Path
) -> None:
    api = ApiProcess(instance, tmp_path / "api.log", CLOCK="wall")
    await asyncio.to_thread(api.start)
    try:
        # The sample's newest reading is old by the wall clock: its device still shows its own last day.
        page = await new_page(api.url, expects_errors=True, service_workers="allow")
        await controlled(page)
        await page.reload()
        energy = page.locator("[data-tile=energy] .figure")
        await energy.wait_for()
        await eventually(page, "kept-as=until", 8)
        before = set(await kept_addresses(page))
        await page.reload()
        await energy.wait_for()
        await page.wait_for_timeout(500)
        assert set(await kept_addresses(page)) == before
        shown = await energy.inner_text()
        api.stop()
        await page.reload()
        await expect(page.get_by_text(AWAY)).to_be_visible()
        await expect(energy).to_have_text(shown)
        await expect(page.locator("main [role=alert]")).to_have_count(0)
    finally:
        api.stop()
