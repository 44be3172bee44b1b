"""A file through the browser: seen live, its rejects named, twice without harm."""

import httpx
from playwright.async_api import expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

FILE = (
    "timestamp,cluster,real_power_watt,device_name,device_state\n"
    "2026-03-17T19:28:00Z,77,1500,Sauna,on\n"
    "2026-03-17T19:29:00Z,77,1500,Sauna,on\n"
    "2026-03-17T19:30:00Z,77,banana,Sauna,on\n"
)


async def test_imported_file_is_seen_on_the_overview(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(f"{instance.base_url}/#/import")
    file = {"name": "sauna.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    await page.set_input_files("#file", file)  # type: ignore[arg-type]
    facts = page.get_by_role("status").locator(".facts dd")
    await expect(facts).to_have_text(["2", "0", "1"])
    await expect(page.get_by_role("row", name="2 real_power_watt not a number")).to_be_visible()
    await page.get_by_role("link", name="Overview").click()
    await expect(page.locator(".device[data-cluster='77']")).to_contain_text("Sauna")
    assert httpx.get(f"{instance.base_url}/api/devices/77/series").json()["points"]
