"""Work that is tried again until it is done or the time is over."""

from types import SimpleNamespace

import pytest

from shared.retry import retry


class Away(Exception):
    """What the work raises while something is away."""


class Flaky:
    """Fails so many times, then gives its number of calls."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    async def work(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise Away(f"call {self.calls}")
        return self.calls


async def test_retry_gives_the_first_result_and_reports_each_failure() -> None:
    flaky, reasons = Flaky(2), []
    result = await retry(
        flaky.work, Away, every_s=0.01, within_s=10, on_error=lambda e: reasons.append(str(e))
    )
    assert result == 3
    assert reasons == ["call 1", "call 2"]


async def test_retry_raises_the_last_error_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    flaky, slept = Flaky(1000), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("shared.retry.time", SimpleNamespace(monotonic=lambda: sum(slept)))
    monkeypatch.setattr("shared.retry.asyncio", SimpleNamespace(sleep=sleep))
    with pytest.raises(Away, match="call 4"):
        await retry(flaky.work, Away, every_s=3.0, within_s=10.0)
    assert slept == [3.0, 3.0, 3.0]  # a fifth call would come 12 s after the first


async def test_retry_without_time_tries_once() -> None:
    flaky = Flaky(1)
    with pytest.raises(Away):
        await retry(flaky.work, Away, every_s=0.05, within_s=0)
    assert flaky.calls == 1


async def test_retry_passes_other_errors_on_at_once() -> None:
    async def broken() -> None:
        raise ValueError("no outage")

    with pytest.raises(ValueError, match="no outage"):
        await retry(broken, Away, every_s=0.01, within_s=10)
