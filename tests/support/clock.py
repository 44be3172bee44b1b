"""A wall clock that is wrong, for one process."""

import sys
import time
from datetime import datetime, timedelta, tzinfo


def set_clock_ahead(seconds: float) -> None:
    """Put this process's wall clock ahead, or back; it must have imported what reads it."""
    real_time, ahead = time.time, timedelta(seconds=seconds)

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + ahead

    def shifted_time() -> float:
        return real_time() + seconds

    time.time = shifted_time
    # Copies of a `from time import time` or `from datetime import datetime`.
    copies = {"time": (real_time, shifted_time), "datetime": (datetime, Shifted)}
    for name, module in list(sys.modules.items()):
        if not name.startswith(("api_service", "inference_worker", "shared", "arq")):
            continue
        for copy, (real, shifted) in copies.items():
            if vars(module).get(copy) is real:
                vars(module)[copy] = shifted
