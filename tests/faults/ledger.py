"""What a client was promised: acknowledged readings, accepted questions; and malformed errors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from api_service.problems import MEDIA_TYPE
from tests.support.gateway import YESTERDAY

CLUSTER = 9
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
POSTED = 20
"""Readings of one request, one second apart."""

Reading = tuple[int, datetime]


@dataclass
class Ledger:
    """The promises made to one client; every response of 500 and above is looked at as it comes."""

    http: httpx.AsyncClient
    acknowledged: set[Reading] = field(default_factory=set)
    unknown: set[Reading] = field(default_factory=set)
    """Sent, whatever came of it: each may be stored, once."""
    questions: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    posted: int = 0

    def __post_init__(self) -> None:
        self.http.event_hooks["response"].append(self._look)

    async def _look(self, response: httpx.Response) -> None:
        if response.status_code < 500 or response.request.url.path == "/health/ready":
            return
        await response.aread()
        is_problem = response.headers.get("content-type") == MEDIA_TYPE
        if not is_problem or not response.json().get("request_id"):
            self.malformed.append(f"{response.request.method} {response.request.url}: {response.text}")

    async def post_readings(self, timeout_s: float = 60.0) -> int:
        """Post the next readings; the status, or 0 where no answer came."""
        moments = [FIRST + timedelta(seconds=self.posted + step) for step in range(POSTED)]
        self.posted += POSTED
        rows = [
            {"timestamp": moment.isoformat(), "cluster": CLUSTER, "real_power_watt": 5.0}
            for moment in moments
        ]
        sent = {(CLUSTER, moment) for moment in moments}
        self.unknown |= sent
        try:
            answer = await self.http.post("/api/readings/", json=rows, timeout=timeout_s)
        except httpx.TransportError:
            return 0
        if answer.status_code == 200:
            assert answer.json()["accepted"] == POSTED
            self.acknowledged |= sent
        return answer.status_code

    async def ask(self, text: str = YESTERDAY, timeout_s: float = 60.0) -> int:
        """Ask without waiting for the answer; the status, or 0 where no answer came."""
        headers = {"Prefer": "respond-async"}
        try:
            answer = await self.http.post(
                "/api/chat/", json={"user_message": text}, headers=headers, timeout=timeout_s
            )
        except httpx.TransportError:
            return 0
        if answer.status_code == 202:
            self.questions.append(answer.headers["location"])
        elif answer.status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
        return answer.status_code

    def expect(self, readings: Iterable[Reading]) -> None:
        """Readings that were promised in another way, such as an import that has completed."""
        self.acknowledged.update(readings)
