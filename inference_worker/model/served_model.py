"""A model in memory with its engine: prompts rendered, text decoded, grammars enforced."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from inference_worker.engine.engine import Engine, EngineStats
from inference_worker.engine.sequence import GenerationResult
from inference_worker.model.candidates import Forbidden, decode_candidates, ranked
from inference_worker.model.loading import LoadedModel, special_ids
from inference_worker.model.token_grammar import TokenGrammar
from inference_worker.model.token_text import TokenText
from inference_worker.prompt import SlotFiller, render, render_reading
from shared.errors import ModelUnavailable
from shared.generation import PromptParts, ReadingCandidate, ReadingRequest
from shared.settings import Settings

SANITY_PROMPT = "question: which device uses the most power?"
SANITY_TOKENS = 8
WAITING_PER_SLOT = 4


class GrammarMismatch(ValueError):
    """Gateway and model were made for different grammars; the message names both and the remedy."""


@dataclass(frozen=True)
class Generated:
    """A reply as text, with its token log-probabilities and its times in seconds.

    Of a reading, `candidates` are the ways to read the question, the likeliest first; the rest is the first
    one's.
    """

    text: str
    token_logprobs: tuple[float, ...]
    finish_reason: str
    model: str
    prompt_style: str
    queue_s: float
    model_s: float
    candidates: tuple[ReadingCandidate, ...] = ()


@dataclass(frozen=True)
class Limits:
    """When a reply ends at the latest; `deadline` is a `time.monotonic()` reading."""

    max_new_tokens: int
    deadline: float | None


class ServedModel:
    """Serves one checkpoint; `start` and `stop` frame its life."""

    def __init__(self, model: LoadedModel, settings: Settings) -> None:
        self.model = model
        self._settings = settings
        self._hidden_ids = special_ids(model.tokenizer, keep_sentinels=model.style == "slots")
        slots = settings.max_batch
        self._engine = Engine(model.runner, max_slots=slots, max_waiting=slots * WAITING_PER_SLOT)

    @property
    def can_read(self) -> bool:
        """Whether the checkpoint came with a grammar."""
        return self.model.grammar is not None

    def stats(self) -> EngineStats:
        """The engine's counters."""
        return self._engine.stats()

    async def start(self) -> None:
        """Start the engine and generate a short reply. Raises `ModelUnavailable` where that fails."""
        self._engine.start()
        try:
            await self._smoke_test()
        except ModelUnavailable:
            await self._engine.stop(0)
            raise

    async def stop(self, drain_s: float) -> None:
        """Let running requests finish within `drain_s` seconds."""
        await self._engine.stop(drain_s)

    async def say(self, parts: PromptParts, limits: Limits, on_text: Callable[[str], None]) -> Generated:
        """The reply to a prompt; `on_text` is called with each piece of text as it is generated.

        Raises the engine's errors.
        """
        model = self.model
        prompt = render(parts, model.style, model.count_tokens, self._settings.max_prompt_tokens)
        in_slots = model.style == "slots"
        filler = SlotFiller(parts.slots if in_slots else (), capitalise=in_slots)
        words = TokenText(model.tokenizer, filler, self._hidden_ids)

        def emit(token_ids: list[int]) -> None:
            if text := words.feed(token_ids):
                on_text(text)

        began = time.monotonic()
        result = await self._engine.generate(
            model.encode(prompt),
            max_new_tokens=min(limits.max_new_tokens, self._settings.max_new_tokens),
            deadline=limits.deadline,
            on_tokens=emit,
        )
        if rest := words.finish():
            on_text(rest)
        return self._generated(filler.text.strip(), result, began)

    async def read(self, parts: PromptParts, reading: ReadingRequest, limits: Limits) -> Generated:
        """The masked question of a prompt as queries in their linear form, within the grammar.

        Raises `GrammarMismatch`, ValueError for a question that is too long or has slots that no query can
        use, and the engine's errors.
        """
        grammar = self._grammar_for(reading)
        prompt = render_reading(parts.question, reading)
        input_ids = self.model.tokenizer.encode(prompt)
        longest = self.model.runner.max_source_tokens
        if len(input_ids) > longest:  # a question that was cut would be misread
            raise ValueError(f"the question is {len(input_ids)} tokens long, the model reads {longest}")
        guards = grammar.open_guards(reading.slot_kinds)

        def decode(forbidden: Forbidden) -> Awaitable[GenerationResult]:
            return self._engine.generate(
                input_ids,
                max_new_tokens=min(limits.max_new_tokens, self._settings.max_new_tokens),
                deadline=limits.deadline,
                constraint=grammar.automaton.constrain(guards, forbidden),
            )

        began = time.monotonic()
        results = await decode_candidates(decode, grammar.eos_token_id)
        texts = [" ".join(grammar.decode(result.token_ids)) for result in results]
        pairs = ranked(prompt, texts, results, self.model.reranker)
        (best, result), *_ = pairs
        generated = self._generated(best.text, result, began)
        return replace(generated, candidates=tuple(candidate for candidate, _ in pairs))

    def _grammar_for(self, reading: ReadingRequest) -> TokenGrammar:
        grammar = self.model.grammar
        if grammar is None:
            raise GrammarMismatch(f"the model {self.model.source.name} has no grammar.json: it cannot read")
        if grammar.grammar.digest != reading.grammar:
            raise GrammarMismatch(
                f"the model {self.model.source.name} reads the grammar {grammar.grammar.title}, the gateway "
                f"asks for {reading.grammar[:12]}; run gateway and model of one release, or train again"
            )
        return grammar

    def _generated(self, text: str, result: GenerationResult, began: float) -> Generated:
        return Generated(
            text=text,
            token_logprobs=result.logprobs,
            finish_reason=result.finish_reason,
            model=self.model.source.name,
            prompt_style=self.model.style,
            queue_s=time.monotonic() - began - result.encode_s - result.decode_s,
            model_s=result.encode_s + result.decode_s,
        )

    async def _smoke_test(self) -> None:
        """One short reply in the serving number format: finite, and within the vocabulary."""
        model, test = self.model, self.model.source.self_test
        try:
            result = await self._engine.generate(
                model.encode(test.prompt if test else SANITY_PROMPT),
                max_new_tokens=min(SANITY_TOKENS, model.runner.max_new_tokens),
            )
        except Exception as error:
            # A device or a kernel may raise anything at its first step; the operator needs one message.
            raise ModelUnavailable(
                f"{model.source.folder} failed its first reply on {model.device}: {error}"
            ) from error
        if not all(math.isfinite(value) for value in result.logprobs):
            raise ModelUnavailable(
                f"{model.source.folder} gives no finite probabilities as {model.runner.description}; "
                "set PRECISION=fp32 or use another checkpoint."
            )
