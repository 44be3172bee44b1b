"""The model's life: loaded, proven, put aside, brought back; with tiny real checkpoints."""

import asyncio
import json
import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inference_worker import llm_service
from inference_worker.engine.sequence import EngineBroken
from inference_worker.llm_service import LLMService
from inference_worker.model import source
from inference_worker.model.loading import load_model
from inference_worker.model.served_model import Generated, GrammarMismatch
from inference_worker.model.source import find_model
from shared.errors import ModelUnavailable
from shared.generation import PromptParts, ReadingRequest
from shared.grammar import Grammar
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
    loads = Counter[str]()

    def counting(settings: Settings) -> Any:
        loads[settings.model_name] += 1
        return load_model(settings)

    llm = LLMService(settings_for(model, model_cache_timeout=0.2), counting)
    llm.start()
    await until(llm, WorkerPhase.IDLE)
    await asyncio.gather(*(said(llm) for _ in range(10)))
    # A model that cannot read has the bundled one beside it, which reads.
    assert loads == {str(model): 2, "bundled": 2}
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

        monkeypatch.setattr(serving.speaker._engine, "generate", broken)
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


# value | mean, then any number of devices or one time
GRAMMAR = Grammar(
    "query",
    1,
    ("value", "mean", "of", "@device", "@time"),
    (((0, 1), (1, 1)), ((2, 2),), ((3, 3), (4, 4)), ((3, 3),), ()),
    frozenset({1, 3, 4}),
)
KINDS = ("device", "number", "time")
SLOTS = {f"<extra_id_{number}>": kind for number, kind in enumerate(KINDS)}
QUESTION = PromptParts("", ("how much did ", 0, " use ", 2, "?"), (), ("the oven", "2", "yesterday"))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_t5(tmp_path_factory.mktemp("reader"), grammar=GRAMMAR, seed=11)


async def read(llm: LLMService, question: PromptParts = QUESTION, **changes: Any) -> Generated:
    values: dict[str, Any] = {"grammar": GRAMMAR.digest, "slot_kinds": KINDS, **changes}
    streamed: list[str] = []
    reading = ReadingRequest(**values)
    generated = await llm.generate(
        question, reading=reading, max_new_tokens=24, deadline=None, on_text=streamed.append
    )
    assert not streamed
    return generated


@pytest.mark.parametrize("kind", list(EngineKind))
async def test_reading_is_a_query_of_the_grammar_with_margins(reader: Path, kind: EngineKind) -> None:
    async with service(settings_for(reader, engine=kind, max_new_tokens=60)) as llm:
        for seed in range(6):
            question = PromptParts("", (f"question {seed} of ", 0), (), ("the oven",))
            generated = await read(llm, question)
            state = GRAMMAR.follow(generated.text.split(), SLOTS)
            assert state is not None
            if generated.finish_reason == "eos":
                assert state in GRAMMAR.accepting
            assert "<extra_id_1>" not in generated.text  # a number: the grammar has no place for it
            for candidate in generated.candidates:
                assert len(candidate.token_logprobs) == len(candidate.token_margins)
                assert min(candidate.token_margins) >= 0
            assert max(generated.token_logprobs) <= 0


async def test_candidates_are_different_queries_and_the_likeliest_one_is_first(reader: Path) -> None:
    async with service(settings_for(reader)) as llm:
        generated = await read(llm)
    candidates = generated.candidates
    assert len({candidate.text for candidate in candidates}) == len(candidates) > 1
    assert candidates[0].text == generated.text
    assert candidates[0].token_logprobs == generated.token_logprobs
    shares = [candidate.share for candidate in candidates]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    # Without a reranker the shares are those of T5's own probabilities.
    sums = [sum(candidate.token_logprobs) for candidate in candidates]
    assert math.log(shares[0] / shares[-1]) == pytest.approx(sums[0] - sums[-1])


