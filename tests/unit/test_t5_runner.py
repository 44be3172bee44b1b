import os
from dataclasses import replace

import pytest
import torch

from inference_worker.engine.runner import Runner, RunnerBroken, RunnerOutOfMemory
from inference_worker.engine.sequence import Choice, Sequence
from inference_worker.t5 import formats, loading
from inference_worker.t5 import runner as t5_runner
from inference_worker.t5.cpu.ragged_kv_cache import RaggedKvCache
from inference_worker.t5.kv_cache import StaticKvCache
from inference_worker.t5.linears import Bf16Fallback, Int8Fallback, PlainLinear
from inference_worker.t5.loading import load_runner
from inference_worker.t5.reference import load_runner as load_reference
from inference_worker.t5.runner import T5Runner
from inference_worker.t5.torch_errors import translating_errors
from inference_worker.t5.weights import UnsupportedModel
from tests.support.engine_kit import tiny_model

PROMPTS = [[9, 8, 7, 1], [5, 1], [*range(2, 60), 1], [30, 40, 50, 60, 70, 1]]


def tiny_runner(dtype: str = "fp32", scale: float = 2.0, **more: object) -> T5Runner:
    sizes = {"max_slots": 4, "max_source_tokens": 64, "max_new_tokens": 12}
    return load_runner(tiny_model("v1.1", scale=scale), device="cpu", dtype=dtype, **(sizes | more))  # type: ignore[arg-type]


def answers(runner: Runner, prompts: list[list[int]] = PROMPTS, steps: int = 12) -> list[list[Choice]]:
    runner.encode([Sequence(tuple(prompt), steps) for prompt in prompts])
    rows = list(zip(*(runner.decode_step().read() for _ in range(steps)), strict=True))
    runner.reset()
    return [list(row) for row in rows]


def logprobs_of(rows: list[list[Choice]], steps: int = 1) -> list[float]:
    return [logprob for row in rows for _, logprob, _ in row[:steps]]


@pytest.mark.parametrize("dtype", ["bf16", "int8"])
def test_serving_format_starts_close_to_fp32(dtype: str) -> None:
    exact = answers(tiny_runner("fp32", scale=1.0))
    served = answers(tiny_runner(dtype, scale=1.0))
    assert [row[0][0] for row in served] == [row[0][0] for row in exact]
    assert logprobs_of(served) == pytest.approx(logprobs_of(exact), abs=0.3)


