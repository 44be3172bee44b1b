from types import SimpleNamespace

import pytest
import torch
from transformers import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

from inference_worker.t5.forward import square_bias
from inference_worker.t5.weights import (
    UnsupportedModel,
    check_supported,
    position_buckets,
    scales_decoder_outputs,
)


@pytest.mark.parametrize("both_ways", [True, False])
@pytest.mark.parametrize(("buckets", "max_distance"), [(32, 128), (8, 24), (32, 20)])
def test_position_buckets_are_those_of_transformers(both_ways: bool, buckets: int, max_distance: int) -> None:
    distances = torch.arange(-300, 301)
    ours = position_buckets(distances, both_ways=both_ways, buckets=buckets, max_distance=max_distance)
    theirs = T5Attention._relative_position_bucket(distances, both_ways, buckets, max_distance)
    assert torch.equal(ours, theirs)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_square_bias_places_each_distance_on_its_diagonal(length: int) -> None:
    longest = 5
    by_distance = torch.stack([torch.arange(-4.0, 5.0), 10 * torch.arange(-4.0, 5.0)])
    square = square_bias(by_distance, length)
    for i in range(length):
        for j in range(length):
            assert square[:, i, j].tolist() == [j - i, 10 * (j - i)]
    assert by_distance.shape[1] == 2 * longest - 1


def test_decoder_outputs_are_scaled_for_v10_and_not_for_v11() -> None:
    assert scales_decoder_outputs(T5Config(tie_word_embeddings=True)) is True
    assert scales_decoder_outputs(T5Config(tie_word_embeddings=False)) is False


def test_decoder_outputs_before_transformers_5_follow_the_tie() -> None:
    assert scales_decoder_outputs(SimpleNamespace(tie_word_embeddings=True)) is True
    assert scales_decoder_outputs(SimpleNamespace(tie_word_embeddings=False)) is False


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (SimpleNamespace(model_type="bart"), "'bart' is not t5"),
        (SimpleNamespace(model_type="t5", dense_act_fn="tanh"), "'tanh' is not one of relu"),
    ],
)
def test_other_models_are_refused_with_the_reason(config: SimpleNamespace, message: str) -> None:
    with pytest.raises(UnsupportedModel, match=message):
        check_supported(config)
