"""A model whose words are known beforehand, in the place of the one that a worker would load."""

import asyncio
import time
from collections.abc import Callable

from inference_worker.llm_service import LLMService
from inference_worker.model.served_model import Generated
from shared.errors import ModelUnavailable
from shared.generation import PromptParts, ReadingCandidate, ReadingRequest
from shared.settings import Settings
from shared.wire import WorkerPhase
from tests.support.readings import reading_of

TRUE_WORDS = "The oven used 36.0 kWh yesterday."


class SayingLLM(LLMService):
    """A model that reads by a table and says what it is told to, word by word.

    `asked` and `finished` count what it was to say, `read` the questions that it was to read.
    """

    def __init__(
        self,
        settings: Settings,
        say: Callable[[PromptParts], str],
        word_every_s: float = 0.0,
        cannot_read: str = "",
    ) -> None:
        super().__init__(settings)
        self._say = say
        self._cannot_read = cannot_read
        self.word_every_s = word_every_s
        self.asked = 0
        self.read = 0
        self.finished = 0
        self.detail = "says what it is told"
        self.phase = WorkerPhase.READY

    def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to drop."""

    async def generate(
        self,
        parts: PromptParts,
        *,
        reading: ReadingRequest | None = None,
        max_new_tokens: int,
        deadline: float | None,
        on_text: Callable[[str], None],
    ) -> Generated:
        """See `LLMService.generate`."""
        if reading is not None:
            self.read += 1
            if self._cannot_read:
                raise ModelUnavailable(self._cannot_read)
            candidate = ReadingCandidate(reading_of(parts, reading), (-0.01, 0.0), (8.0, 8.0))
            return Generated(
                candidate.text, (-0.01, 0.0), "eos", "table", "slots", 0.0, 0.001, candidates=(candidate,)
            )
        self.asked += 1
        text = self._say(parts)
        began = time.monotonic()
        for number, word in enumerate(text.split(" ")):
            on_text(word if number == 0 else f" {word}")
            await asyncio.sleep(self.word_every_s)
        self.finished += 1
        return Generated(text, (-0.01,), "eos", "saying", "slots", 0.0, time.monotonic() - began)
