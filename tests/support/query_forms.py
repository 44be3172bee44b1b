"""The oracle's answer of a whole query: its rows, verdict or count, or the reason why there is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.query.query import Per, Query
from api_service.metering.measures import MEASURES
from tests.support.query_meaning import DAY_US, PERIODS, Expected, NoAnswer, Place, Side, order_of
from tests.support.query_oracle import LEVELS, Span, Task, Where, at, moment_us
from tests.support.query_tables import Tables


def is_throughout(query: Query) -> bool:
    state = query.where.state
    if query.measure != "state" or state is None or state.test != "off":
        return False
    if query.where.bounds or query.usual or query.per is Per.STATE:
        return False
    by_period = query.per is not None and query.per.value in PERIODS
    if query.windows is None and query.where.hours is None and not by_period:
        return False
    is_list = query.ask in ("which", "list", "how_many")
    return bool(query.every or is_list or (by_period and query.ask in ("when", "whether")))


class Forms(Tables):
    def answer(self, query: Query, bindings: Bindings) -> Expected:
        self.query, self.bindings = query, bindings
        self.measure = MEASURES[query.measure]
        self.subjects = self.subjects_of()
        self.check_states()
        self.spans = self.spans_of()
        self.where = self.where_of()
        self.statistic = self.sharpened()
        if query.ask == "when" and self.asks_for_runs():
            return self.runs()
        sides = self.sides(self.where)
        if is_throughout(query):
            return self.throughout(sides)
        return self.of_sides(sides) if any(side.values for side in sides) else self.nothing()

    def of_sides(self, sides: Sequence[Side]) -> Expected:
        query, bindings = self.query, self.bindings
        if query.usual:
            return self.usual(sides[0])
        relation = query.relation.kind if query.relation else None
        if query.ask == "compare" or relation in ("difference", "ratio", "more", "less"):
            return self.compared(sides)
        rows = [row for side in sides for row in order_of(side.values, list(self.subjects))]
        if query.ask == "when" and len(sides) == 2:
            return Expected(self.ordered(rows)[:1])
        if relation == "share":
            rows = self.shares(rows)
        if relation == "times":
            factor = bindings.numbers[query.relation.slot]
            rows = [(place, value * factor) for place, value in rows]
        return self.formed(rows)

    def check_states(self) -> None:
        clusters = {c for own, _ in self.subjects.values() for c in own}
        if self.query.per is Per.STATE and not any(r.state for c in clusters for r in self.world.readings[c]):
            raise NoAnswer("not_recorded")

    def throughout(self, sides: Sequence[Side]) -> Expected:
        """Off is meant of all the time: what was on at some time does not count, or shows for how long."""
        own, self.statistic = self.statistic, "sum"
        on = [row for side in self.sides(Where(), measure="on_time")
              for row in order_of(side.values, list(self.subjects)) if row[1] > 0]  # fmt: skip
        self.statistic = own
        ran = {place for place, _ in on}
        if self.query.every and on:
            return Expected(on, False)
        rows = [row for side in sides for row in order_of(side.values, list(self.subjects))]
        rows = [row for row in rows if row[0] not in ran]
        if not rows:
            return self.nothing()
        return Expected(rows, True) if self.query.every else self.formed(rows)

    def asks_for_runs(self) -> bool:
        query = self.query
        if query.per is not None or query.order is not None or not self.spans or query.usual:
            return False
        if query.measure == "gaps":
            return self.statistic not in ("min", "max", "latest")
        recorded = query.measure in LEVELS or query.measure in ("power_factor", "state")
        return (
            recorded and bool(self.where.state or self.where.limits) and self.statistic not in ("min", "max")
        )

    def runs(self) -> Expected:
        found = [
            run
            for span in self.spans
            for name, own in self.subjects.items()
            for run in self.runs_of(span, name, own)
        ]
        if not found and self.query.measure == "gaps":
            if not any(side.values for side in self.sides(Where())):
                raise NoAnswer(self.why(self.subjects))
            return Expected([])
        if not found:
            return self.nothing()
        if self.statistic in ("first", "last"):
            pick = (
                min(found, key=lambda run: run[2])
                if self.statistic == "first"
                else max(found, key=lambda run: run[3])
            )
            return Expected([pick[:2]], spans=[pick[2:]])
        shown = found[:50]
        return Expected([run[:2] for run in shown], None, len(found), [run[2:] for run in shown])

    def runs_of(self, span: Span, name: str, own: Any) -> list[tuple[Place, Any, int, int]]:
        place: Place = (name, None, 0)
        task = Task(
            self.query.measure,
            self.statistic,
            tuple(sorted(own[0])),
            span,
            "window",
            self.where,
            False,
            own[1],
        )
        if self.query.measure == "gaps":
            blocks = self.valuer.block(task.clusters, span, far=False)
            record = [
                s
                for rows in blocks
                if rows
                for s in self.valuer.segments(rows, span, self.world.gap_us(rows[0].cluster))
            ]
            holes = sorted(hole for c in task.clusters for hole in self.valuer.holes(task, c, record))
            return [(place, (end - start) / 1e6, start, end) for start, end in holes]
        curve, chosen = self.valuer.held(task)
        stretches = [(s.start_us, s.end_us) for s in curve] + [(r.us, r.us) for r in chosen]
        merged: list[list[int]] = []
        for start, end in sorted(stretches):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        limited = [b.bound.kind for b in self.query.where.bounds if b.measure in (None, self.query.measure)]
        found: list[tuple[Place, Any, int, int]] = []
        for at_run, (start, end) in enumerate(merged):
            following = merged[at_run + 1][0] if at_run + 1 < len(merged) else span.end_us + 1
            rows = sorted((r for r in chosen if start <= r.us < following), key=lambda r: (r.us, r.cluster))
            levels = [
                v
                for r in rows
                if self.query.measure != "state" and (v := r.level(self.query.measure)) is not None
            ]
            if self.query.measure == "state":
                value: Any = rows[0].state or "" if rows else ""
            elif limited and levels:
                value = min(levels) if limited[0] == "below" else max(levels)
            else:
                value = (end - start) / 1e6
            found.append((place, value, start, end))
        return found

    def nothing(self) -> Expected:
        query = self.query
        if not query.where.state and not self.where.limits:
            raise NoAnswer(self.why(self.subjects))
        if query.measure != "last_seen" and not any(side.values for side in self.sides(Where())):
            raise NoAnswer(self.why(self.subjects))
        verdict = False if query.ask == "whether" else None
        return Expected([], verdict, 0 if query.ask == "how_many" else None)

    def why(self, subjects: Any) -> str:
        clusters = {c for own, _ in subjects.values() for c in own}
        for span in self.spans:
            if not any(span.start_us <= r.us < span.end_us for c in clusters for r in self.world.readings[c]):
                return "empty_window"
        return "not_recorded"

    def shares(self, rows: list[tuple[Place, Any]]) -> list[tuple[Place, Any]]:
        side = self.wholes(rows)
        names = {name for name, _, _ in side}
        found = []
        for place, value in rows:
            name = place[0] if len(names) > 1 else next(iter(names), "")
            whole = next((v for (n, _, key), v in side.items() if n == name and key == place[2]), None)
            if whole:
                found.append((place, 100 * value / whole))
        if not found:
            raise NoAnswer("divided_by_zero")
        return found

    def wholes(self, rows: list[tuple[Place, Any]]) -> dict[Place, Any]:
        query = self.query
        plain = [replace(s, hours=()) for s in self.spans]
        if query.relation.slot is not None:
            subject: Subject = self.bindings.devices[query.relation.slot]
            side = self.sides(self.where, {"whole": (subject.clusters, ())})[0].values
        elif not self.measure.additive_over_devices:
            side = self.sides(Where(), None, plain, "duration")[0].values
        elif self.is_own_share():
            side = self.sides(Where(), self.subjects, plain)[0].values
        elif query.grouping in (Per.DEVICE, Per.GROUP) or query.devices.scope != "all":
            side = self.sides(self.where, {"whole": (self.whole(), ())})[0].values
        elif self.where.state or self.where.limits or any(s.hours for s in self.spans):
            side = self.sides(Where(), {"": self.subjects[""]}, plain)[0].values
        else:
            total = sum(value for _, value in rows)
            side = {("whole", None, place[2]): total for place, _ in rows}
        return side

    def is_own_share(self) -> bool:
        """Of one device under a condition: the part of its own amount."""
        query = self.query
        is_one = query.devices.scope == "these" and len(query.devices.slots) == 1
        has_condition = self.where.state or self.where.limits or any(s.hours for s in self.spans)
        return bool(is_one and has_condition and query.grouping is None)

    def compared(self, sides: Sequence[Side]) -> Expected:
        query, kind = self.query, self.query.relation.kind if self.query.relation else None
        if query.statistic == "trend":
            rows = order_of(sides[0].values, list(self.subjects))
            return Expected(rows, any(v > 0 if kind == "more" else v < 0 for _, v in rows))
        pairs = self.pairs(sides)
        if not pairs:
            raise NoAnswer("unpaired")
        both = [
            row for place, one, two in pairs for row in ((place, one), (self.opposite(place, sides), two))
        ]
        if kind in ("more", "less"):
            holds = [one > two if kind == "more" else one < two for _, one, two in pairs]
            return Expected(both, all(holds) if query.every else any(holds))
        if query.ask == "compare" or kind is None:
            return Expected(both)
        return self.formed(self.relate(pairs, kind))

    def opposite(self, place: Place, sides: Sequence[Side]) -> Place:
        """The place of the second side of a pair."""
        if len(sides) == 2:
            return place
        if self.query.per is Per.WEEKDAY_OR_WEEKEND:
            return (place[0], place[1], 1)
        return (list(self.subjects)[1], *place[1:])

    @staticmethod
    def relate(pairs: Sequence[tuple[Place, Any, Any]], kind: str) -> list[tuple[Place, Any]]:
        if kind == "difference":
            return [(place, one - two) for place, one, two in pairs]
        found = [(place, one / two) for place, one, two in pairs if two != 0]
        if pairs and not found:
            raise NoAnswer("divided_by_zero")
        return found

    def pairs(self, sides: Sequence[Side]) -> list[tuple[Place, Any, Any]]:
        names = list(self.subjects)
        if len(sides) == 2:
            rows = order_of(sides[0].values, names)
            return [(place, v, sides[1].values[place]) for place, v in rows if place in sides[1].values]
        values = sides[0].values
        if self.query.per is Per.WEEKDAY_OR_WEEKEND:
            return [
                (place, v, values[place[0], place[1], 1])
                for place, v in order_of(values, names)
                if place[2] == 0 and (place[0], place[1], 1) in values
            ]
        if len(names) < 2:
            return []
        return [
            (place, v, values[names[1], *place[1:]])
            for place, v in order_of(values, names)
            if place[0] == names[0] and (names[1], *place[1:]) in values
        ]

    def usual(self, side: Side) -> Expected:
        query, kind = self.query, self.query.relation.kind.value if self.query.relation else ""
        found = self.earlier(side)
        pairs = [
            (place, value, median(found[place]))
            for place, value in order_of(side.values, list(self.subjects))
            if place in found
        ]
        if kind in ("difference", "ratio"):
            return self.formed(self.relate(pairs, kind))
        if query.ask == "compare":
            return Expected([(place, v) for place, one, two in pairs for v in (one, two)])
        odd = [pair[:2] for pair in pairs if self.is_odd(pair, found[pair[0]], kind)]
        if query.ask == "whether":
            rows = odd or [(place, value) for place, value, _ in pairs]
            return Expected(rows, len(odd) == len(pairs) if query.every else bool(odd))
        return self.formed([pair[:2] for pair in pairs] if query.ask == "value" else odd)

    @staticmethod
    def is_odd(pair: tuple[Place, Any, Any], earlier: Sequence[float], kind: str) -> bool:
        _, value, middle = pair
        mad = median(abs(v - middle) for v in earlier)
        distance = abs(value - middle)
        unusual = distance > 3 * 1.4826 * mad and distance > 0.1 * abs(middle)
        return unusual and {"more": value > middle, "less": value < middle}.get(kind, True)

    def earlier(self, side: Side) -> dict[Place, list[float]]:
        span, zone = self.spans[0], self.world.zone
        weeks = max(1, -(-(span.end_us - span.start_us) // (7 * DAY_US)))
        earlier: dict[Place, list[float]] = {place: [] for place in side.values}
        first = min(rows[0].us for rows in self.world.readings.values())

        def moved(us: int, back: int) -> int:
            local = at(us).astimezone(zone)
            naive = local.replace(tzinfo=None) - timedelta(weeks=back)
            return moment_us(naive.replace(tzinfo=zone, fold=local.fold).astimezone(at(0).tzinfo))

        for back in range(weeks, 4 * weeks + 1, weeks):
            windows = tuple((moved(a, back), moved(b, back)) for a, b in span.windows)
            own = Span(moved(span.start_us, back), moved(span.end_us, back), windows, span.hours)
            if own.end_us <= first:
                break
            for place, value in self.table(own, self.where, self.subjects, self.query.measure).items():
                if place in earlier and self.covered(place, own) >= 0.5 * self.covered(place, span):
                    earlier[place].append(value)
        found = {place: values for place, values in earlier.items() if len(values) >= 2}
        if not found:
            raise NoAnswer("no_earlier")
        return found

    def covered(self, place: Place, span: Span) -> float:
        clusters, minus = self.subjects[place[0]]
        period = self.query.per.value if self.query.per and self.query.per.value in PERIODS else "window"
        where = self.where if place[1] is None else replace(self.where, state=("is", place[1]))
        task = Task(
            self.query.measure, self.statistic, tuple(sorted(clusters)), span, period, where, False, minus
        )
        if place[2] == -2:
            return self.coverage(replace(task, period="window"), 0)
        return self.coverage(task, place[2])

    def formed(self, rows: list[tuple[Place, Any]]) -> Expected:
        query = self.query
        passed = rows
        if query.having is not None:
            test = self.test_of(query.having, query.measure)
            passed = [(place, value) for place, value in rows if test(value)]
        chosen = query.ask in ("how_many", "which", "when") and not (query.order or query.having)
        if query.measure == "gaps" and chosen:
            passed = [(place, value) for place, value in rows if value > 0]
        if query.ask == "whether":
            if query.measure == "gaps" and query.having is None:
                passed = [(place, value) for place, value in rows if value > 0]
            failed = [row for row in rows if row not in passed]
            shown = (failed or passed) if query.every else (passed or rows)
            return Expected(shown, len(passed) >= self.groups_in_all() if query.every else bool(passed))
        if query.order is not None and query.order.end == "least":
            passed = self.whole_periods(passed)
        kept = self.ordered(passed)
        return Expected(kept, None, len(kept) if query.ask == "how_many" else None)

    def groups_in_all(self) -> int:
        periods = 1
        if self.spans and self.query.per and self.query.per.value in PERIODS:
            task = Task("energy", "sum", (), self.spans[0], self.query.per.value)
            periods = len(self.valuer.all_keys(task))
        states = 1
        if self.query.per is Per.STATE:
            clusters = {c for own, _ in self.subjects.values() for c in own}
            states = max(1, len({r.state for c in clusters for r in self.world.readings[c] if r.state}))
        return len(self.subjects) * periods * states

    def whole_periods(self, rows: list[tuple[Place, Any]]) -> list[tuple[Place, Any]]:
        per = self.query.per.value if self.query.per else ""
        if (
            not self.measure.additive_over_time
            or not self.spans
            or per not in ("hour", "day", "week", "month")
        ):
            return rows
        cut = self.valuer.cut(self.spans[0], per)
        return [row for row in rows if row[0][2] not in cut] or rows

    def ordered(self, rows: list[tuple[Place, Any]]) -> list[tuple[Place, Any]]:
        order = self.query.order
        if order is None:
            return rows
        number = lambda row: row[1].timestamp() if isinstance(row[1], datetime) else row[1]  # noqa: E731
        ranked = sorted(rows, key=lambda row: float(f"{number(row):.12g}"), reverse=order.end == "most")
        if order.rank is not None:
            place = round(self.bindings.numbers[order.rank])
            return ranked[place - 1 : place]
        if order.limit is not None:
            return ranked[: round(self.bindings.numbers[order.limit])]
        return ranked if self.query.ask == "list" else ranked[:1]
