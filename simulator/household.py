"""Plans of households and their simulation."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from simulator.device_models import HOME_KINDS, KINDS, WORKSHOP_KINDS
from simulator.readings import Device, Household, Mains, mains, measure
from simulator.rng import Floats, Rng
from simulator.timeline import Span, timeline

SAMPLE_SEED = 2026
BENCHMARK_SEEDS_FROM = 9000
"""Seeds from here on belong to the benchmarks; nothing may be trained or tuned on them."""

_PERIODS_S = (10, 30, 60, 60, 60, 120, 300, 600)
# Zone, volts, hertz, and days on which its clocks change.
_PLACES: tuple[tuple[str, float, float, tuple[str, ...]], ...] = (
    ("UTC", 230, 50, ()),
    ("Europe/Madrid", 231, 50, ("2026-03-29", "2025-10-26")),
    ("Europe/Berlin", 232, 50, ("2026-03-29", "2025-10-26")),
    ("Europe/London", 238, 50, ("2026-03-29", "2025-10-26")),
    ("America/New_York", 120, 60, ("2026-03-08", "2025-11-02")),
    ("America/Los_Angeles", 119, 60, ("2026-03-08", "2025-11-02")),
    ("America/Sao_Paulo", 127, 60, ()),
    ("Asia/Tokyo", 101, 50, ()),
    ("Asia/Kolkata", 233, 50, ()),
    ("Australia/Adelaide", 234, 50, ("2026-04-05", "2025-10-05")),
)


@dataclass(frozen=True)
class Options:
    """What of a household is fixed from outside; None leaves it to the seed.

    `start` is aware; `preset` is `random`, `flat`, `family` or `workshop`.
    """

    preset: str = "random"
    days: float | None = None
    period_s: int | None = None
    start: datetime | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class DevicePlan:
    """One device before it is simulated. Times are epoch seconds."""

    name: str
    cluster: int
    kind: str
    period_s: int
    scale: float = 1.0
    offset_s: int = 0
    jitter_s: int = 0
    lost_share: float = 0.0
    gaps: tuple[tuple[float, float], ...] = ()
    silent_from_s: float | None = None


@dataclass(frozen=True)
class HousePlan:
    """A household before it is simulated. Sags are (from_s, to_s, remaining share of the voltage)."""

    seed: int
    timezone: str
    start_s: float
    end_s: float
    supply: tuple[float, float]
    devices: tuple[DevicePlan, ...]
    sags: tuple[tuple[float, float, float], ...] = ()


def household(seed: int, options: Options | None = None) -> Household:
    """The household of this seed. The same seed and options give the same readings on every machine.

    Raises ValueError for an unknown preset or zone, and for a span without a reading.
    """
    options = options or Options()
    if options.preset == "random":
        return simulate(_random_plan(seed, options))
    if options.preset not in _PRESETS:
        raise ValueError(f"unknown preset {options.preset!r}; known: random, {', '.join(_PRESETS)}")
    return simulate(_preset_plan(seed, options))


def sample() -> Household:
    """The sample household that a first start imports: eleven devices, nine days, always the same bytes."""
    return household(SAMPLE_SEED, Options("family", days=8.8125))


def simulate(plan: HousePlan) -> Household:
    """Run every device of the plan over its span."""
    if plan.end_s <= plan.start_s:
        raise ValueError("the household's span is empty")
    span = Span(plan.start_s, plan.end_s, ZoneInfo(plan.timezone))
    supply = mains((plan.start_s, plan.end_s), plan.supply, plan.sags, Rng(plan.seed, 0))
    devices = tuple(_device(device, span, supply, plan.seed) for device in plan.devices)
    if not any(len(device) for device in devices):
        raise ValueError("the household has no reading")
    return Household(plan.seed, plan.timezone, devices)


def _device(plan: DevicePlan, span: Span, supply: Mains, seed: int) -> Device:
    kind = KINDS[plan.kind]
    rng = Rng(seed, 1, plan.cluster)
    course = timeline(kind, plan.scale, span, rng)
    times_s = _reading_times(plan, span, rng)
    watts, state, active = course.at(times_s)
    count = len(times_s)
    watts = watts * (1 + 0.012 * rng.noise(count))
    factor = np.where(active, kind.power_factor, min(kind.power_factor, 0.46)) + 0.006 * rng.noise(count)
    columns = measure(times_s, watts, np.clip(factor, 0.3, 0.999), supply, rng)
    thd = np.where(active, kind.thd, kind.idle_thd) * (1 + 0.04 * rng.noise(count))
    columns["thd"] = np.where(columns["real_power_watt"] > 0, np.round(thd, 2), 0.0)
    columns["device_state"] = state
    return Device(plan.name, plan.cluster, plan.kind, plan.period_s, columns)


def _reading_times(plan: DevicePlan, span: Span, rng: Rng) -> Floats:
    """Whole epoch seconds at which the device reports, strictly rising, shape (readings,)."""
    grid = np.arange(span.start_s + plan.offset_s, span.end_s + 0.5, plan.period_s)
    if plan.jitter_s:
        grid = np.unique(np.floor(grid + plan.jitter_s * rng.uniform(len(grid))))
        grid = grid[grid <= span.end_s]
    kept = rng.uniform(len(grid)) >= plan.lost_share
    for from_s, to_s in plan.gaps:
        kept &= (grid < from_s) | (grid >= to_s)
    if plan.silent_from_s is not None:
        kept &= grid < plan.silent_from_s
    times: Floats = grid[kept]
    return times


# Kind, sampling period in seconds.
# Keeps the averages of a family's small consumers apart, so that a ranking has no near ties.
_SCALES = {"office": 1.3, "dishwasher": 1.12, "washing_machine": 1.07}
_PRESETS: dict[str, tuple[tuple[str, int], ...]] = {
    "flat": (("fridge", 60), ("oven", 60), ("tv", 60), ("lights", 300), ("router", 300)),
    "family": (
        ("fridge", 60), ("heat_pump", 60), ("oven", 60), ("washing_machine", 60), ("dishwasher", 120),
        ("tv", 120), ("office", 120), ("ev_charger", 60), ("lights", 300), ("router", 300),
        ("dehumidifier", 30),
    ),
    "workshop": (
        ("compressor", 30), ("mill", 30), ("fan", 60), ("lights", 300), ("server", 300), ("coffee", 60),
    ),
}  # fmt: skip


def _preset_plan(seed: int, options: Options) -> HousePlan:
    """A household with the preset's devices; its last one fell silent, one has a gap, one voltage sag."""
    # A Monday midnight, so that "last week" is a full week once nine days have passed.
    start = options.start or datetime(2026, 3, 9, tzinfo=UTC)
    days = options.days or 8.0
    start_s, end_s = start.timestamp(), (start + timedelta(days=days)).timestamp()
    kinds = _PRESETS[options.preset]
    gap_s = start_s + 0.35 * (end_s - start_s)
    devices = tuple(
        DevicePlan(
            KINDS[kind].names[0],
            number + 1,
            kind,
            options.period_s or period_s,
            scale=_SCALES.get(kind, 1.0),
            gaps=((gap_s, gap_s + 4.5 * 3600),) if number == 1 else (),
            silent_from_s=end_s - 2 * 86400 if number == len(kinds) - 1 and days > 2 else None,
        )
        for number, (kind, period_s) in enumerate(kinds)
    )
    sag_s = start_s + 0.8 * (end_s - start_s)
    zone, volts, hertz, _ = next((p for p in _PLACES if p[0] == options.timezone), _PLACES[0])
    return HousePlan(
        seed, options.timezone or zone, start_s, end_s, (volts, hertz), devices, ((sag_s, sag_s + 180, 0.84),)
    )


