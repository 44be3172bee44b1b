"""`python -m benchmarks.assistant`: how right are the answers? Real services, simulated homes."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from benchmarks.assistant import report
from benchmarks.assistant.cases import Case, CaseWriter
from benchmarks.assistant.client import ChatClient
from benchmarks.assistant.gold.ground_truth import Truth
from benchmarks.assistant.phrasings import read
from benchmarks.assistant.run import run_cases
from simulator import BENCHMARK_SEEDS_FROM, Household, household, sample

FIRST_SEED = {"dev": BENCHMARK_SEEDS_FROM, "test": BENCHMARK_SEEDS_FROM + 700}
MOST_HOUSEHOLDS = 300


def main(arguments: list[str] | None = None) -> int:
    """Run, print and judge: 0 within the limits, 1 when more was wrong or unsupported than allowed."""
    given = _arguments(arguments)
    results: list[report.Result] = []
    with ExitStack() as cleanup:
        services = None
        if given.url is None and not given.list:
            from benchmarks.assistant.launch import stack

            services = cleanup.enter_context(stack(given.database_url))
        for name, home in _homes(given):
            truth = Truth.of(home)
            cases = list(_cases(given, truth, home))
            if given.list:
                _print_cases(name, cases)
                continue
            with ExitStack() as one:
                url = given.url or (one.enter_context(services.serving(name, home)) if services else "")
                client = ChatClient(url, given.api_key)
                results += _watched(name, run_cases(name, truth, cases, client), given)
    if given.list:
        return 0
    return _finish(given, results)


def _homes(given: argparse.Namespace) -> Iterator[tuple[str, Household]]:
    """The sample household and so many random ones; with `--url` the one that is served there."""
    if given.seed is not None:
        yield f"seed-{given.seed}", household(given.seed)
        return
    yield "sample", sample()
    if given.url is None and given.database_url is None:
        for seed in range(FIRST_SEED[given.split], FIRST_SEED[given.split] + given.households):
            yield f"seed-{seed}", household(seed)


def _cases(given: argparse.Namespace, truth: Truth, home: Household) -> Iterator[Case]:
    cases = CaseWriter(truth, read(given.split), home.seed).cases()
    chosen = (case for case in cases if given.type is None or case.kind.startswith(given.type))
    return islice(chosen, 0, given.limit, given.every)


def _print_cases(name: str, cases: list[Case]) -> None:
    for case in cases:
        for turn in case.turns:
            right = turn.accepted[0] if turn.accepted else f"refuse: {turn.refusal}"
            print(f"{name}\t{case.identity}\t{case.kind}\t{turn.text}\t{right}")


def _watched(name: str, results: Iterator[report.Result], given: argparse.Namespace) -> list[report.Result]:
    """Of the test split nothing is shown unless asked for: whoever tunes must not see its questions."""
    kept = []
    for result in results:
        kept.append(result)
        if given.verbose or (given.split == "dev" and result.score.verdict != "exact"):
            print(f"[{result.score.verdict}] {name} {result.kind}: {result.question}\n    {result.response}")
            for reason in (*result.score.reasons, *(f"unsupported {n}" for n in result.score.unsupported)):
                print(f"    - {reason}")
    return kept


def _finish(given: argparse.Namespace, results: list[report.Result]) -> int:
    figures = report.summary(results)
    print(f"\nsplit {given.split}, {figures['questions']} questions\n\n{report.table(figures)}")
    if given.json:
        text = json.dumps(report.as_json(results), indent=1, ensure_ascii=False)
        Path(given.json).write_text(text, encoding="utf-8")
    wrong = figures["all"]["wrong"]
    if wrong > given.max_wrong or figures["unsupported_numbers"] > given.max_unsupported or not results:
        print(
            f"\nabove the limit: {wrong} wrong (at most {given.max_wrong}), {figures['unsupported_numbers']} "
            f"unsupported numbers (at most {given.max_unsupported})",
            file=sys.stderr,
        )
        return 1
    return 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.seed is not None and given.seed < BENCHMARK_SEEDS_FROM:
        parser.error(f"--seed: benchmark households have seeds from {BENCHMARK_SEEDS_FROM} on")
    if not 0 <= given.households <= MOST_HOUSEHOLDS:
        parser.error(f"--households: 0 to {MOST_HOUSEHOLDS}")
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.assistant", description=__doc__)
    parser.add_argument(
        "--split", choices=("dev", "test"), default="test", help="which phrasings (default test)"
    )
    parser.add_argument("--households", type=int, default=3, help="random households besides the sample (3)")
    parser.add_argument("--seed", type=int, help="only the random household of this seed")
    parser.add_argument(
        "--url", help="ask a running service that serves the sample (or --seed) with CLOCK=latest"
    )
    parser.add_argument(
        "--database-url", help="use this empty database instead of fresh SQLite files; one household"
    )
    parser.add_argument("--api-key", help="sent as X-API-Key")
    parser.add_argument("--type", help="only types that begin with this, such as energy or refuse:")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th case")
    parser.add_argument("--limit", type=int, help="at most so many cases per household, before --every")
    parser.add_argument("--max-wrong", type=int, default=0, help="exit 1 above so many wrong answers (0)")
    parser.add_argument("--max-unsupported", type=int, default=0, help="the same for unsupported numbers (0)")
    parser.add_argument("--json", help="write figures and every result to this file")
    parser.add_argument("--verbose", action="store_true", help="print every answer, of the test split too")
    parser.add_argument(
        "--list", action="store_true", help="print the questions with their truth, ask nothing"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
