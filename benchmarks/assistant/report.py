"""From single scores to the tables that are printed and kept as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.assistant.judging.scoring import Score


@dataclass(frozen=True)
class Result:
    """One asked question with its score. `kind` is the type it is reported under."""

    household: str
    case: str
    kind: str
    question: str
    response: str
    score: Score
    latency_s: float

    @property
    def answerable(self) -> bool:
        """Whether the data could answer it."""
        return not self.kind.startswith("refuse:")


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """All figures of a run, ready for JSON; rates are shares between 0 and 1, None where nothing counts."""
    kinds = sorted({result.kind for result in results}, key=lambda kind: (kind.startswith("refuse:"), kind))
    answerable = [result for result in results if result.answerable]
    must_refuse = [result for result in results if not result.answerable]
    exact = [result for result in answerable if result.score.verdict == "exact"]
    latencies = [result.latency_s for result in results]
    return {
        "questions": len(results),
        "types": {kind: _counts([r for r in results if r.kind == kind]) for kind in kinds},
        "all": _counts(results),
        "exact_share_answerable": _share(len(exact), len(answerable)),
        "refusal_recall": _share(sum(r.score.verdict == "exact" for r in must_refuse), len(must_refuse)),
        "false_refusals": sum(r.score.verdict == "declined" for r in answerable),
        "unsupported_numbers": sum(len(r.score.unsupported) for r in results),
        "answered_by_model_share": _share(sum(r.score.answered_by == "model" for r in exact), len(exact)),
        "latency_p50_s": float(np.percentile(latencies, 50)) if latencies else None,
        "latency_p95_s": float(np.percentile(latencies, 95)) if latencies else None,
        "calibration": calibration(
            [r.score.confidence for r in answerable], [r.score.verdict == "exact" for r in answerable]
        ),
    }


def _counts(results: Sequence[Result]) -> dict[str, int]:
    verdicts = [result.score.verdict for result in results]
    return {
        "asked": len(results),
        **{verdict: verdicts.count(verdict) for verdict in ("exact", "declined", "wrong")},
        "model": sum(result.score.answered_by == "model" for result in results),
        "unsupported": sum(len(result.score.unsupported) for result in results),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def calibration(confidences: Sequence[float], right: Sequence[bool]) -> dict[str, float | None]:
    """Expected calibration error over ten equal bins, and the area under the ROC curve of the confidence."""
    if not confidences:
        return {"ece": None, "auroc": None}
    confidence, correct = np.asarray(confidences, float), np.asarray(right, float)
    bins = np.minimum((confidence * 10).astype(int), 9)
    error = sum(
        (bins == number).mean() * abs(confidence[bins == number].mean() - correct[bins == number].mean())
        for number in range(10)
        if (bins == number).any()
    )
    good, bad = confidence[correct > 0], confidence[correct == 0]
    auroc = None
    if len(good) and len(bad):
        above = (good[:, None] > bad[None, :]).mean() + 0.5 * (good[:, None] == bad[None, :]).mean()
        auroc = float(above)
    return {"ece": float(error), "auroc": auroc}


def table(figures: dict[str, Any]) -> str:
    """The figures as a table for people."""
    lines = [
        f"{'type':<24}{'asked':>7}{'exact':>7}{'declined':>10}{'wrong':>7}{'model':>7}{'unsupported':>13}"
    ]
    for kind, counts in [*figures["types"].items(), ("all", figures["all"])]:
        lines.append(
            f"{kind:<24}{counts['asked']:>7}{counts['exact']:>7}{counts['declined']:>10}{counts['wrong']:>7}"
            f"{counts['model']:>7}{counts['unsupported']:>13}"
        )
    lines += [
        "",
        f"exact answers of answerable questions   {_percent(figures['exact_share_answerable'])}",
        f"refused of what must be refused         {_percent(figures['refusal_recall'])}",
        f"false refusals                          {figures['false_refusals']}",
        f"unsupported numbers                     {figures['unsupported_numbers']}",
        f"exact answers in the model's own words  {_percent(figures['answered_by_model_share'])}",
        f"latency p50 / p95                       {_seconds(figures['latency_p50_s'])} / "
        f"{_seconds(figures['latency_p95_s'])}",
        f"confidence: ECE / AUROC                 {_plain(figures['calibration']['ece'])} / "
        f"{_plain(figures['calibration']['auroc'])}",
    ]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f} s"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """The figures and every single result."""
    return {"summary": summary(results), "results": [asdict(result) for result in results]}
