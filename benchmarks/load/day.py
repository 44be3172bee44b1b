"""The mixed day: what is asked for, in which shares, and what became of it."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

BEGIN = datetime(2026, 3, 9, tzinfo=UTC)
DEVICES = ("Oven", "Fridge", "Washing machine", "Boiler", "Heat pump", "TV", "Lights", "Server")
QUESTIONS = {
    "real": (
        "How much energy did the oven use today?",
        "Which device used the most energy?",
        "Is the fridge on?",
        "What is the average power of the boiler?",
    ),
    "instant": ("How much energy did the oven use yesterday?", "Who won the football world cup?"),
}
"""By worker: the one without a model knows two."""
PAGES = ("/api/devices/", "/api/devices/summary/", "/api/devices/1/series?quantity=power&bucket=15m")
SHARES = ("page",) * 12 + ("readings",) * 7 + ("question",)
"""Of twenty requests: what the open pages poll, what meters post, what people ask."""
EVERY_S = 10
WAIT_FOR_ANSWERS_S = 120.0


@dataclass
class Tally:
    """What became of the requests of one rate; latencies in seconds, from when each was due."""

    took_s: dict[str, list[float]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """What refused and failed requests were answered, by kind."""
    due: int = 0

    @property
    def failed(self) -> int:
        """Requests without an answer, or with an answer that is the services' fault."""
        return sum(number for name, number in self.outcomes.items() if name.startswith("failed"))

    @property
    def refused(self) -> int:
        """Requests that a full queue or a limit turned away, saying so."""
        return self.outcomes["refused"]


@dataclass
class Sent:
    """All that was sent and acknowledged, to be counted again at the end."""

    readings: int = 0
    committed: int = 0
    messages: list[str] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)
    """Questions without any answer, by their `Idempotency-Key`: each may have been accepted."""


class Day:
    """Sends the day's requests; one object for all rates, so that no moment of a device comes twice."""

    def __init__(self, client: httpx.AsyncClient, questions: Sequence[str]) -> None:
        self._client = client
        self._questions = questions
        self._steps = itertools.count()
        self._turns = {kind: itertools.count() for kind in SHARES}
        self.sent = Sent()

    async def run(self, rate: float, seconds: float) -> Tally:
        """Requests at `rate` a second, whether or not earlier ones are answered; waits for all of them."""
        tally, running = Tally(), set[asyncio.Task[None]]()
        begun = time.perf_counter()
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            # 7 and 20 have no common factor: the shares are mixed.
            kind = SHARES[number * 7 % len(SHARES)]
            running.add(asyncio.create_task(self._one(kind, due, tally)))
            tally.due += 1
        await asyncio.gather(*running)
        return tally

    async def _one(self, kind: str, due: float, tally: Tally) -> None:
        send: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
            "page": self._page,
            "readings": self._readings,
            "question": self._question,
        }
        try:
            answer = await send[kind]()
        except httpx.HTTPError as error:
            tally.outcomes[f"failed: {type(error).__name__}"] += 1
            tally.reasons[f"{kind} without an answer: {type(error).__name__}"] += 1
            return
        if answer.is_success:
            is_deferred = answer.status_code == httpx.codes.ACCEPTED
            tally.outcomes["deferred" if is_deferred else "answered"] += 1
            tally.took_s.setdefault(kind, []).append(time.perf_counter() - due)
            return
        tally.reasons[f"{kind} {answer.status_code}: {_detail(answer)}"] += 1
        is_refused = answer.status_code in (429, 503)
        tally.outcomes["refused" if is_refused else f"failed: {answer.status_code}"] += 1

    async def _page(self) -> httpx.Response:
        return await self._client.get(PAGES[next(self._turns["page"]) % len(PAGES)])

    async def _readings(self) -> httpx.Response:
        rows = readings_of(next(self._steps))
        self.sent.readings += len(rows)
        answer = await self._client.post("/api/readings/", json=rows)
        if answer.is_success:
            self.sent.committed += answer.json()["accepted"]
        return answer

    async def _question(self) -> httpx.Response:
        text = self._questions[next(self._turns["question"]) % len(self._questions)]
        key = uuid4().hex
        self.sent.unanswered[key] = text
        answer = await self._client.post(
            "/api/chat/", json={"user_message": text}, headers={"Idempotency-Key": key}
        )
        del self.sent.unanswered[key]
        if answer.is_success:
            self.sent.messages.append(answer.json()["message_id"])
        return answer


def readings_of(step: int) -> list[dict[str, Any]]:
    """One reading of each device, at a moment of the step's own."""
    moment = (BEGIN + timedelta(seconds=EVERY_S * step)).isoformat()
    return [
        {
            "timestamp": moment,
            "cluster": cluster,
            "device_name": name,
            "real_power_watt": 100.0 * cluster + step % 50,
            "voltage": 230.0,
            "device_state": "on" if (step // 60 + cluster) % 3 else "off",
        }
        for cluster, name in enumerate(DEVICES, start=1)
    ]


def _detail(answer: httpx.Response) -> str:
    """Why a request was turned away, in the answer's own words."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:80] or "no words"


async def losses(client: httpx.AsyncClient, sent: Sent) -> list[str]:
    """What is missing: acknowledged readings that are not stored, questions without an end."""
    summaries = (await client.get("/api/devices/summary/")).raise_for_status().json()
    stored = sum(device["samples"] for device in summaries)
    found = []
    if not sent.committed <= stored <= sent.readings:
        found.append(f"{sent.committed} of {sent.readings} readings were acknowledged, {stored} are stored")
    deadline = time.monotonic() + WAIT_FOR_ANSWERS_S
    again = [await _again(client, key, text) for key, text in sent.unanswered.items()]
    for message in [*sent.messages, *again]:
        status = await _status(client, message)
        while status in ("queued", "running") and time.monotonic() < deadline:
            status = await _status(client, message)
        if status != "succeeded":
            found.append(f"question {message} is {status}")
    return found


async def _again(client: httpx.AsyncClient, key: str, text: str) -> str:
    """The message of a question that had no answer, from sending it once more under its key."""
    headers = {"Idempotency-Key": key, "Prefer": "respond-async"}
    answer = await client.post("/api/chat/", json={"user_message": text}, headers=headers)
    return str(answer.raise_for_status().json()["message_id"])


async def _status(client: httpx.AsyncClient, message: str) -> str:
    """A question's status, after up to five seconds if it is not final."""
    answer = await client.get(f"/api/chat/messages/{message}?wait=5")
    return str(answer.raise_for_status().json()["status"])
