"""What the oracle takes a query to mean: subjects, spans and conditions; see `query_forms`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from api_service.assistant.execution.bindings import Bindings
from api_service.assistant.query.query import Bound, Per, Query
from tests.support.query_oracle import LEVELS, Hours, Span, Where, World, moment_us
from tests.support.query_values import Valuer

DAY_US = 86_400_000_000
PERIODS = {"hour", "day", "week", "month", "hour_of_day", "weekday", "weekday_or_weekend"}
Place = tuple[str, str | None, int]  # subject, state, period


class NoAnswer(Exception):
    """The reason."""


@dataclass
class Expected:
    rows: list[tuple[Place, Any]]
    verdict: bool | None = None
    count: int | None = None
    spans: list[tuple[int, int]] | None = None


@dataclass
class Side:
    span: Span | None
    values: dict[Place, Any]


def order_of(values: dict[Place, Any], names: list[str]) -> list[tuple[Place, Any]]:
    return sorted(values.items(), key=lambda item: (names.index(item[0][0]), item[0][1] or "", item[0][2]))


class Meaning:
    def __init__(self, world: World, names: dict[int, str], groups: dict[int, tuple[str, ...]]) -> None:
        self.world, self.names, self.groups = world, names, groups
        self.valuer = Valuer(world)

    query: Query
    bindings: Bindings

    # --- what is meant ------------------------------------------------------------------------------------

    def parts(self) -> list[int]:
        return [c for c in self.names if c not in self.world.mains] or list(self.world.mains)

    def whole(self) -> tuple[int, ...]:
        if self.measure.additive_over_devices and self.world.mains:
            return tuple(self.world.mains)
        is_level = self.query.measure in LEVELS or self.query.measure == "power_factor"
        if is_level and not self.measure.additive_over_devices:
            return tuple(self.names)
        return tuple(self.parts())

    def subjects_of(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """By name: clusters, and those of them that are subtracted."""
        query, scope = self.query, self.query.devices.scope.value
        named = [self.bindings.devices[slot] for slot in query.devices.slots]
        if scope == "rest":
            return self.rest()
        chosen = self.chosen(scope, [c for s in named for c in s.clusters])
        if query.grouping is Per.DEVICE:
            return {self.names[c]: ((c,), ()) for c in chosen}
        if query.grouping is Per.GROUP:
            return self.grouped(chosen)
        if scope == "these":
            return {s.name: (s.clusters, ()) for s in named}
        return {"": (tuple(chosen) if scope == "but" else self.whole(), ())}

    def rest(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        if not self.world.mains:
            raise NoAnswer("no_mains")
        minus = tuple(self.parts())
        return {"": (tuple(sorted((*self.world.mains, *minus))), minus)}

    def chosen(self, scope: str, mentioned: list[int]) -> list[int]:
        if scope == "these":
            return list(dict.fromkeys(mentioned))
        return [c for c in self.parts() if scope != "but" or c not in mentioned]

    def grouped(self, chosen: list[int]) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        found: dict[str, list[int]] = {}
        for cluster in chosen:
            for group in self.groups.get(cluster, ()):
                found.setdefault(group, []).append(cluster)
        if not found:
            raise NoAnswer("no_groups")
        return {name: (tuple(found[name]), ()) for name in sorted(found)}

    def spans_of(self) -> list[Span]:
        query, now = self.query, self.world.now_us
        default = self.default()
        spans = self.without_windows(default) if query.windows is None else self.with_windows()
        if not spans and query.where.hours:
            spans = [default]
        if any(span.start_us >= now for span in spans):
            raise NoAnswer("future")
        past = [tuple((a, min(b, now)) for a, b in s.windows if a < now) for s in spans]
        spans = [replace(s, end_us=kept[-1][1], windows=kept) for s, kept in zip(spans, past, strict=True)]
        if query.where.hours:
            negate = query.where.hours.test == "outside"
            spans = [
                replace(span, hours=(*span.hours, *turned(hours_of(self.bindings.hours[slot]), negate)))
                for span in spans
                for slot in query.where.hours.slots
            ]
        if query.usual and not spans:
            spans = [Span(now - DAY_US // 24, now, ((now - DAY_US // 24, now),))]
        return spans

    def ever(self) -> Span:
        first = min(rows[0].us for rows in self.world.readings.values())
        return Span(first, self.world.now_us, ((first, self.world.now_us),))

    def default(self) -> Span:
        query, now = self.query, self.world.now_us
        if query.per and query.per.value in PERIODS and query.per.value != "hour":
            return self.ever()
        conditions = [
            self.bindings.hours[slot] for slot in (query.where.hours.slots if query.where.hours else ())
        ]
        parts = [part for condition in conditions for term in condition.terms for part in term.recurrences]
        days = 7 if any(len(part.weekdays) < 7 for part in parts) else 1
        if self.is_rare():
            days = 30
            if self.ever().start_us >= now - days * DAY_US:
                return self.ever()
        return Span(now - days * DAY_US, now, ((now - days * DAY_US, now),))

    def is_rare(self) -> bool:
        """Times, extremes, counts, trends, mean lengths of runs, gaps and the like, limits crossed."""
        query, statistic, where = self.query, self.query.statistic.value, self.query.where
        if query.usual:
            return False
        if query.ask == "when" or statistic in ("min", "max", "count", "trend"):
            return True
        if query.measure in ("gaps", "samples", "coverage", "switch_ons"):
            return True
        if query.measure in ("on_time", "duration"):
            return statistic == "mean" and query.per is not Per.HOUR
        is_looked_for = query.ask in ("whether", "which", "how_many", "list")
        return bool(where.bounds) and is_looked_for and not self.measure.additive_over_time

    def without_windows(self, default: Span) -> list[Span]:
        query = self.query
        if query.statistic in ("first", "last"):
            return [self.ever()] if query.measure != "last_seen" else []
        if query.statistic != "latest" or (query.per and query.per.value in PERIODS):
            return [default]
        return [self.ever()] if self.measure.additive_over_time else []

    def with_windows(self) -> list[Span]:
        windows, now = self.query.windows, self.world.now_us
        assert windows is not None
        if windows.form == "ever":
            return [self.ever()]
        values = [self.bindings.times[slot] for slot in windows.slots]
        if windows.form == "around":
            us = moment_us(values[0].windows[0].start)
            if us >= now:
                raise NoAnswer("future")
            length = min(now - us, 7 * DAY_US)
            return [Span(a, b, ((a, b),)) for a, b in ((us, us + length), (us - length, us))]
        spans = []
        for value in values:
            edges = tuple((moment_us(w.start), moment_us(w.end)) for w in value.windows)
            spans.append(Span(edges[0][0], edges[-1][1], edges, hours_of(value.filter)))
        return spans

    def test_of(self, bound: Bound, measure: str) -> Any:
        numbers = [self.bindings.numbers[slot] for slot in bound.numbers]
        if bound.kind == "above":
            return lambda value: value > numbers[0]
        if bound.kind == "below":
            return lambda value: value < numbers[0]
        if bound.kind == "between":
            return lambda value: min(numbers) <= value <= max(numbers)
        limit = self.bindings.limits[measure]
        normal = lambda value: limit.low <= value <= limit.high  # noqa: E731
        return normal if bound.kind == "normal" else lambda value: not normal(value)

    def where_of(self) -> Where:
        where = self.query.where
        state = None
        if where.state and where.state.test not in ("silent", "reporting"):
            text = self.bindings.states[where.state.slot] if where.state.slot is not None else ""
            state = (where.state.test.value, text)
        if self.query.measure == "on_time":
            state = ("on", "")
        measures = [bound.measure or self.query.measure for bound in where.bounds]
        limits = tuple(
            (measure, self.test_of(bound.bound, measure))
            for measure, bound in zip(measures, where.bounds, strict=True)
        )
        return Where(state, limits)

    def sharpened(self) -> str:
        query, statistic = self.query, self.query.statistic.value
        if query.usual and query.statistic == "latest" and not self.measure.additive_over_time:
            return "mean"
        own = [b.bound for b in query.where.bounds if b.measure in (None, query.measure)]
        if (
            own
            and query.ask == "whether"
            and statistic == "mean"
            and query.having is None
            and query.measure in {*LEVELS, "power_factor"}
        ):
            return "min" if own[0].kind == "below" else "max"
        return statistic


def turned(hours: Sequence[Hours], negate: bool) -> list[Hours]:
    return [replace(part, negated=part.negated is not negate) for part in hours]


def hours_of(condition: Any) -> tuple[Hours, ...]:
    return tuple(
        Hours(part.start_s, part.end_s, part.weekdays, term.negated)
        for term in condition.terms for part in term.recurrences
    )  # fmt: skip
