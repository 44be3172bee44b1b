import pytest
import torch

from inference_worker.t5.forward import _attend_padded, _attend_per_prompt, greedy, square_bias


def test_greedy_small_vocabulary_is_argmax_log_softmax_and_margin() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.5], [5.0, 5.0, -1.0]])
    choices = greedy(logits.clone())
    assert choices.token_ids.tolist() == [1, 0]
    assert choices.margins.tolist() == [0.5, 0.0]
    torch.testing.assert_close(choices.logprobs, logits.log_softmax(-1).amax(-1))


@pytest.mark.parametrize("vocabulary", [32128, 32100, 10007])
def test_greedy_large_vocabulary_finds_the_first_maximum(vocabulary: int) -> None:
    logits = torch.randn(5, vocabulary, generator=torch.Generator().manual_seed(1))
    logits[0, -1] = 9.0
    logits[1, [700, 9000]] = 9.0
    logits[2, 0] = 9.0
    ids, logprobs, margins = greedy(logits.clone())
    assert ids.tolist() == logits.argmax(-1).tolist()
    assert ids[:3].tolist() == [vocabulary - 1, 700, 0]
    torch.testing.assert_close(logprobs, logits.double().log_softmax(-1).amax(-1).float())
    best = logits.topk(2, -1).values
    torch.testing.assert_close(margins, best[:, 0] - best[:, 1])
    assert margins[1] == 0.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_padded_attention_is_the_same_as_prompt_by_prompt(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(2)
    lengths = [3, 1, 9, 4]
    qkv = torch.randn(sum(lengths), 3, 2, 8, generator=generator)
    by_distance = torch.randn(2, 2 * 12 - 1, generator=generator)
    biases = {n: square_bias(by_distance, n).contiguous() for n in lengths}
    padded = _attend_padded(qkv, lengths, biases)
    tolerance = 1e-5 if dtype == torch.float32 else 0.03
    each = _attend_per_prompt(qkv, lengths, {n: bias.to(dtype) for n, bias in biases.items()})
    torch.testing.assert_close(each.float(), padded, rtol=tolerance, atol=tolerance)
    assert padded.shape == (17, 16)
