"""How many rows one core takes, from steps whose times are made up."""

from dataclasses import dataclass

import pytest

from inference_worker.engine.runner import ReadyStep
from inference_worker.t5.cpu import thread_tuning
from inference_worker.t5.cpu.thread_tuning import single_thread_batch_limit
from tests.support.engine_kit import FakeRunner


@dataclass
class Timed(FakeRunner):
    """A step takes a millisecond per row and core, and `waking_s` more on several cores."""

    waking_s: float = 0.0
    cores: int = 1
    clock_s: float = 0.0

    def decode_step(self) -> ReadyStep:
        self.clock_s += 1e-3 * len(self.rows) / self.cores + (self.waking_s if self.cores > 1 else 0.0)
        return super().decode_step()

    def use(self, cores: int) -> None:
        self.cores = cores


@pytest.mark.parametrize(("waking_s", "rows"), [(0.0, 0), (0.6e-3, 1), (2.5e-3, 4), (1.0, 8)])
def test_one_core_is_taken_as_long_as_it_is_quicker(
    waking_s: float, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = Timed(max_slots=8, waking_s=waking_s)
    monkeypatch.setattr(thread_tuning.time, "perf_counter", lambda: runner.clock_s)
    assert single_thread_batch_limit(runner, 2, runner.use) == rows
    assert runner.rows == []
