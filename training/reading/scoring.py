"""How well questions are read: exact queries, in all and by part of the algebra."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from api_service.assistant.query.query import Explain, Outcome, Query, Request, Summary
from training.reading.reading import Reading


@dataclass(frozen=True)
class Answer:
    """A query as the model read it, with the natural log of its probability among what the grammar allows."""

    text: str
    logprob: float
    margin: float


@dataclass
class ReadingScores:
    """Counts by part; `failures` are pairs of a reading and what was read instead."""

    total: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[Reading, Answer]] = field(default_factory=list)

    def share(self, part: str = "all") -> float:
        """Share of exact queries of a part."""
        return self.exact[part] / max(1, self.total[part])


def score_readings(readings: Sequence[Reading], answers: Sequence[Answer]) -> ReadingScores:
    """Compare what was read with what is right, word for word of the linear form."""
    scores = ReadingScores()
    for reading, answer in zip(readings, answers, strict=True):
        is_exact = answer.text == reading.target
        for part in {"all", *parts_of(reading)}:
            scores.total[part] += 1
            scores.exact[part] += is_exact
        if not is_exact:
            scores.failures.append((reading, answer))
    return scores


def parts_of(reading: Reading) -> Iterator[str]:
    """The parts of the algebra that a pair exercises."""
    yield "follow-up" if reading.previous else "single"
    yield from _request_parts(reading.request)


def _request_parts(request: Request) -> Iterator[str]:
    if isinstance(request, Outcome):
        yield f"outcome {request.value}"
        yield "outcome"
    elif isinstance(request, (Explain, Summary)):
        yield type(request).__name__.lower()
    else:
        yield from _query_parts(request)


def _query_parts(query: Query) -> Iterator[str]:
    yield "query"
    yield f"ask {query.ask.value}"
    yield f"measure {query.measure}"
    yield f"statistic {query.statistic.value}"
    yield f"devices {query.devices.scope.value}"
    named: dict[str, object] = {
        "per": query.per,
        "order": query.order,
        "having": query.having,
        "usual": query.usual,
    }
    named |= {
        "relation": query.relation,
        "windows": query.windows,
        "where": query.where,
        "every": query.every,
    }
    for name, value in named.items():
        if value:
            kind = getattr(value, "kind", getattr(value, "form", None))
            yield f"{name} {kind.value}" if kind else name
    if query.where.hours:
        yield f"hours {query.where.hours.test.value}"
    if query.where.state:
        yield f"state {query.where.state.test.value}"


def by_error(failures: Sequence[tuple[Reading, Answer]]) -> Counter[str]:
    """The first word in which each wrong query differs: "right > read"."""
    found: Counter[str] = Counter()
    for reading, answer in failures:
        right, read = [*reading.target.split(), "end"], [*answer.text.split(), "end"]
        pairs = [(a, b) for a, b in zip(right, read, strict=False) if a != b]
        found[f"{pairs[0][0]} > {pairs[0][1]}" if pairs else "length"] += 1
    return found


def report(scores: ReadingScores, errors: int = 20) -> None:
    """Print the share of exact queries of each part, and the commonest errors."""
    for part, total in sorted(scores.total.items()):
        print(f"{part:28} {total:5d}  exact {scores.share(part):6.1%}")
    for error, count in by_error(scores.failures).most_common(errors):
        print(f"{count:4d}  {error}")
