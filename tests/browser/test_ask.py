"""Asking: words as they come, stop, evidence and the plot of exactly it, sessions, keyboard."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NewPage
from tests.e2e.instance import Instance

MOST = "Which device used the most energy yesterday?"
PEAK = "When did the EV charger peak yesterday?"


@pytest.fixture
async def page(new_page: NewPage, instance: Instance) -> Page:
    return await new_page(f"{instance.base_url}/#/ask")


@contextmanager
def worker_held(instance: Instance) -> Iterator[None]:
    """The model stands still: a question waits as long as the test needs."""
    worker = instance.child("inference_worker.main")
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("textbox", name="Your question").fill(question)
    await page.keyboard.press("Enter")


def last_turn(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".turn").last


async def plotted(page: Page) -> list[list[float | None]]:
    """The columns of the last plot on the page."""
    await last_turn(page).locator("[data-part=evidence-plot] canvas").wait_for()
    columns: list[list[float | None]] = await page.evaluate(
        "() => [...document.querySelectorAll('.plot')].at(-1).plot.data.map((one) => [...one])"
    )
    return columns


async def test_answer_shows_its_evidence_and_a_plot_that_adds_up_to_it(
    page: Page, instance: Instance
) -> None:
    await ask(page, MOST)
    turn = last_turn(page)
    await expect(turn.locator(".words")).to_contain_text("heat pump used the most energy")
    chip = turn.locator(".chip").first
    for part in (
        "Heat pump",
        "Energy",
        "22.01\u202fkWh",
        "Mon, 16 Mar 2026",
        "1,440 readings",
        "100% covered",
    ):
        await expect(chip).to_contain_text(part)
    await expect(turn.locator("[data-part=window]")).to_contain_text("UTC")
    _, energy = await plotted(page)
    kwh = [value for value in energy if value is not None]
    assert len(kwh) == 24
    assert sum(kwh) == pytest.approx(22.0115, rel=1e-4)
    query = {
        "quantity": "energy",
        "bucket": "1h",
        "start": "2026-03-16T00:00:00Z",
        "end": "2026-03-17T00:00:00Z",
    }
    series = httpx.get(f"{instance.base_url}/api/devices/2/series", params=query).json()
    assert kwh == pytest.approx([point["sum"] for point in series["points"]])


async def test_peak_is_marked_where_it_was(page: Page) -> None:
    await ask(page, PEAK)
    await expect(last_turn(page).locator(".words")).to_contain_text("7.48 kW")
    times, power, _, highs = await plotted(page)
    highest = max(range(len(power)), key=lambda index: power[index] or 0)
    # 16 March 2026, 19:30 in UTC; the plot's buckets are five minutes long.
    assert 1773689400 - 7200 < (times[highest] or 0) < 1773689400 + 3600
    assert power[highest] == pytest.approx(7300, rel=0.05)
    assert max(value or 0 for value in highs) == pytest.approx(7484, abs=1)


async def test_question_that_waits_says_so_and_its_answer_comes_with_the_model(
    page: Page, instance: Instance
) -> None:
    with worker_held(instance):
        await ask(page, MOST)
        await expect(last_turn(page).locator("[data-part=status]")).to_be_visible()
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await expect(last_turn(page).locator(".words")).to_contain_text("22.0 kWh", timeout=40_000)
    await expect(page.get_by_role("button", name="Stop")).to_have_count(0)


@pytest.mark.parametrize("how", ["button", "Escape"])
async def test_stop_ends_the_question_on_the_server_too(page: Page, instance: Instance, how: str) -> None:
    with worker_held(instance):
        await ask(page, MOST)
        await page.get_by_role("button", name="Stop").wait_for()
        await page.wait_for_function("() => location.hash.length > 20")
        await page.wait_for_timeout(500)
        if how == "button":
            await page.get_by_role("button", name="Stop").click()
        else:
            await page.get_by_role("textbox", name="Your question").press("Escape")
        await expect(last_turn(page)).to_contain_text("Stopped.")
    session_id = (await page.evaluate("location.hash")).split("/")[2]
    await page.wait_for_timeout(500)
    messages = httpx.get(f"{instance.base_url}/api/chat/sessions/{session_id}/messages").json()["items"]
    assert messages[-1]["status"] == "cancelled"
    await page.get_by_role("button", name="Ask again").click()
    await expect(last_turn(page).locator(".words")).to_contain_text("22.0 kWh", timeout=40_000)


async def test_two_quick_questions_share_one_session(page: Page, instance: Instance) -> None:
    before = len(httpx.get(f"{instance.base_url}/api/chat/sessions/").json()["items"])
    await ask(page, "How much energy did the TV use yesterday?")
    await ask(page, "and the day before?")
    await expect(page.locator(".turn .words")).to_have_count(2, timeout=40_000)
    await expect(last_turn(page).locator(".words")).to_contain_text("TV")
    assert len(httpx.get(f"{instance.base_url}/api/chat/sessions/").json()["items"]) == before + 1


async def test_conversation_is_there_after_a_reload_and_can_be_deleted(page: Page) -> None:
    await ask(page, MOST)
    await expect(last_turn(page).locator(".words")).to_be_visible()
    await page.wait_for_function("() => location.hash.length > 20")
    await page.reload()
    await expect(page.locator(".turn .question")).to_have_text(MOST)
    await expect(page.locator(".turn .words")).to_contain_text("22.0 kWh")
    current = page.locator(".sessions li.current")
    await current.hover()  # the buttons of a conversation show where the pointer is
    await current.get_by_role("button", name=re.compile("^Delete")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".turn")).to_have_count(0)
    await expect(current).to_have_count(0)


async def test_link_to_an_answer_opens_it(page: Page, new_page: NewPage, instance: Instance) -> None:
    await ask(page, MOST)
    await expect(last_turn(page).locator(".words")).to_be_visible()
    session = (await page.evaluate("location.hash")).split("/")[2]
    items = httpx.get(f"{instance.base_url}/api/chat/sessions/{session}/messages").json()["items"]
    other = await new_page(f"{instance.base_url}/#/ask/{session}/{items[1]['message_id']}")
    await expect(other.locator(".turn.aimed .words")).to_contain_text("22.0 kWh")


async def test_refusal_claims_no_confidence(page: Page) -> None:
    await ask(page, "How is the weather?")
    turn = last_turn(page)
    await expect(turn).to_contain_text("not answered")
    await expect(turn.locator(".confidence")).to_have_count(0)
    await expect(turn).not_to_contain_text("composed from the facts")


async def test_run_time_is_shown_by_its_states_and_says_how_it_was_understood(page: Page) -> None:
    await ask(page, "How long did the washing machine run yesterday?")
    turn = last_turn(page)
    await expect(turn.locator("[data-part=evidence-plot] .legend")).to_contain_text("washing")
    await turn.locator("summary").click()
    explanation = turn.locator("[data-part=explanation]")
    await expect(explanation.locator("p mark").first).to_have_text("washing machine")
    await expect(explanation).not_to_contain_text("extra_id")


async def test_what_needs_no_readings_is_no_refusal_and_examples_can_be_asked(page: Page) -> None:
    await ask(page, "What is THD?")
    await expect(last_turn(page).locator(".words")).to_contain_text("total harmonic distortion")
    await ask(page, "How is the weather?")
    await expect(page.locator(".turn", has_text="not answered")).to_have_count(1)
    await last_turn(page).get_by_role("group", name="Suggestions").get_by_role("button").first.click()
    await expect(last_turn(page).locator(".chip").first).to_be_visible()


async def test_suggestions_are_about_this_data_and_are_answered(page: Page) -> None:
    suggestions = page.get_by_role("group", name="Suggestions").get_by_role("button")
    await expect(suggestions).to_have_count(6)
    texts = await suggestions.all_inner_texts()
    assert any("Heat pump" in text for text in texts)
    for text in texts:
        await ask(page, text)
    await expect(page.locator(".turn .words")).to_have_count(len(texts), timeout=60_000)
    assert await page.locator(".turn", has_text="not answered").count() == 0


async def test_keyboard_alone_asks_edits_and_leaves(new_page: NewPage, instance: Instance) -> None:
    page = await new_page(instance.base_url)
    await page.wait_for_selector(".device")
    await page.keyboard.press("/")
    question = page.get_by_role("textbox", name="Your question")
    await expect(question).to_be_focused()
    await page.keyboard.type("How much energy did the TV use yesterday?")
    await page.keyboard.press("Enter")
    await expect(last_turn(page).locator(".words")).to_contain_text("608 Wh")
    await page.keyboard.press("ArrowUp")
    await expect(question).to_have_value("How much energy did the TV use yesterday?")


async def test_answer_without_readings_says_so_also_where_its_kind_cannot_be_read(
    new_page: NewPage, instance: Instance
) -> None:
    page = await new_page(f"{instance.base_url}/#/ask", expects_errors=True)
    await page.route("**/api/chat/messages/*?explain=true", lambda route: route.fulfill(status=404, json={}))
    await ask(page, "How is the weather?")
    await expect(last_turn(page).locator(".badge")).to_have_text("rests on no readings")


async def test_conversation_is_found_by_what_was_said_in_it(page: Page, instance: Instance) -> None:
    with httpx.Client(base_url=instance.base_url, timeout=60) as http:
        for title in ("Spring", "Summer", "Autumn", "Winter"):
            made = http.post("/api/chat/sessions/").json()["session_id"]
            http.patch(f"/api/chat/sessions/{made}", json={"title": title})
        asked = http.post("/api/chat/", json={"user_message": "What is a power factor?"}).json()
        path = f"/api/chat/sessions/{asked['session_id']}"
        http.patch(path, json={"title": "Terms"})
    await page.reload()
    sessions = page.locator(".sessions li")
    await page.get_by_label("Find by what was said").fill("POWER factor")
    await expect(sessions).to_have_count(1)
    await expect(sessions).to_contain_text("Terms")
    await page.get_by_label("Find by what was said").fill("winter")
    await expect(sessions).to_contain_text("Winter")
    await page.get_by_label("Find by what was said").fill("kettle of fish")
    await expect(page.locator(".sessions")).to_contain_text("None holds this.")
