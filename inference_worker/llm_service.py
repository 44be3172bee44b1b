"""Lifecycle of the model in this process: background load, self-test, unload when idle, load on demand."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from inference_worker.background_thread import in_daemon_thread
from inference_worker.engine.engine import EngineStats
from inference_worker.engine.sequence import EngineBroken
from inference_worker.model.loading import LoadedModel, free_memory, load_model
from inference_worker.model.served_model import Generated, Limits, ServedModel
from inference_worker.model.source import BUNDLED, find_model
from shared.errors import ModelUnavailable
from shared.generation import PromptParts, ReadingRequest
from shared.logs import get_logger
from shared.settings import Settings
from shared.wire import WorkerPhase

log = get_logger(__name__)

RELOAD_AFTER_S = 15.0  # a failed load is retried: the model may have been installed since
IDLE_CHECKS = 4  # per MODEL_CACHE_TIMEOUT
DRAIN_S = 10.0
Loader = Callable[[Settings], LoadedModel]


@dataclass(frozen=True)
class _Serving:
    """The models in memory: `reader` is the speaker itself where that can read, None where none can."""

    speaker: ServedModel
    reader: ServedModel | None

    @property
    def models(self) -> list[ServedModel]:
        return [self.speaker] if self.reader in {None, self.speaker} else [self.speaker, self.reader]


class LLMService:
    """Generates text from prompts with the checkpoint of `MODEL_NAME`; one per process.

    Questions are read by the same checkpoint where it has a grammar, otherwise by the bundled one, which is
    then loaded beside it. `phase` and `detail` describe the model's state. `broken` is set after a device
    failure from which only a new process recovers.
    """

    def __init__(self, settings: Settings, load: Loader = load_model) -> None:
        self._settings = settings
        self._load = load
        self._serving: _Serving | None = None
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._in_use = 0
        self._last_used = time.monotonic()
        self.phase = WorkerPhase.LOADING
        self.detail = "loading the model"
        self.device = settings.device
        self.changed = asyncio.Event()
        self.broken = asyncio.Event()

    @property
    def model_name(self) -> str:
        """The setting `MODEL_NAME`."""
        return self._settings.model_name

    def start(self) -> None:
        """Start loading in the background."""
        self._tasks = [asyncio.create_task(self._keep_trying())]
        if self._settings.model_cache_timeout > 0:
            self._tasks.append(asyncio.create_task(self._unload_when_idle()))

    async def close(self) -> None:
        """Drain running requests for `DRAIN_S` seconds, then unload the model."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._changing:
            await self._drop()

    def stats(self) -> EngineStats | None:
        """Counters of the engines together, None while the model is not loaded."""
        if self._serving is None:
            return None
        first, *others = [model.stats() for model in self._serving.models]
        return replace(
            first,
            running=first.running + sum(other.running for other in others),
            waiting=first.waiting + sum(other.waiting for other in others),
            tokens=first.tokens + sum(other.tokens for other in others),
        )

    async def generate(
        self,
        parts: PromptParts,
        *,
        reading: ReadingRequest | None = None,
        max_new_tokens: int,
        deadline: float | None,
        on_text: Callable[[str], None],
    ) -> Generated:
        """The model's reply; `on_text` is called with each piece of text as it is generated.

        With `reading`, the question of `parts` is read instead, and nothing is streamed. `deadline` is a
        `time.monotonic()` reading; the reply is cut there. An unloaded model is loaded first. Raises
        `ModelUnavailable`, what `ServedModel.read` raises, and the engine's errors.
        """
        arrived = time.monotonic()
        self._in_use += 1
        try:
            serving, limits = await self._ready(), Limits(max_new_tokens, deadline)
            ready_after_s = time.monotonic() - arrived
            if reading is None:
                generated = await serving.speaker.say(parts, limits, on_text)
            else:
                generated = await _reader(serving).read(parts, reading, limits)
            return replace(generated, queue_s=generated.queue_s + ready_after_s)
        except EngineBroken:
            self._set(WorkerPhase.FAILED, "the device failed for good; this process exits to be restarted")
            self.broken.set()
            raise
        finally:
            self._in_use -= 1
            self._last_used = time.monotonic()

    async def _ready(self) -> _Serving:
        if self._serving is None:
            await self._load_once()
        if self._serving is None:
            raise ModelUnavailable(self.detail)
        return self._serving

    async def _keep_trying(self) -> None:
        """Load the model, and retry every `RELOAD_AFTER_S` seconds after a failure."""
        await self._load_once()
        while True:
            await asyncio.sleep(RELOAD_AFTER_S)
            if self.phase is WorkerPhase.FAILED and not self.broken.is_set():
                await self._load_once()

    async def _load_once(self) -> None:
        """Load the model unless it was loaded while this waited for the lock."""
        async with self._changing:
            if self._serving is None:
                await self._load_and_test()

    async def _load_and_test(self) -> None:
        """Load and test the model; the outcome is in `phase`. Call with `_changing` held."""
        if self.phase is not WorkerPhase.FAILED:
            self._set(WorkerPhase.LOADING, "loading the model")
        started = time.monotonic()
        try:
            speaker = await self._started(self._settings)
            self._serving = _Serving(speaker, speaker if speaker.can_read else await self._bundled_reader())
        except ModelUnavailable as error:
            log.error("model_unavailable", detail=str(error))
            self._set(WorkerPhase.FAILED, str(error))
            return
        except Exception as error:
            # A loading task that ended without setting `phase` would leave its callers waiting.
            log.error("model_load_failed", exc_info=error)
            self._set(WorkerPhase.FAILED, f"loading failed: {error!r}")
            return
        self._last_used = time.monotonic()
        self.device = speaker.model.device
        description = speaker.model.runner.description
        self._set(WorkerPhase.READY, f"{description}, loaded in {self._last_used - started:.1f} s")

    async def _started(self, settings: Settings) -> ServedModel:
        served = ServedModel(await in_daemon_thread(self._load, settings), settings)
        await served.start()
        return served

    async def _bundled_reader(self) -> ServedModel | None:
        """The bundled checkpoint, to read for one that cannot; None where it cannot be had."""
        try:
            if self.model_name == BUNDLED or find_model(BUNDLED, None).grammar is None:
                return None
            return await self._started(self._settings.model_copy(update={"model_name": BUNDLED}))
        except Exception as error:  # noqa: BLE001 - whatever it is, the speaker can serve without a reader
            log.error("reader_unavailable", detail=str(error) or type(error).__name__)
            return None

    async def _unload_when_idle(self) -> None:
        timeout_s = self._settings.model_cache_timeout
        while True:
            await asyncio.sleep(timeout_s / IDLE_CHECKS)
            async with self._changing:
                is_idle = self._in_use == 0 and time.monotonic() - self._last_used >= timeout_s
                if self._serving is not None and is_idle:
                    await self._drop()
                    self._set(
                        WorkerPhase.IDLE, f"idle for {timeout_s:g} s; the next question loads the model"
                    )

    async def _drop(self) -> None:
        serving, self._serving = self._serving, None
        if serving is not None:
            await asyncio.gather(*(model.stop(DRAIN_S) for model in serving.models))
            del serving
            await asyncio.to_thread(free_memory)

    def _set(self, phase: WorkerPhase, detail: str) -> None:
        self.phase, self.detail = phase, detail
        self.changed.set()


def _reader(serving: _Serving) -> ServedModel:
    if serving.reader is None:
        raise ModelUnavailable(
            f"{serving.speaker.model.source.name} cannot read questions: it has no grammar.json, nor has the "
            "bundled model; set MODEL_NAME to a checkpoint that was trained to read."
        )
    return serving.reader