@pytest.mark.parametrize(("dtype", "fallback"), [("bf16", Bf16Fallback), ("int8", Int8Fallback)])
def test_fast_products_and_their_fallbacks_answer_alike(
    dtype: str, fallback: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = answers(tiny_runner(dtype, scale=1.0))
    real = formats.linear_factory
    monkeypatch.setattr(formats, "linear_factory", lambda name: fallback if name == dtype else real(name))
    plain = answers(tiny_runner(dtype, scale=1.0))
    assert [row[0][0] for row in fast] == [row[0][0] for row in plain]
    assert logprobs_of(fast) == pytest.approx(logprobs_of(plain), abs=0.3)


def test_static_shapes_give_what_exact_shapes_give() -> None:
    exact, static = answers(tiny_runner()), answers(tiny_runner(static_shapes=True))
    assert [[token for token, *_ in row] for row in static] == [[token for token, *_ in row] for row in exact]


@pytest.mark.parametrize("dtype", ["bf16", "int8"])
def test_static_shapes_start_close_to_exact_shapes_in_every_format(dtype: str) -> None:
    exact = answers(tiny_runner(dtype, scale=1.0))
    static = answers(tiny_runner(dtype, scale=1.0, static_shapes=True))
    assert [row[0][0] for row in static] == [row[0][0] for row in exact]
    assert logprobs_of(static) == pytest.approx(logprobs_of(exact), abs=0.1)


def test_steps_on_one_core_leave_the_threads_as_they_were() -> None:
    runner = tiny_runner(threads=2)
    together = answers(runner)
    runner.single_thread_batch_limit = 4
    alone = answers(runner)
    assert torch.get_num_threads() == 2
    assert [[token for token, *_ in row] for row in alone] == [
        [token for token, *_ in row] for row in together
    ]


def test_without_the_kernels_compiler_shapes_are_static(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(tiny_runner()._cache, RaggedKvCache)
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    runner = tiny_runner()
    assert isinstance(runner._cache, StaticKvCache)
    assert [token for token, *_ in answers(runner)[0]] == [token for token, *_ in answers(tiny_runner())[0]]


def test_prompt_longer_than_a_slot_is_refused_and_leaves_the_rows_as_they_were() -> None:
    runner = tiny_runner(max_source_tokens=8)
    expected = answers(runner, [[9, 8, 7, 1]])[0]
    runner.encode([Sequence((9, 8, 7, 1), 12)])
    with pytest.raises(ValueError, match="holds 8 tokens of a prompt, not 9"):
        runner._cache.occupy(1, torch.zeros(9, runner._weights.cross_kv(torch.zeros(1, 32)).shape[1]))
    assert [token for token, *_ in runner.decode_step().read()] == [expected[0][0]]


def test_prompts_beyond_a_cpus_caches_are_encoded_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = answers(tiny_runner())
    monkeypatch.setattr(t5_runner, "ENCODER_GROUP_TOKENS", 8)
    runner = tiny_runner()
    groups = runner._groups([Sequence(tuple(prompt), 12) for prompt in PROMPTS])
    assert [[sequence.prompt_tokens for sequence in group] for group in groups] == [[4, 2], [59], [6]]
    for row, exact in zip(answers(runner), expected, strict=True):
        assert [token for token, *_ in row] == [token for token, *_ in exact]
        assert [logprob for _, logprob, _ in row] == pytest.approx([value for _, value, _ in exact], abs=1e-4)


def test_auto_measures_and_serves() -> None:
    runner = tiny_runner("auto")
    assert runner.description.startswith(("T5 fp32", "T5 bf16", "T5 int8"))
    assert len(answers(runner)) == 4


def test_more_rows_than_a_bucket_are_served_with_static_shapes() -> None:
    prompts = [[10 + number, 1] for number in range(5)]
    static = tiny_runner(static_shapes=True, max_slots=5)
    assert static._step_shape.__self__ is static
    five = answers(static, prompts)
    alone = [answers(static, [prompt])[0] for prompt in prompts]
    assert [[token for token, *_ in row] for row in five] == [[token for token, *_ in row] for row in alone]


def test_retire_moves_the_last_row_with_its_state() -> None:
    runner = tiny_runner()
    expected = answers(runner)
    runner.encode([Sequence(tuple(prompt), 12) for prompt in PROMPTS])
    for _ in range(3):
        runner.decode_step()
    runner.retire(0)  # slots are now 3, 1, 2
    fourth = [token for token, *_ in runner.decode_step().read()]
    assert fourth == [expected[3][3][0], expected[1][3][0], expected[2][3][0]]


def test_longer_prompt_joining_keeps_the_rows_inside() -> None:
    runner = tiny_runner(max_source_tokens=200)
    long_prompt = [2 + number % 100 for number in range(180)] + [1]
    expected = answers(runner, [[9, 8, 7, 1]])[0]
    joined = answers(runner, [long_prompt])[0]
    runner.encode([Sequence((9, 8, 7, 1), 12)])
    runner.decode_step()
    runner.encode([Sequence(tuple(long_prompt), 12)])
    tokens = [token for token, *_ in runner.decode_step().read()]
    assert tokens == [expected[1][0], joined[0][0]]


def test_encode_that_fails_leaves_the_rows_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = tiny_runner()
    expected = answers(runner)[0]
    runner.encode([Sequence(tuple(PROMPTS[0]), 12)])

    def no_memory(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(runner._cache, "occupy", no_memory)
        with pytest.raises(RunnerOutOfMemory):
            runner.encode([Sequence(tuple(PROMPTS[1]), 12)])
    assert [token for token, *_ in runner.decode_step().read()] == [expected[0][0]]


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), RunnerOutOfMemory),
        (MemoryError(), RunnerOutOfMemory),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), RunnerOutOfMemory),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling"), RunnerOutOfMemory),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), RunnerBroken),
        (RuntimeError("shapes do not match"), RuntimeError),
    ],
)
def test_errors_of_torch_become_the_runners(
    raised: Exception, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = tiny_runner()
    runner.encode([Sequence((5, 1), 2)])

    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(t5_runner, "decode_step", fail)
    with pytest.raises(expected) as caught:
        runner.decode_step()
    assert type(caught.value) is expected


def test_real_allocation_that_cannot_be_met_is_out_of_memory() -> None:
    with pytest.raises(RunnerOutOfMemory):
        translating_errors(lambda: torch.empty(2**60, dtype=torch.uint8))()


@pytest.mark.parametrize(
    ("device", "dtype", "message"),
    [("cpu", "fp16", "not 'fp16'"), ("cuda", "int8", "int8 weights are for the CPU")],
)
def test_unknown_format_is_refused(device: str, dtype: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_runner(
            tiny_model("flat"),
            device=device,
            dtype=dtype,
            max_slots=1,
            max_source_tokens=8,
            max_new_tokens=4,
        )


def test_model_that_is_no_t5_is_refused() -> None:
    model = tiny_model("flat")
    model.config.model_type = "mt5"
    with pytest.raises(UnsupportedModel, match="mt5"):
        load_runner(model, device="cpu", max_slots=1, max_source_tokens=8, max_new_tokens=4)


def test_threads_are_those_asked_for() -> None:
    before = torch.get_num_threads()
    try:
        assert tiny_runner(threads=1).description.endswith("1 thread")
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_reference_answers_as_the_fast_runner() -> None:
    reference = load_reference(
        tiny_model("v1.1"), device="cpu", dtype="fp32", max_slots=4, max_source_tokens=64, max_new_tokens=12
    )
    runner = tiny_runner()
    for prompt in PROMPTS:
        reference.encode([Sequence(tuple(prompt), 5)])
        runner.encode([Sequence(tuple(prompt), 5)])
        for _ in range(5):
            ((token, logprob, margin),) = runner.decode_step().read()
            ((expected, expected_logprob, expected_margin),) = reference.decode_step().read()
            assert token == expected
            assert logprob == pytest.approx(expected_logprob, abs=1e-3)
            assert margin == pytest.approx(expected_margin, abs=1e-3)
            if token in runner.eos_token_ids:
                break
        runner.reset()
        reference.reset()


def test_reference_refuses_a_format_it_lacks() -> None:
    with pytest.raises(ValueError, match="int8"):
        load_reference(
            tiny_model("flat"),
            device="cpu",
            dtype="int8",
            max_slots=1,
            max_source_tokens=8,
            max_new_tokens=4,
        )


def test_gpu_formats_run_on_the_cpu_without_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The types and shapes of the GPU path: bf16 throughout, static buffers, everything but the graphs."""
    exact = answers(tiny_runner("fp32", scale=1.0))
    gpu_formats, name = formats.select_formats(tiny_model("flat"), torch.device("cuda"), "auto")
    assert (name, gpu_formats.activations, gpu_formats.attention) == ("bf16", torch.bfloat16, torch.bfloat16)

    def make(weight: torch.Tensor) -> PlainLinear:
        return PlainLinear(weight, torch.bfloat16)

    on_cpu = replace(gpu_formats, encoder=make, feed_forward=make, decoder=make, device=torch.device("cpu"))
    monkeypatch.setattr(loading, "select_formats", lambda *_: (on_cpu, name))
    served = answers(tiny_runner(scale=1.0, static_shapes=True))
    assert logprobs_of(served) == pytest.approx(logprobs_of(exact), abs=0.3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_cuda_graphs_answer_as_the_cpu(dtype: str) -> None:
    torch.backends.cuda.matmul.allow_tf32 = False
    sizes = {"max_slots": 4, "max_source_tokens": 64, "max_new_tokens": 12}
    cuda = load_runner(tiny_model("v1.1"), device="cuda", dtype=dtype, **sizes)
    expected, got = answers(tiny_runner("fp32")), answers(cuda)
    if dtype == "fp32":
        assert [[token for token, *_ in row] for row in got] == [
            [token for token, *_ in row] for row in expected
        ]
    assert logprobs_of(got) == pytest.approx(logprobs_of(expected), abs=1e-3 if dtype == "fp32" else 0.3)
    assert os.environ.get("CUDA_LAUNCH_BLOCKING") is None
