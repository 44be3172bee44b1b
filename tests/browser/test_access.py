"""Keys, a server that goes and comes back, a sub-path, languages, the viewers of the API."""

import asyncio
from pathlib import Path

import httpx
from playwright.async_api import Page, expect

from api_service.services.access.key_service import digest_of
from tests.browser.api_process import ApiProcess
from tests.browser.conftest import NewPage
from tests.browser.proxy import Proxy, serving
from tests.browser.test_layout import AXE, findings_in_both_schemes
from tests.e2e.instance import Instance

LIGHT_DOCS = "rgba(0, 0, 0, 0)"  # none of its own: the page's white


async def test_page_logs_in_with_a_key_that_no_script_can_read_and_out(
    new_page: NewPage, instance: Instance, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{digest_of('open sesame')} test\n")
    api = ApiProcess(instance, tmp_path / "api.log", API_KEYS_FILE=str(keys))
    await asyncio.to_thread(api.start)
    try:
        page = await new_page(api.url, expects_errors=True)
        await page.add_init_script(path=AXE)
        await page.reload()
        await expect(page.get_by_role("heading", name="This server asks for a key")).to_be_visible()
        await page.get_by_label("Key", exact=True).fill("wrong")
        await page.get_by_role("button", name="Open").click()
        await expect(page.get_by_text("The server does not know this key.")).to_be_visible()
        for width in (1280, 390):
            await page.set_viewport_size({"width": width, "height": 844})
            assert (width, await findings_in_both_schemes(page)) == (width, [])
        await page.get_by_label("Key", exact=True).fill("open sesame")
        await page.get_by_role("button", name="Open").click()
        await expect(page.locator(".device:not(.silent)")).to_have_count(10)
        await page.reload()
        await expect(page.locator(".device:not(.silent)")).to_have_count(10)
        kept = await page.evaluate(
            "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        assert "open sesame" not in kept
        assert {one["name"]: (one["httpOnly"], one["sameSite"]) for one in await page.context.cookies()} == {
            f"askwatt_login_{api.url.rpartition(':')[2]}": (True, "Strict")
        }
        assert not [one for one in await page.context.cookies() if one["value"] in kept]
        await page.goto(f"{api.url}/#/ask")
        await page.get_by_role("textbox", name="Your question").fill(
            "How much energy did the TV use yesterday?"
        )
        await page.keyboard.press("Enter")
        await expect(page.locator(".turn .words")).to_contain_text("608 Wh")
        await page.goto(f"{api.url}/#/settings")
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_role("heading", name="This server asks for a key")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="This server asks for a key")).to_be_visible()
        assert await page.context.cookies() == []
    finally:
        api.stop()


