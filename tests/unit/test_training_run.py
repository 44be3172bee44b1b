"""A training run in miniature: tokenizer, model, learning, scoring and the checkpoint's folder."""

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from inference_worker.prompt import SlotFiller, render  # noqa: E402
from training.__main__ import main  # noqa: E402
from training.examples import examples  # noqa: E402
from training.tokenizer import save_tokenizer, train_tokenizer  # noqa: E402
from training.train import Point, Recipe, new_model, train  # noqa: E402

SMALL = Recipe(examples=80, steps=40, d_model=32, d_kv=8, d_ff=48, heads=4, batch=8, warmup=5, dropout=0.0)
BUNDLED = Path(__file__).parents[2] / "inference_worker" / "bundled_model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a few thousand parameters, made by the program itself."""
    out = tmp_path_factory.mktemp("model")
    arguments = ["--out", str(out), "--scored", "40", "--at-least", "0"]
    for name in ("examples", "steps", "d_model", "d_kv", "d_ff", "heads", "batch", "warmup"):
        arguments += [f"--{name.replace('_', '-')}", str(getattr(SMALL, name))]
    assert main(arguments) == 0
    return out


def test_tokenizer_loads_and_gives_back_what_it_took(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    save_tokenizer(train_tokenizer(["the oven used 0 kWh yesterday."] * 9, 400), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id) == (0, 1, 2)
    assert tokenizer.convert_tokens_to_ids("<extra_id_0>") == len(tokenizer) - 1
    assert tokenizer.convert_tokens_to_ids("<extra_id_99>") == len(tokenizer) - 100
    ids = tokenizer("the oven used <extra_id_3> yesterday.").input_ids
    assert ids[-1] == 1
    filler = SlotFiller(("", "", "", "9 kWh"))
    filler.feed(tokenizer.decode(ids[:-1], skip_special_tokens=False))
    assert filler.text == "The oven used 9 kWh yesterday."


def test_new_model_starts_near_the_loss_of_guessing() -> None:
    model = new_model(Recipe(), 1500)
    ids = torch.randint(3, 1500, (4, 12), generator=torch.Generator().manual_seed(1))
    loss = float(model(input_ids=ids, labels=ids).loss.detach())
    assert loss == pytest.approx(7.3, abs=1.0)  # ln(1536) = 7.34; the default head starts near 95
    assert model.lm_head.weight is not model.shared.weight


def test_train_same_seed_same_weights_and_the_loss_falls() -> None:
    data = [([5, 6, 7 + i % 3, 1], [20 + i % 3, 1]) for i in range(60)]

    def run() -> tuple[list[Point], "torch.Tensor"]:
        model = new_model(SMALL, 64)
        return train(model, data, SMALL), model.lm_head.weight.detach().clone()

    (curve, first), (_, second) = run(), run()
    assert torch.equal(first, second)
    assert curve[-1].step == SMALL.steps
    assert curve[-1].loss < 3.6  # guessing would be ln(64) = 4.2


def test_main_writes_a_checkpoint_that_says_what_it_is(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    assert config["askwatt_prompt_style"] == "slots"
    assert config["tie_word_embeddings"] is False
    assert config["architectures"] == ["T5ForConditionalGeneration"]
    card = (folder / "README.md").read_text()
    assert "passing the check | " in card
    assert "{" not in card.partition("## Prompt")[0]
    assert (folder / "generation_config.json").exists()


def test_main_checkpoint_loads_as_it_was_and_repeats_its_self_test(folder: Path) -> None:
    assert greedy(folder) == json.loads((folder / "selftest.json").read_text())["ids"]


def test_main_score_only_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["--out", str(folder), "--scored", "20", "--score-only"]) == 0
    assert "of 20" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def greedy(folder: Path) -> list[int]:
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    stored = json.loads((folder / "selftest.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = T5ForConditionalGeneration.from_pretrained(folder).eval()
    with torch.inference_mode():
        ids = model.generate(
            input_ids=torch.tensor([tokenizer(stored["prompt"]).input_ids]),
            max_new_tokens=len(stored["ids"]) + 1,
            do_sample=False,
            num_beams=1,
        )
    return [token for token in ids[0].tolist() if token not in (0, 1)]


def test_bundled_model_is_small_and_repeats_its_self_test() -> None:
    assert (BUNDLED / "model.safetensors").stat().st_size <= 20_000_000
    assert greedy(BUNDLED) == json.loads((BUNDLED / "selftest.json").read_text())["ids"]


def test_bundled_model_reads_more_than_half_of_a_scoring_voice() -> None:
    """62.7 % of hotel_manager's sentences were read exactly when this was written."""
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    from api_service.assistant.query.automaton import query_automaton
    from inference_worker.model.token_grammar import compile_grammar
    from training.learning.decoding import read_all
    from training.reading.pairs import load_voices
    from training.reading.scoring import score_readings

    tokenizer = AutoTokenizer.from_pretrained(BUNDLED)
    model = T5ForConditionalGeneration.from_pretrained(BUNDLED)
    readings = load_voices().scoring["hotel_manager"][:120]
    answers = read_all(model, tokenizer, compile_grammar(query_automaton(), tokenizer), readings)
    assert score_readings(readings, answers).share() > 0.5


def test_plain_prompts_run_through_a_t5_of_the_small_shape_and_fall_back_to_facts() -> None:
    """Stock FLAN-T5's shape (flan-t5-small, random weights): it runs, is checked, and does not pass."""
    from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration

    from api_service.assistant.rendering.answer import compose_answer
    from api_service.assistant.verification.verify import verify

    tokenizer = AutoTokenizer.from_pretrained(BUNDLED)
    torch.manual_seed(1)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_decoder_layers=8,
        num_heads=6, feed_forward_proj="gated-gelu", tie_word_embeddings=False, decoder_start_token_id=0,
    )  # fmt: skip
    model = T5ForConditionalGeneration(config).eval()
    example = examples(1, seed=2)[0]
    prompt = render(example.parts, "plain", lambda text: len(tokenizer(text).input_ids), 512)
    assert "extra_id" not in prompt
    ids = tokenizer(prompt).input_ids
    assert len(ids) <= 512
    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor([ids]), max_new_tokens=12, do_sample=False, num_beams=1
        )
    text = tokenizer.decode(output[0], skip_special_tokens=True)
    assert not verify(text, example.sheet).supported
    assert verify(compose_answer(example.sheet), example.sheet).supported