async def test_reading_and_saying_share_the_model(reader: Path) -> None:
    async with service(settings_for(reader)) as llm:
        alone = (await said(llm))[0]
        together = await asyncio.gather(*(said(llm) if n % 2 else read(llm) for n in range(8)))
    assert {result[0] for result in together[1::2]} == {alone}
    assert len({generated.text for generated in together[::2]}) == 1


async def test_other_grammar_than_the_gateways_is_refused_naming_both(reader: Path) -> None:
    async with service(settings_for(reader)) as llm:
        with pytest.raises(GrammarMismatch, match=rf"query/1 \({GRAMMAR.digest[:12]}\).*asks for 00000000"):
            await read(llm, grammar="0" * 64)


async def test_plain_checkpoint_says_and_the_bundled_one_reads(
    tmp_path: Path, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "BUNDLED_FOLDER", reader)
    folder = save_tiny_t5(tmp_path / "plain", style="plain")
    async with service(settings_for(folder, model_cache_timeout=0.5)) as llm:
        words = await llm.generate(PARTS, max_new_tokens=4, deadline=None, on_text=lambda _: None)
        query = await read(llm)
        assert (words.model, words.prompt_style) == (str(folder), "plain")
        assert query.model == "bundled"
        assert GRAMMAR.follow(query.text.split(), SLOTS) is not None
        stats = llm.stats()
        assert stats is not None
        assert stats.tokens >= 4 + len(query.text.split())
        await until(llm, WorkerPhase.IDLE)
        assert (await read(llm)).text == query.text


async def test_without_any_grammar_reading_is_refused_and_saying_works(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "BUNDLED_FOLDER", model)
    async with service(settings_for(model)) as llm:
        with pytest.raises(ModelUnavailable, match="cannot read questions"):
            await read(llm)
        assert (await said(llm))[0]


async def test_damaged_bundled_reader_leaves_the_speaker_serving(
    tmp_path: Path, model: Path, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = save_tiny_t5(tmp_path / "broken", grammar=GRAMMAR)
    (broken / "model.safetensors").write_bytes(b"")
    monkeypatch.setattr(source, "BUNDLED_FOLDER", broken)
    async with service(settings_for(model)) as llm:
        assert (await said(llm))[0]
        with pytest.raises(ModelUnavailable, match="cannot read questions"):
            await read(llm)


@pytest.mark.parametrize(
    ("question", "kinds", "message"),
    [
        (("word " * 600,), (), "the model reads 512"),
        ((0, " and ", 3), ("device",), "without a kind"),
        (("hello",), ("device",) * 40, "at most 32 slots"),
    ],
)
async def test_question_that_cannot_be_read_whole_is_refused(
    reader: Path, question: tuple[str | int, ...], kinds: tuple[str, ...], message: str
) -> None:
    async with service(settings_for(reader)) as llm:
        with pytest.raises(ValueError, match=message):
            await read(llm, PromptParts("", question, (), ()), slot_kinds=kinds)


@pytest.mark.parametrize("content", ["{", "{}", '{"name": "n"}'])
def test_damaged_grammar_names_the_file(tmp_path: Path, content: str) -> None:
    folder = save_tiny_t5(tmp_path / "model", grammar=GRAMMAR)
    (folder / "grammar.json").write_text(content)
    with pytest.raises(ModelUnavailable, match=r"grammar\.json is damaged"):
        find_model(str(folder), None)


def test_grammar_that_the_tokenizer_cannot_write_is_refused(tmp_path: Path) -> None:
    grammar = Grammar("query", 1, ("\ue000",), (((0, 0),),), frozenset({0}))
    folder = save_tiny_t5(tmp_path / "model", grammar=grammar)
    (folder / "selftest.json").unlink()
    tokenizer = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(tokenizer.replace('"ByteLevel"', '"Whitespace"', 1))
    with pytest.raises(ModelUnavailable, match=r"grammar\.json: the tokenizer cannot write"):
        load_model(settings_for(folder))
