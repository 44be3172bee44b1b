"""Load a checkpoint from disk and prepare it for serving; imports torch when called. Seconds to minutes."""

import ctypes
import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from inference_worker.engine.runner import Runner
from inference_worker.model.reranker import RERANKER_FILE, Reranker, load_reranker
from inference_worker.model.source import ModelSource, find_model
from inference_worker.model.token_grammar import TokenGrammar, compile_grammar
from inference_worker.t5.cpu.cpu_count import available_cores
from shared.errors import ModelUnavailable
from shared.grammar import GrammarError
from shared.logs import get_logger
from shared.settings import EngineKind, Settings

log = get_logger(__name__)

DAMAGED = "the checkpoint is damaged or made for another version; get it again"


@dataclass(frozen=True)
class LoadedModel:
    """Tokenizer and runner of one checkpoint; its grammar and its reranker where it can read."""

    source: ModelSource
    tokenizer: Any
    runner: Runner
    device: str
    grammar: TokenGrammar | None = None
    reranker: Reranker | None = None

    @property
    def style(self) -> Literal["slots", "plain"]:
        """The prompt style that this checkpoint was trained with."""
        return self.source.style

    def encode(self, prompt: str) -> list[int]:
        """Token ids with EOS at the end, cut to what the runner takes."""
        ids: list[int] = self.tokenizer.encode(prompt)
        limit = self.runner.max_source_tokens
        return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]

    def count_tokens(self, text: str) -> int:
        """How many tokens `encode` makes of a text."""
        return len(self.tokenizer.encode(text))


def load_model(settings: Settings) -> LoadedModel:
    """Find, load and self-test the checkpoint of `MODEL_NAME` on `DEVICE`.

    Raises `ModelUnavailable` with a message that names path, setting and remedy. Blocks: call in a thread.
    """
    source = find_model(settings.model_name, settings.model_revision)
    device = _device(settings.device)
    import torch

    if not device.startswith("cuda"):
        torch.set_num_threads(settings.torch_threads or available_cores())
    tokenizer, model = _read(source)
    if source.self_test is not None:
        _run_self_test(source, tokenizer, model)
    try:
        runner = _runner(settings, model, device)
    except (ValueError, NotImplementedError, RuntimeError) as error:
        raise ModelUnavailable(f"{source.folder} cannot be served on {device}: {error}") from error
    log.info("model_loaded", model=source.name, style=source.style, runner=runner.description)
    return LoadedModel(source, tokenizer, runner, device, _grammar(source, tokenizer), _reranker(source))


def _read(source: ModelSource) -> tuple[Any, Any]:
    """Tokenizer and model from local files only: no remote code, no pickle."""
    from transformers import AutoTokenizer, T5ForConditionalGeneration
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # a progress bar on stderr is not a log line
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            source.folder, local_files_only=True, trust_remote_code=False
        )
        model = T5ForConditionalGeneration.from_pretrained(
            source.folder, local_files_only=True, use_safetensors=True
        )
    except Exception as error:
        # Truncated files, wrong shapes and bad JSON raise a dozen kinds of exception.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"{source.folder} cannot be loaded: {reason}; {DAMAGED}.") from error
    return tokenizer, (model.float() if source.self_test is not None else model).eval()


def _grammar(source: ModelSource, tokenizer: Any) -> TokenGrammar | None:
    try:
        return None if source.grammar is None else compile_grammar(source.grammar, tokenizer)
    except GrammarError as error:
        raise ModelUnavailable(f"{source.folder}/grammar.json: {error}; {DAMAGED}.") from error


def _reranker(source: ModelSource) -> Reranker | None:
    try:
        return load_reranker(source.folder)
    except Exception as error:
        # A truncated file, missing tensors and bad JSON raise half a dozen kinds of exception.
        raise ModelUnavailable(f"{source.folder}/{RERANKER_FILE}: {error!r}; {DAMAGED}.") from error


def _run_self_test(source: ModelSource, tokenizer: Any, model: Any) -> None:
    """The stored prompt must give its stored ids in fp32; otherwise the weights are not those released."""
    import torch

    test = source.self_test
    if test is None:
        return
    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor([tokenizer.encode(test.prompt)]),
            max_new_tokens=len(test.ids),
            do_sample=False,
            num_beams=1,
        )
    special = {model.config.eos_token_id, model.config.pad_token_id}
    given = [token_id for token_id in output[0].tolist() if token_id not in special]
    if given != list(test.ids):
        raise ModelUnavailable(
            f"{source.folder} fails its self-test (expected {list(test.ids)[:8]}…, got {given[:8]}…); "
            f"{DAMAGED}."
        )


def _runner(settings: Settings, model: Any, device: str) -> Runner:
    from inference_worker.t5 import loading, reference

    load_runner: Callable[..., Runner] = (
        reference.load_runner if settings.engine is EngineKind.REFERENCE else loading.load_runner
    )
    return load_runner(
        model,
        device=device,
        dtype=settings.precision.value,
        max_slots=settings.max_batch,
        max_source_tokens=settings.max_prompt_tokens,
        max_new_tokens=settings.max_new_tokens,
    )


def _device(wanted: str) -> str:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "auto":
        return "cuda:0" if count else "cpu"
    if wanted.startswith("cuda"):
        number = int(wanted.partition(":")[2] or 0)
        if number >= count:
            raise ModelUnavailable(
                f"DEVICE={wanted}, but this process sees {count} CUDA devices; set DEVICE=auto or DEVICE=cpu."
            )
        return f"cuda:{number}"
    return "cpu"


def free_memory() -> None:
    """Return the memory of an unloaded model to the device and to the operating system."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if sys.platform == "linux":
        # glibc keeps freed memory until it is trimmed; other C libraries lack the call.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def special_ids(tokenizer: Any, *, keep_sentinels: bool) -> frozenset[int]:
    """Ids left out of decoded text: padding, EOS, unknown; T5's sentinels too unless they are slots."""
    ids: Sequence[int] = tokenizer.all_special_ids
    texts = tokenizer.convert_ids_to_tokens(list(ids))
    return frozenset(
        token_id
        for token_id, text in zip(ids, texts, strict=True)
        if not (keep_sentinels and text.startswith("<extra_id_"))
    )
