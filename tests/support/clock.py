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

    time.time = lambda: real_time() + seconds
    for name, module in list(sys.modules.items()):
        if (
            name.startswith(("api_service", "inference_worker", "shared", "arq"))
            and getattr(module, "datetime", None) is datetime
        ):
            vars(module)["datetime"] = Shifted
