"""From judged answers to the tables that are printed and kept as JSON."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from api_service.assistant.query.linear import print_request
from api_service.assistant.query.query import Query
from benchmarks.assistant.asking import Answered
from benchmarks.assistant.calibration import auroc, expected_error
from benchmarks.assistant.judging.judge import BROKEN, DECLINED, EXACT, FALSE_ANSWER, MISREAD

VERDICTS = (EXACT, MISREAD, DECLINED, FALSE_ANSWER, BROKEN)
SURE = 0.5


def is_answerable(one: Answered) -> bool:
    """Whether the data hold an answer."""
    return one.gold.form != "decline"


def summary(results: Sequence[Answered]) -> dict[str, Any]:
    """All figures of a run, ready for JSON; rates are shares between 0 and 1, None where nothing counts."""
    able = [one for one in results if is_answerable(one)]
    singles = [one for one in able if one.turns == 1]
    must = [one for one in results if not is_answerable(one)]
    exact = [one for one in able if one.judgement.verdict == EXACT]
    answered = [one for one in able if one.judgement.verdict in (EXACT, MISREAD)]
    wrong = [one for one in results if one.judgement.verdict in (MISREAD, FALSE_ANSWER)]
    waits = [one.latency_s for one in results]
    return {
        "questions": len(results),
        "answerable": len(able),
        "exact": _share(len(exact), len(able)),
        "exact_single": _share(sum(one.judgement.verdict == EXACT for one in singles), len(singles)),
        "dialogues_whole": _dialogues(results),
        "misread": _share(sum(one.judgement.verdict == MISREAD for one in able), len(able)),
        "declined": _share(sum(one.judgement.verdict == DECLINED for one in able), len(able)),
        "must_decline": len(must),
        "refusal_recall": _share(sum(one.judgement.verdict == EXACT for one in must), len(must)),
        "wrong_and_sure": sum(_confidence(one) > SURE for one in wrong),
        "wrong_and_sure_share": _share(sum(_confidence(one) > SURE for one in wrong), len(results)),
        "broken": sum(one.judgement.verdict == BROKEN for one in results),
        "unsupported_numbers": sum(len(one.loose) for one in results),
        "ece": expected_error(_confidences(able), _rights(able)),
        "auroc": auroc(_confidences(able), _rights(able)),
        "ece_answered": expected_error(_confidences(answered), _rights(answered)),
        "auroc_answered": auroc(_confidences(answered), _rights(answered)),
        "own_words": _share(sum(one.body.get("answered_by") == "model" for one in exact), len(exact)),
        "latency_p50_s": float(np.percentile(waits, 50)) if waits else None,
        "latency_p95_s": float(np.percentile(waits, 95)) if waits else None,
        "parts": _grouped(able, parts),
        "declines": _grouped(must, lambda one: iter([one.gold.reason])),
        "sources": _grouped(results, lambda one: iter([one.case.split(":")[0]])),
        "households": _grouped(results, lambda one: iter([one.household])),
    }


def _confidence(one: Answered) -> float:
    return float(one.body.get("confidence", 0.0))


def _confidences(results: Sequence[Answered]) -> list[float]:
    return [_confidence(one) for one in results]


def _rights(results: Sequence[Answered]) -> list[bool]:
    return [one.judgement.verdict == EXACT for one in results]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _dialogues(results: Sequence[Answered]) -> dict[str, Any]:
    """Conversations of two turns or more, and how many of them were right throughout."""
    turns: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in results:
        if one.turns > 1:
            turns[one.household, one.case].append(one.judgement.verdict == EXACT)
    whole = sum(all(own) for own in turns.values())
    return {"asked": len(turns), "exact": whole, "share": _share(whole, len(turns))}


def _grouped(
    results: Sequence[Answered], labels: Callable[[Answered], Iterator[str]]
) -> dict[str, dict[str, int]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in results:
        for label in labels(one):
            counts[label][one.judgement.verdict] += 1
    return {label: dict(counts[label]) for label in sorted(counts)}


def parts(one: Answered) -> Iterator[str]:
    """The parts of the algebra that a question uses."""
    query = one.gold.query
    if not isinstance(query, Query):
        yield f"other {one.gold.form}"
        return
    yield f"ask {query.ask.value}"
    yield f"measure {query.measure}"
    yield f"statistic {query.statistic.value}"
    yield f"per {query.per.value if query.per else '-'}"
    yield f"devices {query.devices.scope.value}"
    yield from _conditions(query)
    windows = query.windows
    yield (
        f"windows {windows.form.value}{' two' if len(windows.slots) == 2 else ''}" if windows else "windows -"
    )
    if query.usual:
        yield "relation usual"
    if query.relation:
        yield f"relation {query.relation.kind.value}"


def _conditions(query: Query) -> Iterator[str]:
    where, order = query.where, query.order
    for name, part in (("state", where.state), ("limit", where.bounds), ("hours", where.hours)):
        if part:
            yield f"where {name}"
    if query.having:
        yield f"having {query.having.kind.value}"
    if order:
        place = "limit" if order.limit is not None else "rank" if order.rank is not None else ""
        yield f"order {order.end.value} {place}".rstrip()
    if query.every:
        yield "every"


def table(figures: dict[str, Any]) -> str:
    """The figures as tables for people."""
    lines = []
    for title in ("parts", "declines", "sources", "households"):
        lines += ["", f"{title:<28}{'asked':>6}" + "".join(f"{verdict:>14}" for verdict in VERDICTS)]
        for label, counts in figures[title].items():
            cells = "".join(f"{counts.get(verdict, 0):>14}" for verdict in VERDICTS)
            lines.append(f"{label:<28}{sum(counts.values()):>6}{cells}")
    return "\n".join([*lines, "", *_figures(figures)])


def _figures(figures: dict[str, Any]) -> list[str]:
    dialogues, able, must = figures["dialogues_whole"], figures["answerable"], figures["must_decline"]
    percent = {key: _percent(value) for key, value in figures.items() if not isinstance(value, dict)}
    plain = {key: _plain(value) for key, value in figures.items() if not isinstance(value, dict)}
    rows = (
        (f"exact of {able} answerable", f"{percent['exact']} (single {percent['exact_single']})"),
        ("whole dialogues", f"{dialogues['exact']} of {dialogues['asked']}"),
        ("misread / declined though possible", f"{percent['misread']} / {percent['declined']}"),
        (f"declined of {must} that must be", percent["refusal_recall"]),
        (
            "wrong with confidence above 0.5",
            f"{figures['wrong_and_sure']} ({percent['wrong_and_sure_share']})",
        ),
        ("unsupported numbers, broken", f"{figures['unsupported_numbers']}, {figures['broken']}"),
        ("ECE / AUROC of answerable", f"{plain['ece']} / {plain['auroc']}"),
        ("ECE / AUROC of answered", f"{plain['ece_answered']} / {plain['auroc_answered']}"),
        ("exact in the model's own words", percent["own_words"]),
        ("latency p50 / p95", f"{plain['latency_p50_s']} / {plain['latency_p95_s']} s"),
    )
    return [f"{name:<40}{value}" for name, value in rows]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def as_json(results: Sequence[Answered]) -> dict[str, Any]:
    """The figures and every single answer."""
    return {"summary": summary(results), "results": [_flat(one) for one in results]}


def _flat(one: Answered) -> dict[str, Any]:
    expected = one.gold.expected
    return {
        "household": one.household,
        "case": one.case,
        "turn": one.turn,
        "question": one.gold.turn.text,
        "query": print_request(one.gold.turn.request),
        "form": one.gold.form,
        "reason": one.gold.reason,
        "rows": [[list(place), str(value)] for place, value in expected.rows[:12]] if expected else [],
        "verdict": one.judgement.verdict,
        "reasons": list(one.judgement.reasons),
        "unsupported": list(one.loose),
        "read": one.explained.get("query"),
        "kind": one.explained.get("kind"),
        "features": one.explained.get("features"),
        "confidence": _confidence(one),
        "answered_by": one.body.get("answered_by"),
        "response": one.body.get("response"),
        "latency_s": round(one.latency_s, 3),
    }
