"""One more gateway over an instance's data, on a port that stays, started and stopped as a test wants."""

import time
from pathlib import Path

import httpx

from tests.e2e.instance import Instance, clean_environment
from tests.support.forked import GATEWAY, Forked, Start
from tests.support.servers import free_port

WITHIN_S = 120.0


class ApiProcess:
    """`python -m api_service.main` beside an instance; settings as keywords."""

    def __init__(self, instance: Instance, log: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = instance.folder
        kept = instance.child("api_service.main").environ()
        shared = {name: kept[name] for name in ("REDIS_URL", "CLOCK")}
        self._environment = clean_environment(**{**shared, "PORT": str(self.port), **environment})
        self._log = log
        self._process: Forked | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = Forked(GATEWAY, Start(self._environment, folder=self._folder, log=self._log))
        deadline = time.monotonic() + WITHIN_S
        while True:
            try:
                if httpx.get(f"{self.url}/health/live").status_code == 200:
                    return
            except httpx.HTTPError:
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.1)

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
