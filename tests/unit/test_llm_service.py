"""The model's life: loaded, proven, put aside, brought back; with tiny real checkpoints."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inference_worker import llm_service
from inference_worker.engine.sequence import EngineBroken
from inference_worker.llm_service import LLMService
from inference_worker.model_loading import load_model
from shared.errors import ModelUnavailable
from shared.generation import PromptParts
from shared.settings import EngineKind, Precision, Settings, load_settings
from shared.wire import WorkerPhase
from tests.support.tiny_t5 import save_tiny_t5

PARTS = PromptParts(
    "energy device",
    ("how much energy did ", 0, " use?"),
    ((0, ": energy ", 1),),
    tuple(f"[slot {number}]" for number in range(100)),
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_t5(tmp_path_factory.mktemp("model"))


def settings_for(folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "model_name": str(folder),
        "device": "cpu",
        "precision": Precision.FP32,
        "torch_threads": 1,
        "max_new_tokens": 24,
    }
    return load_settings(**{**values, **changes})


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[LLMService]:
    llm = LLMService(settings)
    llm.start()
    try:
        yield llm
    finally:
        await llm.close()


async def until(llm: LLMService, phase: WorkerPhase, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while llm.phase is not phase:
        assert time.monotonic() < deadline, (llm.phase, llm.detail)
        await asyncio.sleep(0.01)


async def said(llm: LLMService, **changes: Any) -> tuple[str, list[str], str]:
    pieces: list[str] = []
    options: dict[str, Any] = {"max_new_tokens": 24, "deadline": None, "on_text": pieces.append, **changes}
    generated = await llm.generate(PARTS, **options)
    return generated.text, pieces, generated.finish_reason


async def test_generate_asked_while_the_model_loads_waits_for_it(model: Path) -> None:
    async with service(settings_for(model)) as llm:
        assert llm.phase is WorkerPhase.LOADING
        text, pieces, _ = await said(llm)
        assert llm.phase is WorkerPhase.READY
        assert "".join(pieces).strip() == text
        assert text


async def test_engines_continuous_and_reference_say_the_same(model: Path) -> None:
    texts = []
    for kind in EngineKind:
        async with service(settings_for(model, engine=kind)) as llm:
            texts.append((await said(llm))[0])
    assert texts[0] == texts[1]


async def test_plain_checkpoint_gets_plain_prompts_and_never_says_a_sentinel(tmp_path: Path) -> None:
    folder = save_tiny_t5(tmp_path / "plain", style="plain")
    async with service(settings_for(folder)) as llm:
        generated = await llm.generate(PARTS, max_new_tokens=24, deadline=None, on_text=lambda _: None)
    assert generated.prompt_style == "plain"
    assert generated.template == ()
    assert "extra_id" not in generated.text
    assert "[slot" not in generated.text


async def test_generate_budget_is_the_smaller_of_asked_and_set(model: Path) -> None:
    async with service(settings_for(model, max_new_tokens=5)) as llm:
        many = await llm.generate(PARTS, max_new_tokens=1000, deadline=None, on_text=lambda _: None)
        few = await llm.generate(PARTS, max_new_tokens=2, deadline=None, on_text=lambda _: None)
    assert (many.finish_reason, len(many.token_logprobs)) == ("length", 5)
    assert (few.finish_reason, len(few.token_logprobs)) == ("length", 2)


async def test_generate_past_its_deadline_ends_where_it_is(model: Path) -> None:
    async with service(settings_for(model, max_new_tokens=1000)) as llm:
        await until(llm, WorkerPhase.READY)
        _, _, reason = await said(llm, max_new_tokens=1000, deadline=time.monotonic() + 0.05)
        assert reason == "deadline"


async def test_weights_that_are_not_those_of_the_self_test_are_refused(tmp_path: Path) -> None:
    folder = save_tiny_t5(tmp_path / "altered")
    other = save_tiny_t5(tmp_path / "other", seed=8)
    (folder / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
    with pytest.raises(ModelUnavailable, match="fails its self-test"):
        load_model(settings_for(folder))


@pytest.mark.parametrize("cut", [0, 100, 5000])
async def test_truncated_weights_are_a_failure_that_names_the_folder(tmp_path: Path, cut: int) -> None:
    folder = save_tiny_t5(tmp_path / "cut")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    async with service(settings_for(folder)) as llm:
        await until(llm, WorkerPhase.FAILED)
        assert str(folder) in llm.detail
        with pytest.raises(ModelUnavailable):
            await said(llm)


async def test_model_put_in_place_later_is_found_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm_service, "RELOAD_AFTER_S", 0.1)
    folder = tmp_path / "later"
    async with service(settings_for(folder)) as llm:
        await until(llm, WorkerPhase.FAILED)
        save_tiny_t5(folder)
        await until(llm, WorkerPhase.READY)
        assert (await said(llm))[0]


async def test_model_lost_while_idle_is_looked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm_service, "RELOAD_AFTER_S", 0.1)
    folder = save_tiny_t5(tmp_path / "model")
    async with service(settings_for(folder, model_cache_timeout=0.2)) as llm:
        await until(llm, WorkerPhase.IDLE)
        folder.rename(tmp_path / "away")
        with pytest.raises(ModelUnavailable):
            await said(llm)
        assert llm.phase is WorkerPhase.FAILED
        (tmp_path / "away").rename(folder)
        await until(llm, WorkerPhase.READY)


async def test_idle_model_leaves_memory_and_comes_back_with_the_next_question(model: Path) -> None:
    async with service(settings_for(model, model_cache_timeout=0.3)) as llm:
        first = (await said(llm))[0]
        await until(llm, WorkerPhase.IDLE)
        assert llm.stats() is None
        assert (await said(llm))[0] == first
        assert llm.phase is WorkerPhase.READY


async def test_model_in_use_is_not_put_aside(model: Path) -> None:
    async with service(settings_for(model, model_cache_timeout=0.2, max_new_tokens=1000)) as llm:
        await until(llm, WorkerPhase.READY)
        _, _, reason = await said(llm, max_new_tokens=1000, deadline=time.monotonic() + 1.0)
        assert reason in {"deadline", "length", "eos"}


async def test_many_questions_at_once_after_idleness_load_the_model_once(model: Path) -> None:
    loads = 0

    def counting(settings: Settings) -> Any:
        nonlocal loads
        loads += 1
        return load_model(settings)

    llm = LLMService(settings_for(model, model_cache_timeout=0.2), counting)
    llm.start()
    await until(llm, WorkerPhase.IDLE)
    await asyncio.gather(*(said(llm) for _ in range(10)))
    assert loads == 2
    await llm.close()


async def test_device_that_is_not_there_names_the_setting(model: Path) -> None:
    async with service(settings_for(model, device="cuda:99")) as llm:
        await until(llm, WorkerPhase.FAILED)
        assert "DEVICE=cuda:99" in llm.detail


async def test_device_that_breaks_for_good_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with service(settings_for(model)) as llm:
        await until(llm, WorkerPhase.READY)
        serving = llm._serving
        assert serving is not None

        async def broken(*_: object, **__: object) -> None:
            raise EngineBroken("an illegal memory access was encountered")

        monkeypatch.setattr(serving.engine, "generate", broken)
        with pytest.raises(EngineBroken):
            await said(llm)
        assert llm.broken.is_set()
        assert llm.phase is WorkerPhase.FAILED


async def test_loading_that_fails_in_an_unknown_way_is_a_failure_not_a_silence(model: Path) -> None:
    def failing(_: Settings) -> Any:
        raise MemoryError("no room")

    llm = LLMService(settings_for(model), failing)
    llm.start()
    await until(llm, WorkerPhase.FAILED)
    assert "no room" in llm.detail
    await llm.close()


def test_self_test_file_of_the_bundled_model_holds_ids(model: Path) -> None:
    stored = json.loads((model / "selftest.json").read_text())
    assert stored["ids"]


def test_bundled_model_loads_and_passes_its_self_test() -> None:
    loaded = load_model(load_settings(device="cpu", precision=Precision.FP32, torch_threads=1))
    assert loaded.style == "slots"
    assert loaded.source.self_test is not None