async def test_server_that_goes_is_told_and_comes_back_by_itself(
    new_page: NewPage, second_api: ApiProcess
) -> None:
    page = await new_page(second_api.url, expects_errors=True)
    await page.wait_for_selector(".device")
    second_api.stop()
    await expect(page.get_by_text("The server cannot be reached. The page tries again")).to_be_visible(
        timeout=20_000
    )
    assert await page.locator(".device").count() > 0
    await page.goto(f"{second_api.url}/#/ask")
    await page.get_by_role("textbox", name="Your question").fill("How much energy did the TV use yesterday?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".turn")).to_contain_text("The server cannot be reached")
    await asyncio.to_thread(second_api.start)
    await expect(page.locator(".banner.bad")).to_have_count(0, timeout=20_000)
    await page.get_by_role("button", name="Ask again").click()
    await expect(page.locator(".turn .words")).to_contain_text("608 Wh")


async def test_offline_browser_keeps_what_it_shows(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(instance.base_url, expects_errors=True)
    await page.wait_for_selector(".device")
    await page.context.set_offline(True)
    await expect(page.get_by_text("The page tries again by itself")).to_be_visible()
    await expect(page.locator(".device:not(.silent)")).to_have_count(10)
    await page.context.set_offline(False)
    await expect(page.get_by_text("The page tries again by itself")).to_have_count(0, timeout=15_000)


async def test_everything_works_below_a_sub_path(new_page: NewPage, instance: Instance) -> None:
    async with serving(Proxy(instance.base_url, prefixes=("/askwatt",))) as proxy:
        page = await new_page(f"{proxy.url}/")
        await expect(page.locator(".device:not(.silent)")).to_have_count(10)
        await page.get_by_role("link", name="Ask", exact=True).click()
        await page.get_by_role("textbox", name="Your question").fill(
            "How much energy did the TV use yesterday?"
        )
        await page.keyboard.press("Enter")
        await expect(page.locator(".turn .words")).to_contain_text("608 Wh")
        await page.goto(f"{proxy.url}/docs")
        await expect(page.get_by_text("/api/devices/summary/")).to_be_visible()


async def test_docs_work_without_network_and_try_it_out_answers(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/docs")
    operation = page.locator("#operations-devices-cluster_summaries")
    await operation.click()
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()
    await expect(
        operation.locator(".live-responses-table tr.response .response-col_status").first
    ).to_contain_text("200")


async def test_docs_follow_the_scheme_that_was_chosen_on_the_page(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/docs", color_scheme="light")
    root = page.locator("html")
    await page.get_by_text("/api/devices/summary/").wait_for()
    await expect(root).to_have_css("background-color", LIGHT_DOCS)
    await page.emulate_media(color_scheme="dark")
    await expect(root).to_have_css("background-color", "rgb(28, 32, 34)")
    await page.evaluate("localStorage.setItem('askwatt.theme', 'light')")
    await page.reload()
    await page.get_by_text("/api/devices/summary/").wait_for()
    await expect(root).to_have_css("background-color", LIGHT_DOCS)


async def test_redoc_lists_the_operations(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/redoc")
    await expect(page.get_by_role("heading", name="AskWatt (0.1.0)")).to_be_visible()
    await expect(page.get_by_text("Every device over all of its readings.").first).to_be_visible()


async def test_languages_are_complete_and_switch_without_a_reload(page: Page, instance: Instance) -> None:
    await page.goto(f"{instance.base_url}/#/settings")
    await page.wait_for_selector("#language")
    keys = await page.evaluate(
        """async () => {
          const root = new URL("../", document.querySelector('script[type="module"]').src);
          const load = async (code) => (await import(new URL(`locales/${code}.js`, root))).default;
          return Promise.all(["en", "es"].map(async (code) => Object.entries(await load(code)).sort()));
        }"""
    )
    english, spanish = (dict(one) for one in keys)
    assert set(english) == set(spanish)
    for key, text in english.items():
        assert placeholders(spanish[key]) == placeholders(text), key
    await page.get_by_label("Language").select_option("es")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ajustes")
    assert await page.evaluate("document.documentElement.lang") == "es"
    await page.goto(f"{instance.base_url}/#/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Resumen")
    await expect(page.locator("[data-tile=energy] .figure")).to_contain_text("21,6")


def placeholders(text: str | dict[str, str]) -> set[str]:
    joined = text if isinstance(text, str) else " ".join(text.values())
    return {part.split("}")[0] for part in joined.split("{")[1:]}


async def test_theme_is_kept(page: Page, instance: Instance) -> None:
    await page.goto(f"{instance.base_url}/#/settings")
    await page.get_by_role("button", name="Dark").click()
    dark = await page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    await page.reload()
    await page.wait_for_selector("#language")
    assert await page.evaluate("() => getComputedStyle(document.body).backgroundColor") == dark
    assert dark == "rgb(15, 20, 23)"


async def test_key_is_made_for_an_owner_shown_once_replaced_and_revoked(
    new_page: NewPage, second_api: ApiProcess
) -> None:
    page = await new_page(f"{second_api.url}/#/settings")
    await page.get_by_label("Whose key").fill("Grafana")
    await page.get_by_label("Owner (empty").fill("Ali")
    await page.get_by_label("Allows").select_option("write")
    await page.get_by_role("button", name="Make a key").click()
    key = await page.locator("code.key").text_content()
    assert key

    made = await asyncio.to_thread(httpx.get, f"{second_api.url}/api/keys/")
    (item,) = [item for item in made.json()["items"] if item["name"] == "Grafana"]
    assert (item["owner"], item["scopes"]) == ("Ali", ["write"])
    assert key not in made.text
    await page.get_by_role("button", name="I have it").click()
    await expect(page.locator("code.key")).to_have_count(0)
    row = page.get_by_role("row", name="Grafana")
    await expect(row).to_contain_text("Ali")
    await page.get_by_role("button", name="Replace the key of Grafana").click()
    await page.get_by_role("button", name="Replace it now").click()
    await expect(page.locator("code.key")).not_to_have_text(key)
    await expect(row).to_contain_text("old secret until")
    await page.get_by_role("button", name="Revoke the key of Grafana").click()
    await page.get_by_role("button", name="Revoke it now").click()
    await expect(row).to_contain_text("revoked")
