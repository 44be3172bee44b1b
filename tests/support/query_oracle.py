"""What a query's groups come to by the plainest means: loops over raw readings, one at a time.

Nothing here uses the code under test but its input types (query, bindings). The definitions are those of
`docs/queries.md` and the contract. Pieces of power curves are cut at every quarter of an hour, which is where
any local period, recurring time and price of the tests begins or ends.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

QUARTER_US = 15 * 60 * 1_000_000
HOUR_US = 4 * QUARTER_US
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFF = {"off", "standby", "idle", "stopped"}
ON = {"on", "running", "heating"}
LEVELS = {
    "power": ("real_power_watt", 1.0),
    "voltage": ("voltage", 1.0),
    "current": ("current", 1.0),
    "frequency": ("frequency", 1.0),
    "thd": ("thd", 1.0),
    "reactive_power": ("reactive_power", 1000.0),
    "apparent_power": ("apparent_power", 1000.0),
}
ADDITIVE = {"power", "reactive_power", "apparent_power"}
SITE = -1


def moment_us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def at(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


@dataclass(frozen=True)
class Reading:
    """One row of the table; `values` holds what it carries, in the table's units."""

    cluster: int
    us: int
    values: dict[str, float]
    state: str | None = None

    def level(self, measure: str) -> float | None:
        if measure == "power_factor":
            if "power_factor" in self.values:
                return self.values["power_factor"]
            real, apparent = self.values.get("real_power_watt"), self.values.get("apparent_power")
            return real / (apparent * 1000) if real is not None and apparent else None
        name, factor = LEVELS[measure]
        value = self.values.get(name)
        return None if value is None else value * factor


@dataclass(frozen=True)
class Price:
    first: date
    base: float
    bands: tuple[tuple[float, int, int, frozenset[int]], ...] = ()  # price, begin and end second, weekdays


@dataclass
class World:
    """Everything that is stored, by device in order of time, and what a question adds: now and the zone."""

    readings: dict[int, list[Reading]]
    now_us: int
    zone: ZoneInfo
    mains: set[int] = field(default_factory=set)
    prices: list[Price] = field(default_factory=list)

    def gap_us(self, cluster: int) -> int:
        spacings = [b.us - a.us for a, b in pairwise(self.readings[cluster])]
        middle = median(spacings) if spacings else 0
        return round(max(60e6, 10 * middle))

    def tells_state(self, cluster: int) -> bool:
        return any(r.state and r.state.lower() in OFF | ON for r in self.readings[cluster])

    def largest_w(self, cluster: int) -> float:
        powers = [
            abs(r.values["real_power_watt"]) for r in self.readings[cluster] if "real_power_watt" in r.values
        ]
        return max(powers, default=0.0)


@dataclass(frozen=True)
class Hours:
    """Recurring time: begin and end second of the day, weekdays; past midnight it is its first day's."""

    start_s: int
    end_s: int
    weekdays: frozenset[int]
    negated: bool = False

    def holds(self, local: datetime) -> bool:
        second = local.hour * 3600 + local.minute * 60 + local.second
        today, yesterday = local.weekday() in self.weekdays, (local.weekday() - 1) % 7 in self.weekdays
        if self.start_s < self.end_s:
            inside = today and self.start_s <= second < self.end_s
        else:
            inside = (today and second >= self.start_s) or (yesterday and second < self.end_s)
        return inside is not self.negated


