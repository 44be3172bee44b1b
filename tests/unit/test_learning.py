"""A training run in miniature: model, learning, checkpoint, going on from it; and the bundled checkpoint."""

import json
import re
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from transformers import AutoTokenizer, T5ForConditionalGeneration  # noqa: E402

from api_service.assistant.query.automaton import query_automaton  # noqa: E402
from inference_worker.model.reranker import RERANKER_FILE, load_reranker  # noqa: E402
from inference_worker.model.token_grammar import compile_grammar  # noqa: E402
from inference_worker.prompt import SlotFiller  # noqa: E402
from training.learning.__main__ import main  # noqa: E402
from training.learning.batches import read_loss, say_loss  # noqa: E402
from training.learning.checkpoint import write_checkpoint  # noqa: E402
from training.learning.choices import Choices  # noqa: E402
from training.learning.decoding import read_all  # noqa: E402
from training.learning.evaluate import main as evaluate  # noqa: E402
from training.learning.loop import Point, Schedule, train  # noqa: E402
from training.learning.model import Shape, new_model  # noqa: E402
from training.learning.tokenizer import build_tokenizer, save_tokenizer  # noqa: E402
from training.reading.pairs import load_voices  # noqa: E402
from training.reading.scoring import score_readings  # noqa: E402

SMALL = Shape(d_model=32, d_kv=8, d_ff=48, heads=4, encoder_layers=1, decoder_layers=1, dropout=0.0)
SCHEDULE = Schedule(seed=3, steps=40, batch=8, warmup=5)
BUNDLED = Path(__file__).parents[2] / "inference_worker" / "bundled_model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of a few thousand parameters."""
    out = tmp_path_factory.mktemp("model")
    symbols = [symbol for symbol in query_automaton().symbols if symbol[0] != "@"]
    words = ["read", "how", "much", "energy", "did", "the", "device", "use", "time"]
    save_tokenizer(build_tokenizer([*symbols, *words], ["how much energy did the oven use"]), out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    write_checkpoint(out, new_model(SMALL, len(tokenizer), 1), query_automaton())
    return out


def test_tokenizer_gives_back_what_it_took(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)

    ids = tokenizer("how much energy did the oven use <extra_id_3>").input_ids

    assert ids[-1] == tokenizer.eos_token_id == 1
    filler = SlotFiller(("", "", "", "today"))
    filler.feed(tokenizer.decode(ids[:-1], skip_special_tokens=False))
    assert filler.text == "How much energy did the oven use today"


def test_new_model_starts_near_the_loss_of_guessing() -> None:
    model = new_model(Shape(), 1500, 1)
    ids = torch.randint(3, 1500, (4, 12), generator=torch.Generator().manual_seed(1))
    loss = float(model(input_ids=ids, labels=ids).loss.detach())
    assert loss == pytest.approx(7.3, abs=1.0)  # ln(1536) = 7.34; the default head starts near 95
    assert model.lm_head.weight is not model.shared.weight


def test_train_same_seed_same_weights_and_the_loss_falls() -> None:
    pairs = [([5, 6, 7 + number % 3, 1], [20 + number % 3, 1]) for number in range(60)]

    def run() -> tuple[list[Point], "torch.Tensor"]:
        model = new_model(SMALL, 64, 2)
        losses = cycle(partial(say_loss, batch=pairs[start : start + 8]) for start in range(0, 48, 8))
        return train(model, losses, SCHEDULE), model.lm_head.weight.detach().clone()

    (curve, first), (_, second) = run(), run()
    assert torch.equal(first, second)
    assert curve[-1].step == SCHEDULE.steps
    assert curve[-1].loss < 3.6  # guessing would be ln(64) = 4.2


def test_choices_of_a_query_are_what_the_grammar_allows(folder: Path) -> None:
    grammar = compile_grammar(query_automaton(), AutoTokenizer.from_pretrained(folder))
    choices = Choices(grammar)
    symbols = ["value", "energy", "these", "<extra_id_0>"]

    steps = choices.encode(symbols, ["device"])

    allowed = choices.table()[[row for _, _, row in steps]]
    assert [token for token, _, _ in steps] == grammar.encode(symbols)
    assert choices.tokens[[column for _, column, _ in steps]].tolist() == grammar.encode(symbols)
    slots = torch.isin(choices.tokens, torch.tensor(grammar.sentinels))
    assert (allowed[3] == 0).nonzero().flatten().tolist() == [steps[3][1]]  # the only device there is
    assert not (allowed[0] == 0)[slots].any()  # no query begins with a name
    with pytest.raises(ValueError, match="does not allow"):
        choices.encode(symbols, ["time"])


def test_read_loss_counts_only_what_is_left_open(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = T5ForConditionalGeneration.from_pretrained(folder).eval()
    choices = Choices(compile_grammar(query_automaton(), tokenizer))
    steps = choices.encode(["value", "energy", "these", "<extra_id_0>"], ["device"])
    prompt = tokenizer("read: device <extra_id_0>").input_ids
    before = torch.tensor([[0, *(token for token, _, _ in steps[:-1])]])

    with torch.inference_mode():
        loss = read_loss(model, [(prompt, steps)], choices.tokens, choices.table())
        logits = model(input_ids=torch.tensor([prompt]), decoder_input_ids=before).logits[0]

    expected = 0.0
    for scores, (token, _, row) in zip(logits.double(), steps, strict=True):
        open_tokens = choices.tokens[choices.table()[row] == 0]
        expected -= float(scores[token] - torch.logsumexp(scores[open_tokens], 0)) / len(steps)
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_checkpoint_says_what_it_is_and_repeats_its_self_test(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    assert config["askwatt_prompt_style"] == "slots"
    assert config["tie_word_embeddings"] is False
    assert greedy(folder) == json.loads((folder / "selftest.json").read_text())["ids"]


def test_main_trains_a_checkpoint_further_and_scores_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ["--pairs", "40", "--says", "10", "--steps", "3", "--scored", "20"]

    assert main(["--start", str(folder), "--out", str(tmp_path), *few]) == 0

    assert "step     3" in capsys.readouterr().out
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {path.name for path in folder.iterdir()} | {RERANKER_FILE}
    before, after = (
        T5ForConditionalGeneration.from_pretrained(one).lm_head.weight for one in (folder, tmp_path)
    )
    assert before.shape == after.shape
    assert not torch.equal(before, after)


def test_evaluate_scores_one_voice_and_names_those_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(["--model", str(folder), "--voice", "hotel_manager", "--scored", "12", "--failures"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"^all +12  exact ", printed, re.MULTILINE)
    assert "  right " in printed

    assert evaluate(["--voice", "nobody"]) == 1
    assert "hotel_manager" in capsys.readouterr().err


def greedy(folder: Path) -> list[int]:
    stored = json.loads((folder / "selftest.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = T5ForConditionalGeneration.from_pretrained(folder).eval()
    with torch.inference_mode():
        ids = model.generate(
            input_ids=torch.tensor([tokenizer(stored["prompt"]).input_ids]),
            max_new_tokens=len(stored["ids"]),
            do_sample=False,
            num_beams=1,
        )
    return [token for token in ids[0].tolist() if token not in (0, 1)]


def test_bundled_model_is_small_and_repeats_its_self_test() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.iterdir()) <= 20_000_000
    assert greedy(BUNDLED) == json.loads((BUNDLED / "selftest.json").read_text())["ids"]


def test_bundled_model_reads_four_fifths_of_a_scoring_voice_and_more_with_its_reranker() -> None:
    tokenizer = AutoTokenizer.from_pretrained(BUNDLED)
    model = T5ForConditionalGeneration.from_pretrained(BUNDLED)
    readings = load_voices().scoring["hotel_manager"][:160]
    grammar = compile_grammar(query_automaton(), tokenizer)
    greedy, chosen = (
        score_readings(readings, read_all(model, tokenizer, grammar, readings, reranker)).share()
        for reranker in (None, load_reranker(BUNDLED))
    )
    assert greedy > 0.8
    assert chosen > greedy
