"""The model's life in this process: loaded in the background, proven, put aside when idle, brought back."""

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

RELOAD_AFTER_S = 15.0  # a model that could not be loaded is looked for again: somebody may have put it there
IDLE_CHECKS = 4  # per MODEL_CACHE_TIMEOUT
DRAIN_S = 10.0
SANITY_PROMPT = "question: which device uses the most power?"
SANITY_TOKENS = 8
Loader = Callable[[Settings], LoadedModel]


@dataclass(frozen=True)
class Generated:
    """A reply in words, with the model's own log-probabilities and its times in seconds."""

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
    """Turns prompts into words with the checkpoint of `MODEL_NAME`; one per process.

    `phase` and `detail` say where the model stands. `broken` is set when the device failed for good and only
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
        """What `MODEL_NAME` says."""
        return self._settings.model_name

    def start(self) -> None:
        """Begin loading; returns at once."""
        self._tasks = [asyncio.create_task(self._keep_trying())]
        if self._settings.model_cache_timeout > 0:
            self._tasks.append(asyncio.create_task(self._unload_when_idle()))

    async def close(self) -> None:
        """Let running replies finish for some seconds, then drop the model."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with self._changing:
            await self._drop()

    def stats(self) -> EngineStats | None:
        """The engine's counts, None while the model is out of memory."""
        return self._serving.engine.stats() if self._serving else None

    async def generate(
        self,
        parts: PromptParts,
        *,
        max_new_tokens: int,
        deadline: float | None,
        on_text: Callable[[str], None],
    ) -> Generated:
        """The model's reply; `on_text` is called with its words as they come.

        `deadline` is a `time.monotonic()` reading; then the reply ends where it is. A model that was put
        aside is loaded first. Raises `ModelUnavailable` and the engine's errors.
        """
        arrived = time.monotonic()
        self._in_use += 1
        try:
            serving = await self._ready()
            return await self._speak(serving, parts, max_new_tokens, deadline, (arrived, on_text))
        except EngineBroken:
            self._set(WorkerPhase.FAILED, "the device failed for good; this process ends to be started again")
            self.broken.set()
            raise
        finally:
            self._in_use -= 1
            self._last_used = time.monotonic()

    async def _speak(
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

        def say(token_ids: list[int]) -> None:
            if text := words.feed(token_ids):
                on_text(text)

        began = time.monotonic()
        result = await serving.engine.generate(
            model.encode(prompt),
            max_new_tokens=min(max_new_tokens, self._settings.max_new_tokens),
            deadline=deadline,
            on_tokens=say,
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
        """Load the model; where that failed, now or after idleness, try again from time to time."""
        await self._load_once()
        while True:
            await asyncio.sleep(RELOAD_AFTER_S)
            if self.phase is WorkerPhase.FAILED and not self.broken.is_set():
                await self._load_once()

    async def _load_once(self) -> None:
        """Load the model unless somebody else has while this waited."""
        async with self._changing:
            if self._serving is None:
                await self._bring()

    async def _bring(self) -> None:
        """Load and try the model; the outcome is in `phase`. Call with `_changing` held."""
        if self.phase is not WorkerPhase.FAILED:
            self._set(WorkerPhase.LOADING, "loading the model")
        started = time.monotonic()
        try:
            model = await in_daemon_thread(self._load, self._settings)
            engine = Engine(
                model.runner, max_slots=self._settings.max_batch, max_waiting=self._settings.max_batch * 4
            )
            engine.start()
            await _try(engine, model)
        except ModelUnavailable as error:
            log.error("model_unavailable", detail=str(error))
            self._set(WorkerPhase.FAILED, str(error))
            return
        except Exception as error:
            # A loading task that died quietly would leave its callers waiting.
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


async def _try(engine: Engine, model: LoadedModel) -> None:
    """One short reply in the serving number format: finite, and within the vocabulary."""
    test = model.source.self_test
    try:
        result: GenerationResult = await engine.generate(
            model.encode(test.prompt if test else SANITY_PROMPT),
            max_new_tokens=min(SANITY_TOKENS, model.runner.max_new_tokens),
        )
    except Exception as error:
        # Whatever a device or a kernel raises at its first step means the same to the operator.
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
