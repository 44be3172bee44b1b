"""`python -m api_service.mqtt.health`: 0 while the bridge of this machine is connected, else 1."""

import tempfile
import time
from pathlib import Path

ALIVE_EVERY_S = 5.0
DEAD_AFTER_S = 30.0


def sign_of_life() -> Path:
    """The file whose age says when the bridge was last connected."""
    return Path(tempfile.gettempdir()) / "askwatt-mqtt.alive"


def is_alive(now: float) -> bool:
    """Whether a bridge was connected within the last `DEAD_AFTER_S`; `now` is epoch seconds."""
    try:
        return now - sign_of_life().stat().st_mtime < DEAD_AFTER_S
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(0 if is_alive(time.time()) else 1)