def _random_plan(seed: int, options: Options) -> HousePlan:
    rng = Rng(seed, 2)
    place = rng.pick(_PLACES)
    place = next((p for p in _PLACES if p[0] == options.timezone), place)
    zone = options.timezone or place[0]
    days = options.days or rng.pick((3.0, 5.5, 8.0, 9.25, 12.5))
    end_s = (_random_end(rng, place[3], zone)).timestamp()
    start_s = options.start.timestamp() if options.start else end_s - days * 86400
    end_s = start_s + days * 86400
    kinds = WORKSHOP_KINDS if rng.chance(0.25) else HOME_KINDS
    chosen = rng.sample(kinds, 4 + rng.below(7))
    clusters = rng.sample(range(0, 60), len(chosen))
    names = _names(chosen, rng)
    common_s = rng.pick(_PERIODS_S)
    devices = []
    for name, cluster, kind in zip(names, clusters, chosen, strict=True):
        period_s = options.period_s or (common_s if rng.chance(0.6) else rng.pick(_PERIODS_S))
        devices.append(_random_device(DevicePlan(name, cluster, kind, period_s), (start_s, end_s), rng))
    sags = tuple(
        (at, at + rng.between(20, 400), rng.between(0.72, 0.88))
        for at in (rng.between(start_s, end_s) for _ in range(rng.below(3)))
    )
    return HousePlan(seed, zone, start_s, end_s, (place[1], place[2]), tuple(devices), sags)


def _random_end(rng: Rng, changes: tuple[str, ...], zone: str) -> datetime:
    """An instant at a whole minute; often in the week after a clock change, where the place has one."""
    near = changes and rng.chance(0.6)
    day = (
        datetime.fromisoformat(rng.pick(changes))
        if near
        else datetime.fromisoformat("2025-06-01") + timedelta(rng.below(400))
    )
    if near:
        day += timedelta(days=rng.below(4))
    return (day + timedelta(hours=rng.below(16) + 7, minutes=rng.below(60))).replace(tzinfo=ZoneInfo(zone))


def _random_device(plan: DevicePlan, span_s: tuple[float, float], rng: Rng) -> DevicePlan:
    start_s, end_s = span_s
    gaps = []
    if rng.chance(0.3):
        at = rng.between(start_s, end_s)
        gaps.append((at, at + rng.between(1, 9) * 3600))
    return DevicePlan(
        plan.name,
        plan.cluster,
        plan.kind,
        plan.period_s,
        scale=rng.between(0.6, 1.5),
        offset_s=rng.below(plan.period_s),
        jitter_s=rng.below(4) if plan.period_s >= 30 else 0,
        lost_share=rng.pick((0.0, 0.0, 0.002, 0.02)),
        gaps=tuple(gaps),
        silent_from_s=end_s - rng.between(0.3, 2.5) * 86400 if rng.chance(0.12) else None,
    )


def _names(kinds: list[str], rng: Rng) -> list[str]:
    """One name per kind; none holds all the words of another, so that each can be asked for."""
    names: list[str] = []
    for kind in kinds:
        options = rng.sample(KINDS[kind].names, len(KINDS[kind].names))
        clear = [name for name in options if all(_distinct(name, other) for other in names)]
        names.append(clear[0] if clear else f"{options[0]} {len(names) + 1}")
    return names


def _distinct(name: str, other: str) -> bool:
    words, others = set(name.lower().split()), set(other.lower().split())
    return not (words <= others or others <= words)
