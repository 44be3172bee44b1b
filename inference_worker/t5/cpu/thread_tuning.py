"""Up to how many rows a decode step is faster on one thread than on all; no torch."""

import time
from collections.abc import Callable

from inference_worker.engine.runner import Runner
from inference_worker.engine.sequence import Sequence

ROW_COUNTS = (1, 2, 4, 8, 16)
PROMPT_TOKENS = 64
WARM_UPS = 2
REPEATS = 5


def single_thread_batch_limit(runner: Runner, all_cores: int, use_cores: Callable[[int], None]) -> int:
    """The largest of `ROW_COUNTS` up to which one core wins, 0 where it never does.

    A step is a hundred small products. Waking the other cores for each costs more than they take over, as
    long as there are few rows and the weights fit the caches. `use_cores` sets how many the runner takes from
    now on. Measured in turns, because other processes come and go; the runner must be empty and is left so.
    """
    best = 0
    for rows in (count for count in ROW_COUNTS if count <= runner.max_slots):
        prompt = (0,) * min(PROMPT_TOKENS, runner.max_source_tokens)
        runner.encode([Sequence(prompt, runner.max_new_tokens) for _ in range(rows)])
        took_s = {1: float("inf"), all_cores: float("inf")}
        for turn in range(WARM_UPS + REPEATS):
            for cores in (1, all_cores):
                use_cores(cores)
                started = time.perf_counter()
                runner.decode_step().read()
                if turn >= WARM_UPS:
                    took_s[cores] = min(took_s[cores], time.perf_counter() - started)
        runner.reset()
        if took_s[1] > took_s[all_cores]:
            break
        best = rows
    return best
