"""T5's forward pass over fused weights: encoder over packed prompts, decode step over the batch's rows."""

import torch
from torch import Tensor
from torch.nn import functional

from inference_worker.t5.constraints import Choices, RowConstraints
from inference_worker.t5.kv_cache import Batch
from inference_worker.t5.weights import EncoderLayer, T5Weights

MIN_CHUNKED_VOCABULARY = 8192


def rms_norm(x: Tensor, weights: T5Weights) -> Tensor:
    """Rows of the float32 residual stream (rows, d_model) at root mean square 1, in the activations' type.

    The norm's weight is folded into the product that follows.
    """
    kind = weights.decoder_bias.dtype
    if x.is_cuda:
        return functional.rms_norm(x, x.shape[-1:], None, weights.norm_epsilon).to(kind)
    # On the CPU `functional.rms_norm` is seven operations; length, hypot and a division are three, and the
    # product that follows took up sqrt(d): x / sqrt(mean(x^2) + eps) = sqrt(d) x / hypot(|x|, sqrt(d eps)).
    return (x / torch.hypot(torch.linalg.vector_norm(x, dim=-1, keepdim=True), weights.norm_floor)).to(kind)


def feed_forward(x: Tensor, layer: EncoderLayer, weights: T5Weights) -> Tensor:
    """Residual stream (rows, d_model) after a layer's feed-forward part."""
    hidden = layer.wi(rms_norm(x, weights))
    if weights.gated:
        gate, linear = hidden.chunk(2, -1)
        hidden = weights.activation(gate).mul_(linear)
    else:
        hidden = weights.activation(hidden)
    return x.add_(layer.wo(hidden))


def encode(weights: T5Weights, token_ids: Tensor, lengths: list[int]) -> Tensor:
    """Encoder output before its last norm, (sum of lengths, d_model), for prompts packed without padding."""
    x = weights.embedding[token_ids].float()
    attend = _attend_padded if x.is_cuda else _attend_per_prompt
    needed = {max(lengths)} if x.is_cuda else {*lengths}
    # Every layer would copy a bias that is not contiguous.
    biases = {n: square_bias(weights.encoder_bias, n).contiguous() for n in needed}
    for layer in weights.encoder:
        qkv = layer.qkv(rms_norm(x, weights)).view(-1, 3, weights.heads, weights.d_kv)
        x.add_(layer.o(attend(qkv, lengths, biases)))
        x = feed_forward(x, layer, weights)
    return x


def square_bias(by_distance: Tensor, length: int) -> Tensor:
    """(heads, length, length) from (heads, 2 * longest - 1): entry (i, j) is the bias of distance j - i."""
    longest = (by_distance.shape[-1] + 1) // 2
    near = by_distance[:, longest - length : longest + length - 1]
    return near.unfold(-1, length, 1).flip(1)


def _attend_per_prompt(qkv: Tensor, lengths: list[int], biases: dict[int, Tensor]) -> Tensor:
    """Encoder self-attention, prompt by prompt, without padding: for a CPU. Returns (tokens, inner)."""
    outputs = []
    for part in qkv.split(lengths):
        n, bias = len(part), biases[len(part)]
        q, k, v = part.permute(1, 2, 0, 3).to(bias.dtype).contiguous()
        if bias.dtype == torch.float32:
            y = functional.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=bias, scale=1.0)
            y = y[0]
        else:
            # Without AMX torch's fused bf16 attention is slower than its parts, measured 1.5 times.
            y = torch.bmm(torch.baddbmm(bias, q, k.transpose(1, 2)).softmax(-1), v)
        outputs.append(y.transpose(0, 1).reshape(n, -1))
    return torch.cat(outputs)


def _attend_padded(qkv: Tensor, lengths: list[int], biases: dict[int, Tensor]) -> Tensor:
    """Encoder self-attention, padded to the longest prompt: few launches, for a GPU. (tokens, inner)."""
    device, longest = qkv.device, max(lengths)
    bias = biases[longest]
    sizes = torch.tensor(lengths, device=device)
    inside = torch.arange(longest, device=device)[None, :] < sizes[:, None]
    padded = qkv.new_zeros(len(lengths), longest, *qkv.shape[1:])
    padded[inside] = qkv
    q, k, v = padded.permute(2, 0, 3, 1, 4)
    hidden_keys = torch.zeros(inside.shape, dtype=bias.dtype, device=device).masked_fill(~inside, -torch.inf)
    mask = bias[None] + hidden_keys[:, None, None, :]
    y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=1.0)
    return y.transpose(1, 2)[inside].flatten(1)


def decode_step(weights: T5Weights, batch: Batch, constraints: RowConstraints | None) -> Choices:
    """One greedy decode step of the batch's rows, within `constraints` where there are any.

    Advances tokens, positions and caches in place. They advance last, so that a failed step can be repeated.
    """
    x = weights.embedding[batch.tokens].float()
    for index, layer in enumerate(weights.decoder):
        x.add_(layer.o(batch.self_attention(index, layer.qkv(rms_norm(x, weights)))))
        x.add_(layer.cross_o(batch.cross_attention(index, layer.cross_q(rms_norm(x, weights)))))
        x = feed_forward(x, layer, weights)
    logits = weights.head(rms_norm(x, weights)).float()
    if constraints is None:
        choices = greedy(logits)
        batch.advance(choices.token_ids)
        return choices
    choices = constraints.choose(logits, greedy)
    batch.advance(choices.token_ids.clamp_min(0))  # `NO_TOKEN` ends its row, but the embedding is looked up
    constraints.advance()
    return choices


def greedy(logits: Tensor) -> Choices:
    """The best token of each row of logits (rows, vocabulary), which are overwritten."""
    if logits.is_cuda:
        best, token_ids = logits.max(-1)
        logprobs = best - logits.logsumexp(-1)
        return Choices(token_ids, logprobs, best - _amax_without(logits, token_ids))
    logprobs = logits.softmax(-1).amax(-1).log_()
    chunk = _chunk(logits.shape[-1])
    if chunk == 1:
        best, token_ids = logits.amax(-1), logits.argmax(-1)
        return Choices(token_ids, logprobs, best - _amax_without(logits, token_ids))
    # `argmax` is not vectorised on the CPU, `amax` is: find the chunk with the maximum, then search in it.
    chunked = logits.unflatten(-1, (-1, chunk))
    maxima = chunked.amax(-1)
    best, where = maxima.max(-1)
    inside = chunked[torch.arange(len(where)), where]
    place = inside.argmax(-1)
    second = torch.maximum(_amax_without(inside, place), _amax_without(maxima, where))
    return Choices(where * chunk + place, logprobs, best - second)


def _amax_without(scores: Tensor, left_out: Tensor) -> Tensor:
    """The maximum of each row without one of its columns, which is overwritten."""
    return scores.scatter_(-1, left_out.unsqueeze(-1), -torch.inf).amax(-1)


def _chunk(vocabulary: int) -> int:
    """A divisor of a large vocabulary for a search in two stages; 1 for a small or an odd one."""
    if vocabulary < MIN_CHUNKED_VOCABULARY:
        return 1
    return next((size for size in (128, 64, 256, 100, 32) if vocabulary % size == 0), 1)
