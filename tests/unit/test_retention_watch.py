"""The watch over old readings goes on after any error, and says what it waits for."""

import asyncio
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from api_service.scripts.apply_retention import described
from api_service.services.upkeep import retention
from api_service.services.upkeep.retention import IMPORT, Dropped, RetentionService
from shared.settings import load_settings


async def test_watch_goes_on_after_an_error_and_tells_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes: Iterator[Dropped | Exception] = iter(
        [RuntimeError("nobody foresaw it"), Dropped(waits_for=IMPORT), Dropped((1, 2), readings=7)]
    )
    done = asyncio.Event()

    async def apply(_: RetentionService) -> Dropped:
        outcome = next(outcomes, None)
        if outcome is None:
            done.set()
            return Dropped()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(retention, "RETENTION_EVERY_S", 0.0)
    monkeypatch.setattr(RetentionService, "apply", apply)
    watch = RetentionService(None, load_settings(retention_days=1))  # type: ignore[arg-type]
    with capture_logs() as lines:
        await watch.start()
        await asyncio.wait_for(done.wait(), 5)
        await watch.close()
    assert [line["event"] for line in lines] == ["retention_failed", "retention_waits", "readings_dropped"]
    assert lines[1]["waits_for"] == IMPORT
    assert (lines[2]["clusters"], lines[2]["readings"]) == (2, 7)


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        (Dropped(), "0 more devices keep only the hours of older times; nothing was dropped"),
        (
            Dropped((1, 2), readings=7),
            "2 more devices keep only the hours of older times; dropped 7 readings",
        ),
        (
            Dropped((1,), ("electrical_data_y2026m03",), waits_for="x"),
            "1 more devices keep only the hours of older times; dropped electrical_data_y2026m03; "
            "the rest waits for x",
        ),
        (
            Dropped(waits_for=IMPORT),
            "0 more devices keep only the hours of older times; nothing was dropped; the rest waits for "
            "a file that is being imported",
        ),
    ],
)
def test_command_says_what_went_and_what_is_left(dropped: Dropped, expected: str) -> None:
    assert described(dropped) == expected
