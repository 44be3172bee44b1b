"""The bridge's loop: messages wait in order, go to the gateway in batches, and are then acknowledged."""

import asyncio
from collections import deque

from api_service.ingest.line_protocol.points import Point
from api_service.mqtt.broker import Received
from api_service.mqtt.gateway import GatewayClient
from api_service.mqtt.translate import Arrived, Translator
from shared.logs import get_logger

log = get_logger(__name__)

MOST_WAITING, MOST_WAITING_BYTES = 20_000, 16 * 1024 * 1024
MOST_IN_A_BATCH = 1000
GATHER_S = 0.05
REPORT_EVERY_S = 60.0


class Inbox:
    """Messages that wait for the gateway, in their order.

    The broker sends a bounded number of messages ahead of their acknowledgement; those without one (QoS 0)
    are bounded here: while `most_waiting` of any kind or `most_bytes` wait, further ones are dropped and
    counted.
    """

    def __init__(self, most_waiting: int = MOST_WAITING, most_bytes: int = MOST_WAITING_BYTES) -> None:
        self._waiting: deque[Received] = deque()
        self._most_waiting, self._most_bytes = most_waiting, most_bytes
        self._bytes = 0
        self._filled = asyncio.Event()
        self.dropped = 0

    def put(self, message: Received) -> None:
        """Take a message in."""
        is_full = len(self._waiting) >= self._most_waiting or self._bytes >= self._most_bytes
        if message.qos == 0 and is_full:
            self.dropped += 1
            return
        self._waiting.append(message)
        self._bytes += _size(message)
        self._filled.set()

    def forget_unacknowledged(self) -> None:
        """Drop the messages that the broker sends once more, so that each waits here once."""
        self._waiting = deque(message for message in self._waiting if not message.qos)
        self._bytes = sum(map(_size, self._waiting))
        if not self._waiting:
            self._filled.clear()

    async def take(self) -> list[Received]:
        """The next messages, at least one; waits a little for those that belong to it."""
        while len(self._waiting) < MOST_IN_A_BATCH:
            await self._filled.wait()
            await asyncio.sleep(GATHER_S)
            if self._waiting:  # not so where they were forgotten meanwhile
                break
        batch = [self._waiting.popleft() for _ in range(min(MOST_IN_A_BATCH, len(self._waiting)))]
        self._bytes -= sum(map(_size, batch))
        if not self._waiting:
            self._filled.clear()
        return batch

    def __len__(self) -> int:
        return len(self._waiting)


def _size(message: Received) -> int:
    return len(message.topic) + len(message.payload)


class Bridge:
    """Carries messages from the inbox to the gateway until it is cancelled."""

    def __init__(self, inbox: Inbox, translator: Translator, gateway: GatewayClient) -> None:
        self._inbox = inbox
        self._translator = translator
        self._gateway = gateway
        self.stored = 0

    async def run(self) -> None:
        """Store batch after batch. A message is acknowledged once its readings are committed."""
        while True:
            batch = await self._inbox.take()
            points = [point for message in batch for point in self._points(message)]
            if points:
                await self._gateway.store(points)
                self.stored += len(points)
            for message in batch:
                message.acknowledge()

    async def report(self) -> None:
        """Log now and then what was stored, passed over, dropped, or of a doubtful time."""
        stored = dropped = 0
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            passed_over = dict(self._translator.passed_over.most_common(20))
            self._translator.passed_over.clear()
            if self._inbox.dropped > dropped:
                log.warning("messages_dropped", count=self._inbox.dropped - dropped)
            if passed_over or self.stored > stored:
                log.info("messages_carried", points=self.stored - stored, passed_over=passed_over)
            stored, dropped = self.stored, self._inbox.dropped
            for device, hours in self._translator.clocks.take().items():
                log.warning(
                    "clock_is_shifted", device=device, hours=hours, remedy="set the source's timezone"
                )

    def _points(self, message: Received) -> list[Point]:
        arrived = Arrived(
            message.topic, message.payload, message.arrived_us, message.is_retained, message.may_have_waited
        )
        try:
            return self._translator.points(arrived)
        except Exception:  # one message that nobody foresaw must not stop all others
            log.exception("message_not_understood", topic=message.topic[:200])
            return []
