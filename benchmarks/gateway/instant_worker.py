"""The real worker around a model that reads and says at once: what is left is what everything else costs."""

import asyncio
import signal
from collections.abc import Callable

from inference_worker.llm_service import LLMService
from inference_worker.main import WorkerProcess
from inference_worker.model.served_model import Generated
from shared.generation import PromptParts, ReadingCandidate, ReadingRequest
from shared.logs import configure_logs
from shared.settings import Settings, load_settings_or_exit
from shared.wire import WorkerPhase

WORDS = ("The ", "oven ", "used ", "36.0 ", "kWh ", "yesterday.")
READ = {("device", "time"): "value energy these <extra_id_0> in <extra_id_1>", (): "off_topic"}
"""The queries of the benchmark's two questions, by their slots."""


class InstantLLM(LLMService):
    """Reads the two questions by their slots and says the same sentence, without any computation."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.phase, self.detail = WorkerPhase.READY, "answers at once"

    def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to drop."""

    async def generate(
        self,
        parts: PromptParts,  # noqa: ARG002
        *,
        reading: ReadingRequest | None = None,
        max_new_tokens: int,  # noqa: ARG002
        deadline: float | None,  # noqa: ARG002
        on_text: Callable[[str], None],
    ) -> Generated:
        """See `LLMService.generate`."""
        if reading is not None:
            candidate = ReadingCandidate(READ[reading.slot_kinds], (-0.01, 0.0), (8.0, 8.0))
            return Generated(
                candidate.text, (-0.01, 0.0), "eos", "instant", "plain", 0.0, 0.0, candidates=(candidate,)
            )
        for word in WORDS:
            on_text(word)
        return Generated("".join(WORDS), (-0.01,) * len(WORDS), "eos", "instant", "plain", 0.0, 0.0)


async def _main() -> int:
    settings = load_settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    supervisor = WorkerProcess(settings, InstantLLM(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
    return await supervisor.run()


if __name__ == "__main__":
    raise SystemExit(asyncio.run(_main()))
