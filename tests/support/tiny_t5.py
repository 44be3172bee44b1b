"""A randomly initialised T5 v1.1 of some thousand parameters and its tokenizer, saved like any checkpoint."""

import json
from pathlib import Path

from shared.grammar import Grammar

WORDS = (
    "the uses used most power energy yesterday today now peak average is of and in at total share percent "
    "question answer which what how much device a than more less . , ? : | ; / ( ) 0 % W kW kWh "
    "user assistant"
)


def save_tiny_t5(
    folder: Path, *, style: str = "slots", seed: int = 7, grammar: Grammar | None = None
) -> Path:
    """Write config, safetensors, tokenizer and a self-test into `folder`, and a grammar; returns it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    folder.mkdir(parents=True, exist_ok=True)
    sentinels = [f"<extra_id_{number}>" for number in range(100)]
    raw = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=False))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<pad>", "</s>", "<unk>", *sentinels],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator([WORDS] * 4, trainer)
    raw.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=sentinels,
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    model = T5ForConditionalGeneration(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(torch.randn_like(weights) * 0.6)  # far from uniform: replies vary with the prompt
        model.lm_head.weight[:3] = 0.0  # padding and unknown would be invisible replies
    model.save_pretrained(folder, safe_serialization=True)
    stored = json.loads((folder / "config.json").read_text())
    stored["askwatt_prompt_style"] = style
    (folder / "config.json").write_text(json.dumps(stored))
    prompt = "question: which device uses the most power?"
    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor([tokenizer.encode(prompt)]), max_new_tokens=9, do_sample=False
        )
    ids = [token_id for token_id in output[0].tolist() if token_id not in {0, 1}][:8]
    (folder / "selftest.json").write_text(json.dumps({"prompt": prompt, "ids": ids}))
    if grammar is not None:
        (folder / "grammar.json").write_text(grammar.to_json())
    return folder
