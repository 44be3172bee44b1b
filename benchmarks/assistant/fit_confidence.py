"""`python -m benchmarks.assistant.fit_confidence DEV.json`: fits the confidence to judged answers.

Reads what `python -m benchmarks.assistant --split dev --json DEV.json` wrote. Only answers count, no
refusals; an answer where there had to be a refusal is a wrong one. `--write` replaces the product's table,
`--check` reports it on another run, `--plot` draws the reliability of that one.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api_service.assistant.verification.certainty.confidence import assess
from api_service.assistant.verification.certainty.fitting import Judged, blended, fit
from api_service.assistant.verification.certainty.table import TABLE_FILE, Table, load_table, write_table
from benchmarks.assistant.calibration import auroc, expected_error
from benchmarks.assistant.judging.judge import EXACT, FALSE_ANSWER, MISREAD
from benchmarks.assistant.reliability_plot import reliability_svg


def judged(results: Sequence[dict[str, Any]]) -> list[Judged]:
    """The features of every answer of a run, and whether it was right."""
    answers: list[Judged] = []
    for one in results:
        claims_data = one["form"] in ("rows", "summary") and one["verdict"] in (EXACT, MISREAD)
        if one["features"] and (claims_data or one["verdict"] == FALSE_ANSWER):
            answers.append((dict(one["features"]), one["verdict"] == EXACT))
    return answers


def main(arguments: list[str] | None = None) -> int:
    """Fit, report before and after; 1 where there is nothing to fit."""
    given = _parser().parse_args(arguments)
    answers = _read(given.runs)
    if len({is_right for _, is_right in answers}) < 2:
        print("fitting needs right and wrong answers with features", file=sys.stderr)
        return 1
    before = load_table()
    after = blended(before, fit(answers, before, f"{given.source}, {len(answers)} answers"), given.keep)
    checked = _read(given.check) if given.check else answers
    for name, rows in (("fitted on", answers), ("checked on", checked)):
        for label, table in (("before", before), ("after", after)):
            print(f"{name:<11} {label:<7} {_figures(rows, table)}")
    for feature, weight in after.weights.items():
        print(f"{feature:<16} {before.weights[feature]:8.3f} -> {weight:8.3f}")
    if given.write:
        write_table(after, TABLE_FILE)
    if given.plot:
        Path(given.plot).write_text(_plot(given.title, checked, after), encoding="utf-8")
    return 0


def _read(runs: Sequence[str]) -> list[Judged]:
    return [
        one for run in runs for one in judged(json.loads(Path(run).read_text(encoding="utf-8"))["results"])
    ]


def _confidences(answers: Sequence[Judged], table: Table) -> list[float]:
    return [assess(features, table).probability for features, _ in answers]


def _figures(answers: Sequence[Judged], table: Table) -> str:
    confidences, right = _confidences(answers, table), [is_right for _, is_right in answers]
    error, area = expected_error(confidences, right), auroc(confidences, right)
    sure = sum(c > 0.5 and not is_right for c, is_right in zip(confidences, right, strict=True))
    return (
        f"{len(right)} answers, {sum(right)} right, ECE {error or 0:.3f}, AUROC {area or 0:.3f}, "
        f"wrong above 0.5: {sure}"
    )


def _plot(title: str, answers: Sequence[Judged], table: Table) -> str:
    return reliability_svg(title, _confidences(answers, table), [is_right for _, is_right in answers])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.assistant.fit_confidence", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="DEV.json", help="runs of the dev split")
    parser.add_argument("--check", action="append", help="a run of the test split to report on")
    parser.add_argument("--source", default="the dev split", help="what the table says it was fitted on")
    parser.add_argument("--keep", type=float, default=0.0, help="part of the table before that is kept (0)")
    parser.add_argument("--title", default="Confidence of answers", help="of the plot")
    parser.add_argument("--write", action="store_true", help="replace the product's table")
    parser.add_argument("--plot", metavar="SVG", help="draw the reliability of the answers checked on")
    return parser


if __name__ == "__main__":
    sys.exit(main())
