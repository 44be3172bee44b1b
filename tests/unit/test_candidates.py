"""Which readings a worker proposes, and in which order."""

import json
import math
import zlib
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from inference_worker.engine.sequence import GenerationResult
from inference_worker.model.candidates import Forbidden, decode_candidates, ranked, weakest_choices
from inference_worker.model.reranker import RERANKER_FILE, Reranker, buckets, load_reranker

EOS = 1
BUCKETS = 1 << 12


def result(
    ids: tuple[int, ...], logprobs: tuple[float, ...], margins: tuple[float, ...], reason: str = "eos"
) -> GenerationResult:
    return GenerationResult(ids, logprobs, margins, reason, 0.0, 0.0, 0.0)


def reranker_for(word: str, log_odds: dict[str, int], weight: float = 1.0) -> Reranker:
    """One word speaks for symbols, in log-odds; every symbol is at 0 without it."""
    symbols = list(log_odds)
    weights = np.zeros((BUCKETS, len(symbols)), np.int8)
    weights[zlib.crc32(word.encode()) % BUCKETS] = list(log_odds.values())
    ones, zeros = np.ones(len(symbols), np.float32), np.zeros(len(symbols), np.float32)
    return Reranker({symbol: n for n, symbol in enumerate(symbols)}, weights, ones, zeros, weight)


FIRST = result((5, 6, 7), (-0.5, -0.1, -0.9, 0.0), (1.0, 3.0, 0.25, math.inf))


def test_weakest_choices_begin_with_the_least_sure_and_leave_out_the_sure() -> None:
    assert weakest_choices(FIRST, EOS) == [(2, 7), (0, 5), (1, 6)]
    sure = result((5, 6), (-0.001, 0.0, 0.0), (6.5, math.inf, 9.0))
    assert weakest_choices(sure, EOS) == []


def test_weakest_choices_are_at_most_four_and_the_end_may_be_one() -> None:
    unsure = result((5, 6, 7, 8), (-1.0,) * 5, (0.5, 0.4, 0.3, 0.2, 0.1))
    assert weakest_choices(unsure, EOS) == [(4, EOS), (3, 8), (2, 7), (1, 6)]


async def test_candidates_have_the_probability_of_the_token_where_they_turn_off() -> None:
    seen: list[Forbidden] = []

    async def decode(forbidden: Forbidden) -> GenerationResult:
        seen.append(forbidden)
        if not forbidden:
            return FIRST
        ((place, _),) = forbidden
        if place == 1:
            return result((5,), (-0.5,), (1.0,), "dead_end")
        # With the first choice forbidden its rival seems nearly certain.
        return result((*FIRST.token_ids[:place], 9), (*FIRST.logprobs[:place], -0.01, 0.0), (5.0,))

    first, *others = await decode_candidates(decode, EOS)

    assert seen == [(), ((2, 7),), ((0, 5),), ((1, 6),)]
    assert first is FIRST
    assert [other.token_ids for other in others] == [(5, 6, 9), (9,)]
    assert others[0].logprobs[2] == pytest.approx(-0.9 - 0.25)
    assert others[1].logprobs[0] == pytest.approx(-0.5 - 1.0)


def test_ranking_without_a_reranker_goes_by_probability_and_names_a_query_once() -> None:
    results = [result((5,), (-1.0,), (0.5,)), result((6,), (-0.5,), (0.5,)), result((7,), (-2.0,), (0.5,))]
    pairs = ranked("read: x", ["list power", "value power", "list power"], results, None)
    candidates = [candidate for candidate, _ in pairs]
    assert [candidate.text for candidate in candidates] == ["value power", "list power"]
    assert candidates[0].share == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert candidates[0].share + candidates[1].share == pytest.approx(1)


def test_reranker_lifts_the_query_that_the_words_speak_for() -> None:
    reranker = reranker_for("cheapest", {"list": 0, "value": 0, "least": 4}, weight=0.5)
    results = [result((5,), (-0.2,), (1.0,)), result((6,), (-1.4,), (1.0,))]
    texts = ["list most", "list least"]

    with_the_word = ranked("read: x cheapest x", texts, results, reranker)
    without_it = ranked("read: other words", texts, results, reranker)

    assert with_the_word[0][0].text == "list least"
    # least: 4 log-odds at half weight; most is unknown: -2 at half weight
    odds = math.exp(-1.4 + 0.5 * 4 - (-0.2 + 0.5 * -2))
    assert with_the_word[0][0].share == pytest.approx(odds / (1 + odds))
    assert without_it[0][0].text == "list most"


def test_typo_of_a_longer_word_shares_features_with_it() -> None:
    word, typo, other = (
        set(buckets(f"read: {text}", BUCKETS)) for text in ("consumption", "consuption", "frequency")
    )
    assert len(word & typo) > 3 * max(1, len(word & other))


def test_features_tell_the_previous_query_from_the_question() -> None:
    asked = set(buckets("read: list power", BUCKETS))
    after = set(buckets("read: and the oven; last: list power", BUCKETS))
    assert len(asked & after) <= 1  # of hashed features two may meet by chance


def test_written_reranker_is_read_back(tmp_path: Path) -> None:
    assert load_reranker(tmp_path) is None
    tensors = {
        "weights": np.full((8, 1), 2, np.int8),
        "scales": np.array([0.5], np.float32),
        "bias": np.array([-1.0], np.float32),
    }
    save_file(tensors, tmp_path / RERANKER_FILE, {"symbols": json.dumps(["value"]), "weight": "0.3"})
    reranker = load_reranker(tmp_path)
    assert reranker is not None
    assert reranker.weight == 0.3
    features = len(buckets("read: how much", 8))
    assert reranker.scores("read: how much", ["value", "value value"]) == pytest.approx([features - 1] * 2)
