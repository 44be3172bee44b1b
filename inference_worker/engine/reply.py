"""The way back from the engine's thread to the event loops that await it, one wake-up per step."""

import asyncio
from collections.abc import Callable

from inference_worker.engine.sequence import GenerationResult, Outcome, ReplySink

Delivery = tuple["AsyncReplySink", list[int], Outcome | None]


class ReplyBatch:
    """Deliveries of one cycle, handed over together: a batch of 64 costs one wake-up of the loop, not 64."""

    def __init__(self) -> None:
        self._deliveries: dict[asyncio.AbstractEventLoop, list[Delivery]] = {}

    def put(self, reply: "AsyncReplySink", token_ids: list[int], outcome: Outcome | None) -> None:
        """Keep a delivery until `flush`; called on the engine's thread."""
        self._deliveries.setdefault(reply.loop, []).append((reply, token_ids, outcome))

    def flush(self) -> None:
        """Send everything to its loop; a loop that is closed has nobody left to tell."""
        deliveries, self._deliveries = self._deliveries, {}
        for loop, items in deliveries.items():
            try:
                loop.call_soon_threadsafe(_deliver, items)
            except RuntimeError:
                for reply, _, _ in items:
                    reply.lost = True


class AsyncReplySink(ReplySink):
    """A future on an event loop, and optionally a callback there for tokens as they come."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_tokens: Callable[[list[int]], None] | None,
        mailbox: ReplyBatch,
    ) -> None:
        self.loop = loop
        self.future: asyncio.Future[GenerationResult] = loop.create_future()
        self._on_tokens = on_tokens
        self._mailbox = mailbox

    def put(self, token_ids: list[int], outcome: Outcome | None) -> None:
        """Queue for the loop; tokens that nobody asked for stay here."""
        if outcome is not None or self._on_tokens is not None:
            self._mailbox.put(self, token_ids, outcome)

    def resolve(self, token_ids: list[int], outcome: Outcome | None) -> None:
        """On the loop: call back with the tokens, settle the future with the outcome."""
        if self.future.done():
            return
        try:
            if token_ids and self._on_tokens is not None:
                self._on_tokens(token_ids)
        except Exception as error:  # noqa: BLE001 - the caller's own callback failed; the caller hears of it
            self.future.set_exception(error)
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        elif outcome is not None:
            self.future.set_result(outcome)


def _deliver(items: list[Delivery]) -> None:
    for reply, token_ids, outcome in items:
        reply.resolve(token_ids, outcome)
