"""`python -m benchmarks.assistant`: how right are the answers? Real services, households with known truth."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.assistant import report
from benchmarks.assistant.asking import Answered, Item, asked, items, prepared
from benchmarks.assistant.households.plans import SIMULATED, HouseholdPlan
from benchmarks.assistant.households.recorded import recorded
from benchmarks.assistant.households.served import served
from benchmarks.assistant.judging.judge import EXACT
from benchmarks.assistant.launch import Stack, stack
from benchmarks.assistant.questions.sources import chains

QUICK_ITEMS = 105
QUICK_HOUSEHOLDS = ("spring", "similar")


def main(arguments: list[str] | None = None) -> int:
    """Run, print and judge: 0 within the limits, 1 when more was wrong or unsupported than allowed."""
    given = _parser().parse_args(arguments)
    pool = [item for item in items(chains(given.split)) if given.source in item.source]
    plans = [
        plan for plan in (*SIMULATED, *recorded()) if not given.household or plan.name in given.household
    ]
    if given.quick:
        pool = pool[:QUICK_ITEMS]
        plans = [plan for plan in plans if plan.name in QUICK_HOUSEHOLDS]
    pool = pool[: given.limit : given.every]
    settings = dict(pair.split("=", 1) for pair in given.setting)
    results: list[Answered] = []
    try:
        with stack(settings) as services:
            results.extend(_watched(_results(services, plans, pool), given))
    except KeyboardInterrupt:
        print(f"interrupted after {len(results)} questions", file=sys.stderr)
    return _finish(given, results)


def _results(services: Stack, plans: Sequence[HouseholdPlan], pool: Sequence[Item]) -> Iterator[Answered]:
    """Each household gets its share; what does not fit there goes on to the next one."""
    shares: list[list[Item]] = [list(pool[at :: len(plans)]) for at in range(len(plans))]
    for place, plan in enumerate(plans):
        with served(services, plan) as household:
            last = place == len(plans) - 1
            cases, elsewhere = prepared(household, shares[place], last=last)
            if not last:
                shares[place + 1] += elsewhere
            yield from asked(household, cases)


def _watched(results: Iterator[Answered], given: argparse.Namespace) -> Iterator[Answered]:
    """Shows what went wrong in the dev split; of the test split nothing unless asked for."""
    for one in results:
        if given.verbose or (given.split == "dev" and one.judgement.verdict != EXACT):
            print(f"[{one.judgement.verdict}] {one.household} {one.case}: {one.gold.turn.text}")
            print(f"    {one.body.get('response')}   ({one.body.get('confidence')})", flush=True)
            for reason in (*one.judgement.reasons, *(f"unsupported {n}" for n in one.loose)):
                print(f"    - {reason}")
        yield one


def _finish(given: argparse.Namespace, results: Sequence[Answered]) -> int:
    figures = report.summary(results)
    print(f"split {given.split}, {figures['questions']} questions\n{report.table(figures)}")
    if given.json:
        text = json.dumps(report.as_json(results), indent=1, ensure_ascii=False)
        Path(given.json).write_text(text, encoding="utf-8")
    if not results or figures["unsupported_numbers"] > given.max_unsupported or figures["broken"]:
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.assistant", description=__doc__)
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="which questions (test)")
    parser.add_argument("--quick", action="store_true", help="about 120 questions of two households")
    parser.add_argument("--household", action="append", help="only this one; may be given again")
    parser.add_argument("--source", default="", help="only files whose name contains this")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th conversation")
    parser.add_argument("--limit", type=int, help="at most so many conversations")
    parser.add_argument("--setting", action="append", default=[], help="NAME=VALUE for all services")
    parser.add_argument("--max-unsupported", type=int, default=0, help="exit 1 above so many (0)")
    parser.add_argument("--json", help="write figures and every answer to this file")
    parser.add_argument("--verbose", action="store_true", help="print every answer, of the test split too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
