"""The oracle's values of one group per period; see `query_oracle`."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import mean, median

from tests.support.query_oracle import ADDITIVE, LEVELS, SITE, Oracle, Reading, Segment, Task, Where

Values = dict[int, float | str]
AMOUNTS = {"energy", "cost", "duration", "on_time", "samples", "switch_ons"}
COLLAPSED = -2
# The task in force, all stretches, those that hold, chosen readings, each device's readings and judgements.
Computed = tuple[
    Task, list[Segment], list[Segment], list[Reading], list[list[Reading]], list[list[tuple[bool, bool]]]
]


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


REDUCE: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": mean, "min": min, "max": max, "median": median, "sum": sum,
}  # fmt: skip


_COLUMNS = {
    "power": "real_power_watt", "reactive_power": "reactive_power", "apparent_power": "apparent_power",
}  # fmt: skip


class Valuer(Oracle):
    def is_total(self, task: Task) -> bool:
        if len(task.clusters) < 2 or task.where.state:
            return False
        if task.where.limits:
            return all(measure in ADDITIVE for measure, _ in task.where.limits)
        return task.measure in ADDITIVE and task.statistic not in ("mean", "sum", "trend")

    def held(self, task: Task) -> tuple[list[Segment], list[Reading]]:
        """The stretches of the curve and the readings in kept time that fulfil the conditions."""
        _, _, curve, chosen, _, _ = self.computed(task)
        return curve, chosen

    def values(self, task: Task) -> Values:
        return self.kept_values(task) if self.lengths(task) else {}

    def kept_values(self, task: Task) -> Values:
        task, record, curve, chosen, blocks, judged = self.computed(task)
        if task.measure in ("coverage", "gaps"):
            return (self.coverage if task.measure == "coverage" else self.gaps)(task, record)
        if task.measure in AMOUNTS:
            return self.amounts(task, blocks, record, curve, chosen)
        if task.statistic == "count":
            return self.counts(task, blocks, judged)
        if task.measure == "state":
            return self.states(task, chosen)
        if task.measure == "power_factor" and task.statistic == "mean":
            return self.power_factors(task, record, curve, chosen)
        return self.levels(task, chosen)

    def computed(self, task: Task) -> Computed:
        far = task.measure in ("on_time", "switch_ons") or bool(
            task.where.state and task.where.state[0] in ("on", "off")
        )
        where = Where(("on", ""), task.where.limits) if task.measure == "on_time" else task.where
        task = replace(task, where=where)
        blocks = self.block(task.clusters, task.span, far=far)
        gaps = {cluster: self.world.gap_us(cluster) for cluster in task.clusters}
        if self.is_total(task):
            gaps = {SITE: max(gaps.values())}
            column = _COLUMNS.get(task.measure, "") if task.statistic == "min" else ""
            blocks = [self.total(blocks, task.minus, column)]
            task = replace(task, minus=())
        judged = [self.judged(rows, task.where) for rows in blocks]
        holding = {
            (r.cluster, r.us) for rows, own in zip(blocks, judged, strict=True)
            for r, (_, holds) in zip(rows, own, strict=True) if holds
        }  # fmt: skip
        record = [s for rows in blocks if rows for s in self.segments(rows, task.span, gaps[rows[0].cluster])]
        curve = [s for s in record if (s.reading.cluster, s.reading.us) in holding]
        chosen = [
            r for rows in blocks for r in rows
            if (r.cluster, r.us) in holding and self.inside(r, task) and self.kept(r.us, task.span)
        ]  # fmt: skip
        return task, record, curve, chosen, blocks, judged

    @staticmethod
    def inside(reading: Reading, task: Task) -> bool:
        return task.span.start_us <= reading.us < task.span.end_us

    # --- levels -------------------------------------------------------------------------------------------

    def levels(self, task: Task, chosen: Sequence[Reading]) -> Values:
        grouped: dict[int, list[Reading]] = defaultdict(list)
        for reading in chosen:
            grouped[self.keys(reading.us, task.period)[0]].append(reading)
        found: Values = {}
        for key, rows in grouped.items():
            value = self.level(task, rows)
            if value is not None:
                found[key] = value
        return found

    def power_factors(
        self, task: Task, record: Sequence[Segment], curve: Sequence[Segment], chosen: Sequence[Reading]
    ) -> Values:
        """Active over apparent energy: a device's mean powers times its time with readings that count.

        Where one of several devices has no such time, times the time that it was recorded; where that is
        none either, readings count alike.
        """
        rows: dict[int, dict[int, list[Reading]]] = defaultdict(lambda: defaultdict(list))
        for reading in chosen:
            rows[self.keys(reading.us, task.period)[0]][reading.cluster].append(reading)
        held, recorded = self.seconds_of(task, curve), self.seconds_of(task, record)
        found: Values = {}
        for key, devices in rows.items():
            seconds = next(
                (s for s in (held, recorded) if all(s[key, cluster] > 0 for cluster in devices)), None
            )
            active = apparent = 0.0
            for cluster, own in devices.items():
                weighs = seconds[key, cluster] / len(own) if seconds and len(devices) > 1 else 1.0
                for reading in own:
                    if {"real_power_watt", "apparent_power"} <= reading.values.keys():
                        active += weighs * reading.values["real_power_watt"]
                        apparent += weighs * reading.values["apparent_power"] * 1000
            if apparent:
                found[key] = active / apparent
        return found

    def seconds_of(self, task: Task, segments: Sequence[Segment]) -> dict[tuple[int, int], float]:
        """By period and device."""
        found: dict[tuple[int, int], float] = defaultdict(float)
        for segment in segments:
            found[self.keys(segment.start_us, task.period)[0], segment.reading.cluster] += segment.seconds
        return found

    def level(self, task: Task, rows: Sequence[Reading]) -> float | None:
        carried = [(r, v) for r in rows if (v := r.level(task.measure)) is not None]
        if not carried:
            return None
        values = [value for _, value in carried]
        if task.statistic == "mean" and task.measure in ADDITIVE:
            by_device: dict[int, list[float]] = defaultdict(list)
            for reading, value in carried:
                by_device[reading.cluster].append(-value if reading.cluster in task.minus else value)
            return sum(mean(own) for own in by_device.values())
        if task.statistic in ("first", "last"):
            pick = min if task.statistic == "first" else max
            us = pick(reading.us for reading, _ in carried)
            return next(value for reading, value in carried if reading.us == us)
        if task.statistic in ("median", "p95"):
            return percentile(values, 0.5 if task.statistic == "median" else 0.95)
        return REDUCE[task.statistic](values)

    def states(self, task: Task, chosen: Sequence[Reading]) -> Values:
        grouped: dict[int, list[Reading]] = defaultdict(list)
        for reading in chosen:
            if reading.state:
                grouped[self.keys(reading.us, task.period)[0]].append(reading)
        pick = min if task.statistic == "first" else max
        found: Values = {}
        for key, rows in grouped.items():
            us = pick(r.us for r in rows)
            found[key] = next(r.state or "" for r in rows if r.us == us)
        return found

    def counts(
        self, task: Task, blocks: Sequence[list[Reading]], judged: Sequence[list[tuple[bool, bool]]]
    ) -> Values:
        """Runs by the period in which they begin; every period has a count."""
        found: Values = dict.fromkeys(self.all_keys(task), 0.0)
        for rows, own in zip(blocks, judged, strict=True):
            before = False
            for reading, (known, holds) in zip(rows, own, strict=True):
                carries = (
                    task.measure not in LEVELS | {"power_factor": 0}
                    or reading.level(task.measure) is not None
                )
                if not known or not carries or not self.inside(reading, task):
                    continue
                now = holds and self.kept(reading.us, task.span)
                if now and not before:
                    key = self.keys(reading.us, task.period)[0]
                    found[key] = float(found[key]) + 1
                before = now
        return found

    def all_keys(self, task: Task) -> set[int]:
        return {key for key, _ in self.lengths(task)}

    def lengths(self, task: Task) -> dict[tuple[int, int], float]:
        """The kept seconds of each period and instance."""
        span = task.span
        grid = range(span.start_us // 900_000_000 * 900_000_000, span.end_us, 900_000_000)
        inner = {edge for window in span.windows for edge in window if span.start_us < edge < span.end_us}
        cuts = sorted({span.start_us, span.end_us, *inner, *(g for g in grid if g > span.start_us)})
        found: dict[tuple[int, int], float] = defaultdict(float)
        for start, end in pairwise(cuts):
            if self.kept(start, span):
                found[self.keys(start, task.period)] += (end - start) / 1e6
        return found

    # --- amounts ------------------------------------------------------------------------------------------

    def amounts(
        self, task: Task, blocks: Sequence[list[Reading]], record: Sequence[Segment],
        curve: Sequence[Segment], chosen: Sequence[Reading],
    ) -> Values:  # fmt: skip
        by_run = (
            task.measure in ("on_time", "duration") and task.period == "window" and task.statistic != "sum"
        )
        if by_run:
            return self.runs(task, record, curve)
        if task.measure == "samples":
            return self.over_periods(task, Counter(self.keys(r.us, task.period) for r in chosen))
        per = {self.keys(segment.start_us, task.period): 0.0 for segment in record}
        if task.measure == "switch_ons":
            moments = Counter(self.keys(us, task.period) for us in self.switch_ons(task, blocks))
            return self.over_periods(task, {place: float(moments[place]) for place in per})
        if task.measure in ("on_time", "duration"):
            for start, end in self.united([(s.start_us, s.end_us) for s in curve]):
                per[self.keys(start, task.period)] += (end - start) / 1e6
            return self.over_periods(task, per)
        for segment in curve:
            sign = -1 if segment.reading.cluster in task.minus else 1
            factor = self.price(segment.start_us) / 1000 if task.measure == "cost" else 1.0
            per[self.keys(segment.start_us, task.period)] += sign * segment.wh * factor
        return self.over_periods(task, per)

    def over_periods(self, task: Task, per: Mapping[tuple[int, int], float]) -> Values:
        cut = self.cut(task.span, task.period) if task.period != "window" else set()

        def reduced(own: Mapping[tuple[int, int], float]) -> float:
            whole = {place: value for place, value in own.items() if place[1] not in cut}
            return float(REDUCE[task.statistic](list((whole or own).values())))

        if task.collapse:
            return {COLLAPSED: reduced(per)} if per else {}
        found: Values = {}
        for key in {key for key, _ in per}:
            own = {place: value for place, value in per.items() if place[0] == key}
            gathers = task.period in ("hour_of_day", "weekday", "weekday_or_weekend")
            found[key] = reduced(own) if gathers and task.statistic != "sum" else sum(own.values())
        return found

    def united(self, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """The same time without overlaps, still within quarters of an hour."""
        edges = sorted({edge for span in spans for edge in span})
        ordered = sorted(spans)
        found = []
        for start, end in pairwise(edges):
            if any(s <= start and end <= e for s, e in ordered if s <= start):
                found.append((start, end))
        return found

    def runs(self, task: Task, record: Sequence[Segment], curve: Sequence[Segment]) -> Values:
        if not record:
            return {}
        merged: list[list[int]] = []
        for start, end in sorted((s.start_us, s.end_us) for s in curve):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        return self.over_lengths(task, [((end - start) / 1e6, start) for start, end in merged])

    def over_lengths(self, task: Task, lengths: Sequence[tuple[float, int]]) -> Values:
        seconds = [length for length, _ in lengths]
        if task.statistic == "count":
            return {0: float(len(lengths))}
        if task.statistic == "sum":
            return {0: float(sum(seconds))}
        if not lengths:
            return {}
        if task.statistic == "latest":
            return {0: max(lengths, key=lambda pair: pair[1])[0]}
        return {0: float(REDUCE[task.statistic](seconds))}

    def switch_ons(self, task: Task, blocks: Sequence[list[Reading]]) -> list[int]:
        found = []
        for rows in blocks:
            holds = {r.us for r, (_, h) in zip(rows, self.judged(rows, task.where), strict=True) if h}
            pairs = [
                (r, s) for r, s in zip(rows, self.status(rows), strict=True)
                if s is not None and "real_power_watt" in r.values
            ]  # fmt: skip
            for (_, before), (reading, now) in pairwise(pairs):
                is_on = now and not before and reading.us in holds
                if is_on and self.inside(reading, task) and self.kept(reading.us, task.span):
                    found.append(reading.us)
        return found

    def price(self, us: int) -> float:
        local = self.local(us)
        valid = [price for price in self.world.prices if price.first <= local.date()]
        if not valid:
            return float("nan")
        tariff = max(valid, key=lambda price: price.first)
        second = local.hour * 3600 + local.minute * 60 + local.second
        for amount, begin, end, weekdays in tariff.bands:
            today, yesterday = local.weekday() in weekdays, (local.weekday() - 1) % 7 in weekdays
            if begin < end and today and begin <= second < end:
                return amount
            if begin >= end and ((today and second >= begin) or (yesterday and second < end)):
                return amount
        return tariff.base

    # --- the record ---------------------------------------------------------------------------------------

    def coverage(self, task: Task, record: Sequence[Segment]) -> Values:
        covered: dict[int, float] = defaultdict(float)
        for segment in record:
            covered[self.keys(segment.start_us, task.period)[0]] += segment.seconds
        lengths: dict[int, float] = defaultdict(float)
        for (key, _), seconds in self.lengths(task).items():
            lengths[key] += seconds
        devices = len(task.clusters)
        return {key: min(100.0, 100 * covered[key] / (seconds * devices)) for key, seconds in lengths.items()}

    def gaps(self, task: Task, record: Sequence[Segment]) -> Values:
        """Uncovered kept time of devices from the first reading until now, or the last while they report."""
        found: dict[int, list[tuple[float, int]]] = {key: [] for key in self.all_keys(task)}
        first = min(rows[0].us for c, rows in self.world.readings.items() if c in task.clusters)
        if first >= task.span.end_us:
            return {}
        whole: list[tuple[float, int]] = []
        for cluster in task.clusters:
            for start, end in self.holes(task, cluster, record):
                whole.append(((end - start) / 1e6, start))
                for (key, part), seconds in self.split(task, start, end).items():
                    found[key].append((seconds, part))
        if task.period == "window":
            return self.over_lengths(task, whole)
        values: Values = {}
        for key, lengths in found.items():
            for value in self.over_lengths(task, lengths).values():
                values[key] = value
        return values

    def split(self, task: Task, start: int, end: int) -> dict[tuple[int, int], float]:
        """Stretches of a hole that lie in one period without a break."""
        parts: list[list[int]] = []
        cuts = [start, *range((start // 900_000_000 + 1) * 900_000_000, end, 900_000_000), end]
        for begin, stop in pairwise(cuts):
            key = self.keys(begin, task.period)[0]
            if parts and parts[-1][0] == key and parts[-1][2] == begin:
                parts[-1][2] = stop
            else:
                parts.append([key, begin, stop])
        return {(key, begin): (stop - begin) / 1e6 for key, begin, stop in parts}

    def holes(self, task: Task, cluster: int, record: Sequence[Segment]) -> list[tuple[int, int]]:
        rows = self.world.readings[cluster]
        reports = rows[-1].us >= self.world.now_us - self.world.gap_us(cluster)
        begin = max(task.span.start_us, rows[0].us)
        until = min(task.span.end_us, rows[-1].us if reports else self.world.now_us)
        covered = sorted((s.start_us, s.end_us) for s in record if s.reading.cluster == cluster)
        grid = range((begin // 900_000_000 + 1) * 900_000_000, until, 900_000_000)
        inner = {e for w in task.span.windows for e in w}
        cuts = sorted({begin, until, *grid, *(e for s in covered for e in s), *inner})
        merged: list[list[int]] = []
        for start, end in pairwise([c for c in cuts if begin <= c <= until]):
            if not self.kept(start, task.span) or any(s <= start and end <= e for s, e in covered):
                continue
            if merged and merged[-1][1] == start:
                merged[-1][1] = end
            else:
                merged.append([start, end])
        return [(start, end) for start, end in merged]
