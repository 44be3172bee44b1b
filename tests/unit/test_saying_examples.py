"""The training pairs of the task "say": every target's slots are those of its prompt, and no numbers."""

import re

from training.saying.examples import examples

SENTINEL = re.compile(r"<extra_id_\d+>")


def test_targets_use_exactly_the_slots_of_their_prompts_and_no_digits() -> None:
    pairs = examples(1500, seed=5)
    assert len(pairs) == 1500
    for prompt, target in pairs:
        assert sorted(SENTINEL.findall(prompt)) == sorted(SENTINEL.findall(target)), (prompt, target)
        words = SENTINEL.sub("", target)
        assert not re.search(r"\d", words.replace("95th", "")), target
        assert "{" not in target
        assert "  " not in target
        assert target.split(". <")[0].count("yes") + target.count("no, ") <= 2


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert examples(50, seed=1) == examples(50, seed=1)
    assert examples(50, seed=1) != examples(50, seed=2)


def test_every_shape_but_the_summary_is_met() -> None:
    shapes = {prompt.split(":")[0].split()[2] for prompt, _ in examples(6000, seed=3)}
    assert shapes >= {
        "scalar", "moment", "scalars", "table", "profile", "ranking", "winner", "names", "comparison",
        "comparisons", "usual", "relation", "share", "verdict", "count", "runs", "state", "trend", "nothing",
    }  # fmt: skip
