"""The oracle's tables of a query: a value for each group; see `query_forms`."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from api_service.assistant.query.query import Per
from tests.support.query_meaning import DAY_US, PERIODS, Meaning, NoAnswer, Place, Side
from tests.support.query_oracle import ADDITIVE, LEVELS, Span, Task, Where, at


class Tables(Meaning):
    def sides(self, where: Where, subjects: Any = None, spans: Any = None, measure: str = "") -> list[Side]:
        spans = self.spans if spans is None else spans
        subjects = self.subjects if subjects is None else subjects
        measure = measure or self.query.measure
        if measure == "last_seen":
            return [Side(None, self.last_seen(spans[0] if spans else None))]
        if not spans:
            return [Side(None, self.latest(where, subjects))]
        return [Side(span, self.table(span, where, subjects, measure)) for span in spans]

    def table(self, span: Span, where: Where, subjects: Any, measure: str) -> dict[Place, Any]:
        query, found = self.query, {}
        if measure == "cost" and not self.world.prices:
            raise NoAnswer("no_tariff")
        period = query.per.value if query.per and query.per.value in PERIODS else "window"
        if query.statistic == "trend":
            return self.trend(span, where, subjects, measure)
        over = self.measure.additive_over_time and self.statistic in ("mean", "min", "max", "median")
        collapse = (
            over and period in ("hour", "day", "week", "month") and query.order is None
            and query.ask in ("value", "when", "compare", "whether")
        )  # fmt: skip
        states: list[str | None] = [None]
        if query.per is Per.STATE:
            clusters = {c for own, _ in self.subjects.values() for c in own}
            states = sorted({r.state for c in clusters for r in self.world.readings[c] if r.state})
        for name, (clusters, minus) in subjects.items():
            for state in states:
                own = where if state is None else replace(where, state=("is", state))
                task = Task(
                    measure, self.statistic, tuple(sorted(clusters)), span, period, own, collapse, minus
                )
                for key, value in self.valuer.values(task).items():
                    found[name, state, key] = value
        return found

    def trend(self, span: Span, where: Where, subjects: Any, measure: str) -> dict[Place, Any]:
        period = "day" if span.end_us - span.start_us >= 8 * DAY_US else "hour"
        cut = self.valuer.cut(span, period)
        statistic = "sum" if self.measure.additive_over_time else "mean"
        found, any_points = {}, False
        for name, (clusters, minus) in subjects.items():
            task = Task(measure, statistic, tuple(sorted(clusters)), span, period, where, False, minus)
            values = self.valuer.values(task)
            any_points |= bool(values)
            points = []
            for key in sorted(set(values) - cut):
                edges = self.edges(span, period, key)
                if self.coverage(task, key) >= 0.5:
                    points.append((sum(edges) / 2, values[key]))
            if len(points) >= 3:
                slopes = [
                    (y1 - y0) / ((x1 - x0) / DAY_US)
                    for n, (x0, y0) in enumerate(points) for x1, y1 in points[n + 1 :]
                ]  # fmt: skip
                found[name, None, 0] = median(slopes)
        if any_points and not found:
            raise NoAnswer("too_short")
        return found

    def edges(self, span: Span, period: str, key: int) -> tuple[int, int]:
        lengths = [
            us
            for us in self.grid(span)
            if self.valuer.keys(us, period)[0] == key and self.valuer.kept(us, span)
        ]
        last = max(lengths)
        following = [us for us in (*self.grid(span), span.end_us) if us > last]
        return min(lengths), min(following)

    def grid(self, span: Span) -> list[int]:
        quarter = 900_000_000
        inner = {e for w in span.windows for e in w if span.start_us <= e < span.end_us}
        return sorted(
            {span.start_us, *inner, *range((span.start_us // quarter + 1) * quarter, span.end_us, quarter)}
        )

    def coverage(self, task: Task, key: int) -> float:
        """Of one device's or one total's curve over a period."""
        own = replace(task, measure="coverage", statistic="mean")
        if self.valuer.is_total(task):
            blocks = self.valuer.block(task.clusters, task.span, far=False)
            total = self.valuer.total(blocks, task.minus)
            gap = max(self.world.gap_us(c) for c in task.clusters)
            record = self.valuer.segments(total, task.span, gap)
            return float(self.valuer.coverage(replace(own, clusters=(-1,)), record)[key]) / 100
        return float(self.valuer.values(replace(own, where=Where()))[key]) / 100

    def latest(self, where: Where, subjects: Any) -> dict[Place, Any]:
        found, newest = {}, self.newest(subjects)
        for name, (clusters, minus) in subjects.items():
            rows = [newest[c] for c in sorted(clusters) if c in newest]
            rows = [r for r in rows if self.valuer.judged([r], where)[0][1]]
            if rows:
                found[name, None, 0] = self.of_newest(rows, minus)
        return found

    def newest(self, subjects: Any) -> dict[int, Any]:
        """Each device's newest reading that carries the measure, if it is fresh."""
        is_state, now = self.query.measure == "state", self.world.now_us
        found = {}
        for cluster in {c for own, _ in subjects.values() for c in own}:
            rows = [r for r in self.world.readings[cluster] if (r.state if is_state else self.carries(r))]
            if rows:
                found[cluster] = rows[-1]
        fresh = {
            c: r for c, r in found.items() if r.us >= now - max(self.world.gap_us(c), 900_000_000)
        }  # fmt: skip
        if found and not fresh:
            raise NoAnswer("stale")
        return fresh

    def of_newest(self, rows: list[Any], minus: Sequence[int]) -> Any:
        measure = self.query.measure
        if measure == "state":
            last = max(r.us for r in rows)
            return next(r.state for r in rows if r.us == last)
        levels = [r.level(measure) or 0.0 for r in rows]
        if measure in ADDITIVE:
            return sum(-v if r.cluster in minus else v for r, v in zip(rows, levels, strict=True))
        if measure == "power_factor" and len(rows) > 1:
            both = [r.values for r in rows if {"real_power_watt", "apparent_power"} <= r.values.keys()]
            apparent = sum(v["apparent_power"] * 1000 for v in both)
            if apparent:
                return sum(v["real_power_watt"] for v in both) / apparent
        return sum(levels) / len(rows)

    def carries(self, reading: Any) -> bool:
        name = "power_factor" if self.query.measure == "power_factor" else LEVELS[self.query.measure][0]
        return name in reading.values

    def last_seen(self, span: Span | None) -> dict[Place, Any]:
        test = self.query.where.state.test.value if self.query.where.state else None
        found = {}
        for name, (clusters, _) in self.subjects.items():
            seen, now = {}, self.world.now_us
            for c in clusters:
                rows = self.world.readings[c]
                inside = rows if span is None else [r for r in rows if span.start_us <= r.us < span.end_us]
                fresh = rows[-1].us >= now - max(self.world.gap_us(c), 900_000_000)
                reports = fresh if span is None else bool(inside)
                kept = {"silent": not reports, "reporting": reports, None: bool(inside)}[test]
                if kept:
                    seen[c] = inside or rows
            if seen:
                is_first = self.query.statistic == "first"
                ends = [rows[0].us if is_first else rows[-1].us for rows in seen.values()]
                found[name, None, 0] = at(min(ends) if is_first else max(ends))
        return found