@dataclass(frozen=True)
class Where:
    """`state` is (rule, text); `limits` are (measure, test)."""

    state: tuple[str, str] | None = None
    limits: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Span:
    start_us: int
    end_us: int
    windows: tuple[tuple[int, int], ...]
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True)
class Task:
    """One group's computation. `clusters` together are one subject, those of `minus` subtracted."""

    measure: str
    statistic: str
    clusters: tuple[int, ...]
    span: Span
    period: str = "window"
    where: Where = Where()
    collapse: bool = False
    minus: tuple[int, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A piece of a curve within one quarter of an hour, and the reading that began it."""

    reading: Reading
    start_us: int
    end_us: int
    wh: float

    @property
    def seconds(self) -> float:
        return (self.end_us - self.start_us) / 1e6


class Oracle:
    def __init__(self, world: World) -> None:
        self.world = world
        self._local: dict[int, datetime] = {}

    # --- time ---------------------------------------------------------------------------------------------

    def local(self, us: int) -> datetime:
        if us not in self._local:
            self._local[us] = at(us).astimezone(self.world.zone)
        return self._local[us]

    def keys(self, us: int, period: str) -> tuple[int, int]:
        """The period's number and its instance, as the product counts them."""
        local = self.local(us)
        day = (local.date() - date(1970, 1, 1)).days
        if period == "hour":
            into = local.minute * 60_000_000 + local.second * 1_000_000 + local.microsecond
            key = (us - into) // QUARTER_US
            return key, key
        if period == "hour_of_day":
            return local.hour, day * 24 + local.hour
        if period == "weekday":
            return local.weekday(), day
        if period == "weekday_or_weekend":
            return int(local.weekday() >= 5), day
        key = {
            "day": day,
            "week": (day - local.weekday() + 3) // 7,
            "month": (local.year - 1970) * 12 + local.month - 1,
            "window": 0,
        }[period]
        return key, key

    def kept(self, us: int, span: Span) -> bool:
        if not any(start <= us < end for start, end in span.windows):
            return False
        local = self.local(us)
        return all(hours.holds(local) for hours in span.hours)

    def cut(self, span: Span, period: str) -> set[int]:
        """Instances that the span does not contain wholly."""
        found = set()
        for edge, inside in ((span.start_us, span.start_us), (span.end_us, span.end_us - 1)):
            unit = "hour" if period == "hour_of_day" else "day" if period.startswith("weekday") else period
            if self.keys(edge, unit) == self.keys(edge - 1, unit):
                found.add(self.keys(inside, period)[1])
        return found

    # --- readings -----------------------------------------------------------------------------------------

    def block(self, clusters: Iterable[int], span: Span, *, far: bool) -> list[list[Reading]]:
        """Each device's readings in the span and its neighbours with power."""
        blocks = []
        for cluster in clusters:
            rows, gap = self.world.readings[cluster], self.world.gap_us(cluster)
            inside = [r for r in rows if span.start_us <= r.us < span.end_us]
            before = [r for r in rows if r.us < span.start_us and "real_power_watt" in r.values][-1:]
            after = [r for r in rows if r.us >= span.end_us and "real_power_watt" in r.values][:1]
            before = [r for r in before if far or span.start_us - r.us <= gap]
            after = [r for r in after if r.us - span.end_us <= gap]
            blocks.append([*before, *inside, *after])
        return blocks

    def total(
        self, blocks: Sequence[list[Reading]], minus: Sequence[int], whole_of: str = ""
    ) -> list[Reading]:
        """The devices as one meter; of the column `whole_of` only while none has a gap, if ever so."""
        moments = sorted({r.us for rows in blocks for r in rows})
        summed: dict[int, dict[str, float]] = {us: {} for us in moments}
        for rows in blocks:
            if not rows:
                continue
            cluster = rows[0].cluster
            sign, gap = (-1 if cluster in minus else 1), self.world.gap_us(cluster)
            for name in ("real_power_watt", "reactive_power", "apparent_power"):
                own = [(r.us, r.values[name]) for r in rows if name in r.values]
                times = [us for us, _ in own]
                for us in moments:
                    place = bisect_left(times, us)
                    if place < len(times) and times[place] == us:
                        value = own[place][1]
                    elif 0 < place < len(times) and times[place] - times[place - 1] <= gap:
                        (t0, v0), (t1, v1) = own[place - 1], own[place]
                        value = v0 + (v1 - v0) * (us - t0) / (t1 - t0)
                    else:
                        continue
                    summed[us][name] = summed[us].get(name, 0.0) + sign * value
        self.drop_missed(summed, blocks, whole_of)
        return [Reading(SITE, us, values) for us, values in summed.items()]

    def drop_missed(
        self, summed: dict[int, dict[str, float]], blocks: Sequence[list[Reading]], name: str
    ) -> None:
        missed = self.missed(blocks, name) if name else set()
        if any(name in values for us, values in summed.items() if us not in missed):
            for us in missed:
                summed[us].pop(name, None)

    def missed(self, blocks: Sequence[list[Reading]], name: str) -> set[int]:
        """The moments at which a device is in a gap between two of its readings."""
        found = set()
        for rows in filter(None, blocks):
            life, gap = self.world.readings[rows[0].cluster], self.world.gap_us(rows[0].cluster)
            times = [r.us for r in rows if name in r.values]
            bridged = [(a, b) for a, b in pairwise(times) if b - a <= gap]
            for us in {r.us for others in blocks for r in others}:
                lives = bool(times) and life[0].us < us < life[-1].us
                if lives and us not in times and not any(a < us < b for a, b in bridged):
                    found.add(us)
        return found

    def status(self, rows: Sequence[Reading]) -> list[bool | None]:
        """On, off or unknown, one after the other."""
        if not rows or rows[0].cluster == SITE:
            return [None] * len(rows)
        cluster, found, current = rows[0].cluster, [], False
        if self.world.tells_state(cluster):
            return [None if not r.state else r.state.lower() not in OFF for r in rows]
        on_w = max(10.0, 0.05 * self.world.largest_w(cluster))
        for reading in rows:
            power = reading.values.get("real_power_watt")
            if power is None:
                found.append(None)
                continue
            if abs(power) >= on_w:
                current = True
            elif abs(power) < on_w / 2:
                current = False
            found.append(current)
        return found

    def judged(self, rows: Sequence[Reading], where: Where) -> list[tuple[bool, bool]]:
        """Known, holds."""
        statuses = (
            self.status(rows) if where.state and where.state[0] in ("on", "off") else [None] * len(rows)
        )
        out = []
        for reading, status in zip(rows, statuses, strict=True):
            known = holds = True
            if where.state:
                rule, text = where.state
                if rule in ("on", "off"):
                    known, holds = status is not None, status is (rule == "on")
                else:
                    known = bool(reading.state)
                    same = (reading.state or "").lower() == text.lower()
                    holds = same if rule == "is" else not same
            for measure, test in where.limits:
                value = reading.level(measure) if reading.cluster != SITE or measure in ADDITIVE else None
                known &= value is not None
                holds &= value is not None and bool(test(value))  # type: ignore[operator]
            out.append((known, known and holds))
        return out

    def segments(self, rows: Sequence[Reading], span: Span, gap_us: int) -> list[Segment]:
        """The curve in kept quarters of an hour."""
        found = []
        powered = [r for r in rows if "real_power_watt" in r.values]
        edges = [edge for window in span.windows for edge in window]
        for here, there in pairwise(powered):
            if there.us - here.us > gap_us or here.cluster != there.cluster:
                continue
            p0, p1 = here.values["real_power_watt"], there.values["real_power_watt"]
            grid = range(here.us // QUARTER_US * QUARTER_US, there.us + QUARTER_US, QUARTER_US)
            cuts = sorted({here.us, there.us, *(e for e in (*grid, *edges) if here.us < e < there.us)})
            for start, end in pairwise(cuts):
                if self.kept(start, span):
                    middle = (start + end) / 2 - here.us
                    watts = p0 + (p1 - p0) * middle / (there.us - here.us)
                    found.append(Segment(here, start, end, watts * (end - start) / 3.6e9))
        return found
