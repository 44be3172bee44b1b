"""Fitting the confidence to a run of the benchmark: which answers count, and what the plot shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.assistant.fit_confidence import judged, main
from benchmarks.assistant.reliability_plot import reliability_svg


def result(verdict: str, form: str = "rows", **features: float) -> dict[str, Any]:
    return {"verdict": verdict, "form": form, "features": features or None}


def test_answers_count_and_refusals_do_not() -> None:
    run = [
        result("exact", reading_doubt=0.1),
        result("misread", reading_doubt=2.0),
        result("false answer", "decline", reading_doubt=3.0),
        result("declined", reading_doubt=5.0),
        result("exact", "decline", reading_doubt=5.0),
        result("exact", "explain", reading_doubt=5.0),
        result("exact"),
    ]
    assert judged(run) == [
        ({"reading_doubt": 0.1}, True),
        ({"reading_doubt": 2.0}, False),
        ({"reading_doubt": 3.0}, False),
    ]


def test_fit_of_a_run_reports_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, plot = tmp_path / "dev.json", tmp_path / "plot.svg"
    results = [result("exact", reading_doubt=0.0)] * 40 + [result("misread", reading_doubt=4.0)] * 20
    run.write_text(json.dumps({"results": results}), encoding="utf-8")
    assert main([str(run), "--plot", str(plot)]) == 0
    assert "60 answers, 40 right" in capsys.readouterr().out
    assert "AUROC 1.000" in plot.read_text(encoding="utf-8")


def test_nothing_to_fit_without_wrong_answers(tmp_path: Path) -> None:
    run = tmp_path / "dev.json"
    run.write_text(json.dumps({"results": [result("exact", reading_doubt=0.0)]}), encoding="utf-8")
    assert main([str(run)]) == 1


def test_plot_has_a_dot_for_each_bin_that_holds_answers() -> None:
    drawn = reliability_svg("title", [0.95, 0.96, 0.12], [True, True, False])
    assert drawn.count("<circle") == 2
    assert "2 answers: confidence 0.95" in drawn or "2 answers: confidence 0.96" in drawn
