"""The training data: production's own sheets and prompts, answers that pass the check, nothing leaked."""

import random
from collections import defaultdict

import pytest

from api_service.assistant.verification.verify import verify
from inference_worker.prompt import fill
from training.examples import HELD_OUT_POLITE, Example, examples
from training.households import NAMES, UNSEEN_NAMES
from training.phrasings import PHRASINGS
from training.question_templates import ASKED, POLITE, at_end, expand


@pytest.fixture(scope="module")
def taught() -> list[Example]:
    return examples(1500, seed=3)


@pytest.fixture(scope="module")
def held_out() -> list[Example]:
    return examples(500, seed=4, held_out=True)


def test_examples_same_seed_same_data() -> None:
    first, second = examples(30, seed=9), examples(30, seed=9)
    assert [(e.prompt, e.target_text) for e in first] == [(e.prompt, e.target_text) for e in second]
    assert first[0].prompt != examples(30, seed=10)[0].prompt


def test_examples_every_answer_passes_the_check(taught: list[Example], held_out: list[Example]) -> None:
    for example in (*taught, *held_out):
        text = fill(example.target, example.parts.slots)
        verdict = verify(text, example.sheet)
        assert verdict.supported, (text, verdict.problems)


def test_examples_every_supported_kind_occurs_with_several_phrasings(taught: list[Example]) -> None:
    styles = defaultdict(set)
    for example in taught:
        styles[example.kind].add(example.style)
    assert set(styles) <= set(PHRASINGS)
    assert len(styles) >= 50
    common = [kind for kind, found in styles.items() if len(found) >= 4]
    assert len(common) >= 25


def test_examples_prompt_holds_no_digit_and_no_name_outside_slots(taught: list[Example]) -> None:
    for example in taught:
        facts = example.prompt.partition("; said:")[0].partition("; question:")[0]
        bare = "".join(part for part in facts.split() if not part.startswith("<extra_id_"))
        assert not any(c.isdigit() for c in bare.replace("rank1", "").replace("rank", "")), facts


def test_phrasings_every_kind_has_four_that_differ() -> None:
    for kind, by_style in PHRASINGS.items():
        assert {"plain", "polite", "brief", "casual"} <= set(by_style), kind
        if not kind.endswith(".equal"):
            assert len({templates[0] for templates in by_style.values()}) >= 4, kind


def test_asked_every_type_has_fifteen_ways_at_least() -> None:
    rng = random.Random(1)
    for asked, by_style in ASKED.items():
        plain = {expand(template, rng) for template in by_style["plain"] for _ in range(20)}
        others = {
            expand(t, rng) for cue, ts in by_style.items() if cue != "plain" for t in ts for _ in range(20)
        }
        assert len(plain) * (1 + len(POLITE)) + len(others) >= 15, asked
        assert len(plain | others) >= 11, asked


def test_held_out_questions_and_names_are_not_trained_on(
    taught: list[Example], held_out: list[Example]
) -> None:
    assert not {name.lower() for name in NAMES} & {name.lower() for name in UNSEEN_NAMES}
    known = {d.name.lower() for e in taught for d in e.sheet.known_devices if not d.name.startswith("Device")}
    unseen = {
        d.name.lower() for e in held_out for d in e.sheet.known_devices if not d.name.startswith("Device")
    }
    assert not known & unseen
    wraps = {wrap.replace("{}", "").strip() for wrap in POLITE[-HELD_OUT_POLITE:]}
    assert wraps == {"kindly tell me", "hello,  please", "can you please check"}
    asked = " / ".join(example.sheet.question.text.lower() for example in taught)
    assert not any(wrap in asked for wrap in ("kindly tell me", "can you please check"))


@pytest.mark.parametrize(("order", "words"), [("most", {"most"}), ("least", {"least"})])
def test_at_end_turns_a_ranking_round(order: str, words: set[str]) -> None:
    assert {at_end("which used the MOST {w}", order, random.Random(i)) for i in range(5)} == {
        f"which used the {word} {{w}}" for word in words
    }


def test_expand_takes_one_of_the_alternatives() -> None:
    found = {expand("is {d} [on|off|] [now|]", random.Random(i)) for i in range(60)}
    assert found == {"is {d} on now", "is {d} off now", "is {d} now", "is {d} on", "is {d} off", "is {d}"}
