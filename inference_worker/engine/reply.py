"""Delivery of tokens and results from the engine's thread to event loops, one wake-up per step."""

import asyncio
from collections.abc import Callable

from inference_worker.engine.sequence import GenerationResult, Outcome, ReplySink

Delivery = tuple["AsyncReplySink", list[int], Outcome | None]


class ReplyBatch:
    """Deliveries of one step, sent together: a batch of 64 wakes the loop once, not 64 times."""

    def __init__(self) -> None:
        self._deliveries: dict[asyncio.AbstractEventLoop, list[Delivery]] = {}

    def put(self, reply: "AsyncReplySink", token_ids: list[int], outcome: Outcome | None) -> None:
        """Keep a delivery until `flush`; called on the engine's thread."""
        self._deliveries.setdefault(reply.loop, []).append((reply, token_ids, outcome))

    def flush(self) -> None:
        """Send every delivery to its loop; requests of a closed loop are marked as lost."""
        deliveries, self._deliveries = self._deliveries, {}
        for loop, items in deliveries.items():
            try:
                loop.call_soon_threadsafe(_deliver, items)
            except RuntimeError:
                for reply, _, _ in items:
                    reply.lost = True


class AsyncReplySink(ReplySink):
    """A future on an event loop, and optionally a callback there for each group of new tokens."""

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
        """Queue for the loop; without a callback only the outcome is sent."""
        if outcome is not None or self._on_tokens is not None:
            self._mailbox.put(self, token_ids, outcome)

    def resolve(self, token_ids: list[int], outcome: Outcome | None) -> None:
        """On the loop: call back with the tokens, resolve the future with the outcome."""
        if self.future.done():
            return
        try:
            if token_ids and self._on_tokens is not None:
                self._on_tokens(token_ids)
        except Exception as error:  # noqa: BLE001 - the caller's own callback failed; its caller gets the error
            self.future.set_exception(error)
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        elif outcome is not None:
            self.future.set_result(outcome)


def _deliver(items: list[Delivery]) -> None:
    for reply, token_ids, outcome in items:
        reply.resolve(token_ids, outcome)
