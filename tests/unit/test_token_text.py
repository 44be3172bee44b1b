"""Token ids to words, with the tokenizer of a tiny checkpoint."""

from typing import Any

import pytest

from inference_worker.model.loading import special_ids
from inference_worker.model.token_text import TokenText
from inference_worker.prompt import SlotFiller
from tests.support.tiny_t5 import save_tiny_t5


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(save_tiny_t5(tmp_path_factory.mktemp("tiny")))


def spoken(tokenizer: Any, text: str, slots: tuple[str, ...], *, keep_sentinels: bool = True) -> list[str]:
    """What `TokenText` gives for each token of `text`, and at the end."""
    filler = SlotFiller(slots, capitalise=keep_sentinels)
    words = TokenText(tokenizer, filler, special_ids(tokenizer, keep_sentinels=keep_sentinels))
    return [*(words.feed([token_id]) for token_id in tokenizer.encode(text)), words.finish()]


def test_feed_with_slots_says_names_and_values(tokenizer: Any) -> None:
    pieces = spoken(tokenizer, "the <extra_id_0> used <extra_id_1>.", ("oven", "3.41 kWh"))
    assert "".join(pieces) == "The oven used 3.41 kWh."
    assert sum(bool(piece) for piece in pieces) > 3  # it streams


def test_feed_with_a_character_in_several_tokens_gives_it_whole(tokenizer: Any) -> None:
    pieces = spoken(tokenizer, "Büro 🔌 €", ())
    assert "".join(pieces) == "Büro 🔌 €"
    assert not any("\ufffd" in piece for piece in pieces)


def test_feed_in_plain_style_leaves_out_sentinels_padding_and_eos(tokenizer: Any) -> None:
    pieces = spoken(tokenizer, "<pad>the <extra_id_5>oven</s>", (), keep_sentinels=False)
    assert "".join(pieces) == "the oven"
