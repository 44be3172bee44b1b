"""Lifecycle of the model in this process: background load, self-test, unload when idle, load on demand."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from inference_worker.background_thread import in_daemon_thread
from inference_worker.engine.engine import Engine, EngineStats
from inference_worker.engine.sequence import EngineBroken, GenerationResult
from inference_worker.model_loading import LoadedModel, free_memory, load_model, special_ids
from inference_worker.prompt import SlotFiller, render
from inference_worker.token_text import TokenText
from shared.errors import ModelUnavailable
from shared.generation import PromptParts, SlottedText
from shared.logs import get_logger
from shared.settings import Settings
from shared.wire import WorkerPhase

log = get_logger(__name__)

RELOAD_AFTER_S = 15.0  # a failed load is retried: the model may have been installed since
IDLE_CHECKS = 4  # per MODEL_CACHE_TIMEOUT
DRAIN_S = 10.0
SANITY_PROMPT = "question: which device uses the most power?"
SANITY_TOKENS = 8
Loader = Callable[[Settings], LoadedModel]


@dataclass(frozen=True)
class Generated:
    """A reply as text, with its token log-probabilities and its times in seconds."""

    text: str
    template: SlottedText
    token_logprobs: tuple[float, ...]
    finish_reason: str
    model: str
    prompt_style: str
    queue_s: float
    model_s: float


@dataclass
class _Serving:
    """A model in memory with its engine."""

    model: LoadedModel
    engine: Engine
    hidden_ids: frozenset[int]


class LLMService:
    """Generates text from prompts with the checkpoint of `MODEL_NAME`; one per process.

    `phase` and `detail` emit where the model stands. `broken` is set when the device failed for good and only
    a new process helps.
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
        """The engine's counters, None while the model is not loaded."""
        return self._serving.engine.stats() if self._serving else None

    async def generate(
        self,
        parts: PromptParts,
        *,
        max_new_tokens: int,
        deadline: float | None,
        on_text: Callable[[str], None],
    ) -> Generated:
        """The model's reply; `on_text` is called with each piece of text as it is generated.

        `deadline` is a `time.monotonic()` reading; the reply is cut there. An unloaded model is loaded
        first. Raises `ModelUnavailable` and the engine's errors.
        """
        arrived = time.monotonic()
        self._in_use += 1
        try:
            serving = await self._ready()
            return await self._generate(serving, parts, max_new_tokens, deadline, (arrived, on_text))
        except EngineBroken:
            self._set(WorkerPhase.FAILED, "the device failed for good; this process exits to be restarted")
            self.broken.set()
            raise
        finally:
            self._in_use -= 1
            self._last_used = time.monotonic()

    async def _generate(
        self,
        serving: _Serving,
        parts: PromptParts,
        max_new_tokens: int,
        deadline: float | None,
        asked: tuple[float, Callable[[str], None]],
    ) -> Generated:
        arrived, on_text = asked
        model = serving.model
        prompt = render(parts, model.style, model.count_tokens, self._settings.max_prompt_tokens)
        in_slots = model.style == "slots"
        filler = SlotFiller(parts.slots if in_slots else (), capitalise=in_slots)
        words = TokenText(model.tokenizer, filler, serving.hidden_ids)

        def emit(token_ids: list[int]) -> None:
            if text := words.feed(token_ids):
                on_text(text)

        began = time.monotonic()
        result = await serving.engine.generate(
            model.encode(prompt),
            max_new_tokens=min(max_new_tokens, self._settings.max_new_tokens),
            deadline=deadline,
            on_tokens=emit,
        )
        if rest := words.finish():
            on_text(rest)
        return Generated(
            text=filler.text.strip(),
            template=filler.template() if in_slots else (),
            token_logprobs=result.logprobs,
            finish_reason=result.finish_reason,
            model=model.source.name,
            prompt_style=model.style,
            queue_s=(began - arrived) + result.queue_s,
            model_s=result.encode_s + result.decode_s,
        )

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
            model = await in_daemon_thread(self._load, self._settings)
            engine = Engine(
                model.runner, max_slots=self._settings.max_batch, max_waiting=self._settings.max_batch * 4
            )
            engine.start()
            await _smoke_test(engine, model)
        except ModelUnavailable as error:
            log.error("model_unavailable", detail=str(error))
            self._set(WorkerPhase.FAILED, str(error))
            return
        except Exception as error:
            # A loading task that ended without setting `phase` would leave its callers waiting.
            log.error("model_load_failed", exc_info=error)
            self._set(WorkerPhase.FAILED, f"loading failed: {error!r}")
            return
        hidden_ids = special_ids(model.tokenizer, keep_sentinels=model.style == "slots")
        self._serving = _Serving(model, engine, hidden_ids)
        self._last_used = time.monotonic()
        self.device = model.device
        self._set(
            WorkerPhase.READY, f"{model.runner.description}, loaded in {self._last_used - started:.1f} s"
        )

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
            await serving.engine.stop(DRAIN_S)
            del serving
            await asyncio.to_thread(free_memory)

    def _set(self, phase: WorkerPhase, detail: str) -> None:
        self.phase, self.detail = phase, detail
        self.changed.set()


async def _smoke_test(engine: Engine, model: LoadedModel) -> None:
    """One short reply in the serving number format: finite, and within the vocabulary."""
    test = model.source.self_test
    try:
        result: GenerationResult = await engine.generate(
            model.encode(test.prompt if test else SANITY_PROMPT),
            max_new_tokens=min(SANITY_TOKENS, model.runner.max_new_tokens),
        )
    except Exception as error:
        # A device or a kernel may raise anything at its first step; the operator needs one message.
        await engine.stop(0)
        raise ModelUnavailable(
            f"{model.source.folder} failed its first reply on {model.device}: {error}"
        ) from error
    if not all(math.isfinite(value) for value in result.logprobs):
        await engine.stop(0)
        raise ModelUnavailable(
            f"{model.source.folder} gives no finite probabilities as {model.runner.description}; "
            "set PRECISION=fp32 or use another checkpoint."
        )
