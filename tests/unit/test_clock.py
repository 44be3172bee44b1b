"""The wrong clock of the faults is wrong for all that reads a wall clock in the process."""

import subprocess
import sys

SCRIPT = """
import time
import arq.utils, arq.worker
import inference_worker.main, shared.queue
from tests.support.clock import set_clock_ahead

before = time.time()
set_clock_ahead(-1800.0)
for read_s in (time.time, arq.worker.time, lambda: arq.utils.timestamp_ms() / 1000):
    assert -1801 < read_s() - before < -1790, read_s
assert arq.worker.datetime.now().timestamp() - before < -1790
"""


def test_clock_put_back_is_back_for_arq_too() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
