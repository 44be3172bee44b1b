"""Answers to random queries, as the executor gives them: true ones pass the check, falsified ones do not."""

import os
import random
from collections import Counter

import pytest

from api_service.assistant.query.linear import print_request
from api_service.assistant.rendering.results.plan import filled
from api_service.assistant.rendering.results.say import plan_of
from api_service.assistant.verification.claims.verify import verify
from api_service.database.sessions import create_engine, session_factory
from shared.settings import load_settings
from tests.support.answer_findings import random_findings
from tests.support.answer_mutations import mutants, paraphrases

QUERIES = 120
MANY_FUZZERS = int(os.environ.get("ANSWER_FUZZERS", "4"))
MANY_QUERIES = int(os.environ.get("ANSWER_QUERIES", "250"))
CAUGHT, PASSED = 0.995, 0.99


class Tally:
    """Counts of what was checked, and examples of what went wrong."""

    def __init__(self) -> None:
        self.right, self.all = Counter[str](), Counter[str]()
        self.examples: list[str] = []

    def add(self, kind: str, example: str, *, is_right: bool) -> None:
        self.all[kind] += 1
        self.right[kind] += is_right
        if not is_right:
            self.examples.append(f"{kind}: {example}")

    def rate(self) -> float:
        return self.right.total() / max(1, self.all.total())

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {self.right[kind]}/{count}" for kind, count in self.all.items())
        return f"{100 * self.rate():.2f} % ({kinds})"


async def fuzz(url: str, seed: int, queries: int) -> tuple[Tally, Tally]:
    """Falsified texts that were caught, and true ones that passed."""
    rng = random.Random(seed)
    caught, passed = Tally(), Tally()
    engine = create_engine(load_settings(database_url=url))
    async for findings in random_findings(session_factory(engine), seed, queries):
        plan = plan_of(findings.parts[0], findings.moment, findings.devices)
        query = print_request(findings.request)
        for text in paraphrases(rng, plan, findings):
            verdict = verify(text, findings)
            passed.add(
                "said otherwise", f"{query}\n  {text}\n  {verdict.problems}", is_right=verdict.supported
            )
        text = filled(plan.pieces(), plan.slots)
        if verify(text, findings).supported:
            for kind, wrong in mutants(rng, text, findings):
                is_caught = not verify(wrong, findings).supported
                caught.add(kind, f"{query}\n  {text}\n  {wrong}", is_right=is_caught)
    await engine.dispose()
    return caught, passed


def assert_rates(caught: Tally, passed: Tally) -> None:
    print(f"falsified answers caught: {caught}\ntrue answers passed: {passed}")
    assert caught.all.total() > 100 < passed.all.total()
    assert caught.rate() >= CAUGHT, "\n".join([str(caught), *caught.examples[:12]])
    assert passed.rate() >= PASSED, "\n".join([str(passed), *passed.examples[:12]])


async def test_falsified_answers_are_caught_and_true_ones_pass(sqlite_url: str) -> None:
    assert_rates(*await fuzz(sqlite_url, 11, QUERIES))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 20 + MANY_FUZZERS))
async def test_many_falsified_answers_are_caught_and_true_ones_pass(sqlite_url: str, seed: int) -> None:
    assert_rates(*await fuzz(sqlite_url, seed, MANY_QUERIES))
