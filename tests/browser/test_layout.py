"""Every view from phone to wide screen, dark and light: nothing sticks out, and axe finds nothing."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import HERE, NewPage
from tests.browser.test_import import FILE
from tests.e2e.instance import Instance

VIEWS = {
    "overview": "#/",
    "device": "#/device/2?span=24h",
    "ask": "#/ask",
    "import": "#/import",
    "costs": "#/costs",
    "settings": "#/settings",
}
AXE = HERE / "axe/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def settle(page: Page) -> None:
    await page.wait_for_selector("main h1")
    await page.wait_for_function("() => !document.querySelector('.skeleton')")


async def findings(page: Page) -> list[str]:
    result: dict[str, Any] = await page.evaluate("(tags) => axe.run({ runOnly: tags })", RULES)
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in result["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
async def test_views_fit_the_width(new_page: NewPage, instance: Instance, width: int) -> None:
    page = await new_page(instance.base_url, viewport={"width": width, "height": 800})
    for view, address in VIEWS.items():
        await page.goto(f"{instance.base_url}/{address}")
        await settle(page)
        sizes = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        scrolled, shown = await page.evaluate(sizes)
        assert scrolled <= shown, view


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)
async def test_axe_finds_nothing(new_page: NewPage, instance: Instance, scheme: str, width: int) -> None:
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme, "reduced_motion": "reduce"}
    page = await new_page(instance.base_url, **look)
    await page.add_init_script(path=AXE)
    await page.reload()
    for view, address in VIEWS.items():
        await page.goto(f"{instance.base_url}/{address}")
        await settle(page)
        assert (view, await findings(page)) == (view, [])


async def findings_in_both_schemes(page: Page) -> list[str]:
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"{scheme} {finding}" for finding in await findings(page)]
    return found


async def test_axe_finds_nothing_in_an_answer_and_the_conversations_dialogs(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/#/ask")
    await page.add_init_script(path=AXE)
    await page.reload()
    await page.get_by_role("textbox", name="Your question").fill(
        "Which device used the most energy yesterday?"
    )
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-part=evidence-plot] canvas")
    await page.locator("summary").click()
    await page.wait_for_selector("[data-part=explanation]")
    assert await findings_in_both_schemes(page) == []
    current = page.locator(".sessions li.current")
    for name in ("Rename", "Delete"):
        await current.hover()
        await current.get_by_role("button", name=name).click()
        assert (name, await findings_in_both_schemes(page)) == (name, [])
        await page.keyboard.press("Escape")


async def test_axe_finds_nothing_in_forms_and_dialogs(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/device/2?span=24h&vs=week")
    await page.add_init_script(path=AXE)
    await page.reload()
    await page.wait_for_selector(".comparison")
    assert await findings_in_both_schemes(page) == []
    for name in ("Rename", "Groups", "Delete the device"):
        await page.get_by_role("button", name=name).click()
        assert (name, await findings_in_both_schemes(page)) == (name, [])
        await page.keyboard.press("Escape")
    await page.goto(f"{instance.base_url}/#/costs")
    await page.get_by_role("button", name="Add a tariff").click()
    await page.get_by_role("button", name="Add a time band").click()
    assert await findings_in_both_schemes(page) == []
    await page.goto(f"{instance.base_url}/#/settings")
    await page.get_by_role("button", name="Groups").first.click()
    assert await findings_in_both_schemes(page) == []
    await page.keyboard.press("Escape")
    await page.goto(f"{instance.base_url}/#/import")
    file = {"name": "garden.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    await page.set_input_files("#file", file)  # type: ignore[arg-type]
    await page.get_by_text("Nothing is stored yet.").wait_for()
    assert await findings_in_both_schemes(page) == []


async def test_tab_reaches_every_part_and_focus_is_always_seen(page: Page) -> None:
    await settle(page)
    seen = set()
    for _ in range(25):
        await page.keyboard.press("Tab")
        name, outline = await page.evaluate(
            "() => { const one = document.activeElement;"
            " return [one.getAttribute('aria-label') ?? one.innerText ?? '',"
            " getComputedStyle(one).outlineStyle]; }"
        )
        assert outline != "none", name
        seen.add(name.strip())
    assert {"Skip to the content", "Overview", "Ask", "Settings", "The day before", "Find a device"} <= seen
