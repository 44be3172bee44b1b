"""Random households as the facts see them: devices with names, states and statistics of a window."""

import math
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.window_stats import WindowStats

ZONES = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Tokyo", "Australia/Adelaide")
NAMES = tuple(
    """
    Oven|Fridge|Freezer|TV|Washing Machine|Dishwasher|Lights|Heat Pump|EV charger|Kettle|Router|Toaster
    |Kitchen Lights|Garage door|Boiler|Desk lamp|Laptop|Microwave|Air conditioner|Pumps|Server rack|Lathe
    |Compressor|Office printers|Coffee machine|Hob|Dryer|iMac|PC
    """.replace("\n    ", "")
    .strip()
    .split("|")
)
# Never seen in training; with slots a name only decides between "is" and "are".
UNSEEN_NAMES = tuple(
    """
    Sauna|Welding robot|Speakers|Anna's lamp|Aquarium pumps|NAS|Kühlschrank|冰箱|Холодильник|Wine cooler
    |3D printer|Projectors|Bench drill|Conveyor belt 2|UPS|The big oven|Terrarium heater
    """.replace("\n    ", "")
    .strip()
    .split("|")
)
STATES = ("on", "off", "standby", "Idle", "heating", "cooling", "washing", "ON", "charging", "spin cycle")


@dataclass(frozen=True)
class Household:
    """All that a sheet is built from, for one window."""

    moment: Moment
    window: Window | None
    said: str
    statuses: tuple[DeviceStatus, ...]
    stats: dict[int, WindowStats]

    @property
    def devices(self) -> tuple[DeviceRef, ...]:
        """The devices as questions name them."""
        return tuple(DeviceRef(status.cluster, status.name) for status in self.statuses)


def random_household(rng: random.Random, *, unseen: bool = False) -> Household:
    """A household of 1 to 9 devices (now and then up to 25), and a window to ask about."""
    zone = ZoneInfo(rng.choice(ZONES))
    start = datetime(2024, 1, 1, tzinfo=UTC)
    now = start + timedelta(seconds=rng.randrange(3 * 365 * 86400))
    window, said = _random_window(rng, now.astimezone(zone))
    n = rng.randint(10, 25) if rng.random() < 0.05 else rng.randint(1, 9)
    clusters = rng.sample(range(60), n)
    statuses = [_status(rng, cluster, _name(rng, unseen), now) for cluster in sorted(clusters)]
    span = window or Window(now - timedelta(hours=24), now, "")
    thin = rng.random() < 0.12
    stats = {s.cluster: _stats(rng, s.cluster, span, thin) for s in statuses if rng.random() < 0.97}
    return Household(Moment(now, zone), window, said, tuple(statuses), stats)


def all_alike(home: Household) -> Household:
    """The household with every device measuring the same."""
    first, stats = home.statuses[0], next(iter(home.stats.values()), None)
    return replace(
        home,
        statuses=tuple(
            replace(s, last_power_w=first.last_power_w, last_thd_percent=first.last_thd_percent)
            for s in home.statuses
        ),
        stats={cluster: replace(stats, cluster=cluster) for cluster in home.stats} if stats else {},
    )


def _name(rng: random.Random, unseen: bool) -> str:
    if rng.random() < 0.1:
        return f"Device {rng.randint(1, 60)}"
    name = rng.choice(UNSEEN_NAMES if unseen else NAMES)
    return name.lower() if rng.random() < 0.1 else name


def _status(rng: random.Random, cluster: int, name: str, now: datetime) -> DeviceStatus:
    age_s = rng.uniform(0, 100) if rng.random() < 0.75 else rng.uniform(130, 850)
    if rng.random() < 0.02:
        age_s = rng.uniform(3600, 200_000)
    return DeviceStatus(
        cluster,
        name,
        now - timedelta(days=rng.uniform(3, 400)),
        now - timedelta(seconds=age_s),
        rng.choice(STATES) if rng.random() < 0.97 else None,
        _power(rng),
        rng.uniform(0.5, 45) if rng.random() < 0.97 else None,
        10.0,
        100.0,
    )


def _power(rng: random.Random) -> float:
    return 0.0 if rng.random() < 0.03 else 10 ** rng.uniform(0, 3.9)


def _stats(rng: random.Random, cluster: int, window: Window, thin: bool) -> WindowStats:
    mean = _power(rng)
    high = mean * rng.uniform(1.1, 8) + 1
    coverage = rng.uniform(0.05, 0.75) if thin else rng.uniform(0.85, 1.0)
    thd = rng.uniform(0.5, 40)
    factor = rng.uniform(0.3, 1.0)
    samples = max(1, int(window.seconds * coverage / 10))

    def at() -> datetime:
        return window.start + timedelta(seconds=rng.uniform(0, window.seconds))

    levels = {
        "power": (mean * rng.uniform(0, 0.9), mean, high),
        "thd": (None, thd, thd * rng.uniform(1.05, 2)),
        "power_factor": (None, factor, None),
        "voltage": (rng.uniform(195, 214), rng.uniform(215, 242), rng.uniform(243, 256)),
        "current": (None, mean / 230 / factor, high / 230 / factor),
        "frequency": (None, rng.uniform(49.9, 50.1), None),
        "reactive_power": (None, mean * math.tan(math.acos(factor)), None),
        "apparent_power": (None, mean / factor, None),
    }
    values = {
        (key, statistic): value
        for key, of_statistics in levels.items()
        for statistic, value in zip(
            (Statistic.MIN, Statistic.MEAN, Statistic.MAX), of_statistics, strict=True
        )
        if value is not None
    }
    values["energy", Statistic.SUM] = mean * window.seconds * coverage / 3600
    values["duration", Statistic.SUM] = window.seconds * coverage
    values["samples", Statistic.SUM] = samples
    timed = (("power", Statistic.MIN), ("power", Statistic.MAX), ("thd", Statistic.MAX))
    return WindowStats(
        cluster=cluster,
        start=window.start,
        end=window.end,
        values=values,
        moments={key: at() for key in timed},
        sums={"power_factor": (mean * samples, mean * samples / factor)},
        state_counts={rng.choice(STATES): samples},
        last_state=rng.choice(STATES),
    )


def _random_window(rng: random.Random, local: datetime) -> tuple[Window | None, str]:
    """A window with its label and the words asked with; None and "" where no window is named."""
    if rng.random() < 0.3:
        return None, ""
    start, end, label, said = rng.choice((_day, _calendar, _rolling))(rng, local)
    end = max(end, start + timedelta(minutes=1))
    return Window(start.astimezone(UTC), end.astimezone(UTC), label), rng.choice(said)


Span = tuple[datetime, datetime, str, tuple[str, ...]]


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _day(rng: random.Random, local: datetime) -> Span:
    midnight, day = _midnight(local), timedelta(days=1)
    weekday = midnight - rng.randint(2, 6) * day
    date = midnight - rng.randint(8, 300) * day
    dated, named = f"{date.day} {date:%B}", f"{weekday:%A}"
    spans: tuple[Span, ...] = (
        (midnight - day, midnight, "yesterday", ("yesterday", "the day before today", "yday")),
        (midnight, local, "today", ("today", "so far today", "since midnight")),
        (weekday, weekday + day, f"on {named}", (f"on {named}", f"last {named}", named)),
        (date, date + day, f"on {dated}", (f"on {dated}", f"on {date:%B} {date.day}", f"{date:%Y-%m-%d}")),
    )
    return rng.choice(spans)


def _calendar(rng: random.Random, local: datetime) -> Span:
    monday = _midnight(local) - local.weekday() * timedelta(days=1)
    this: Span = (monday, local, "this week", ("this week", "since monday"))
    last_words = ("last week", "the week before", "in the past week")
    last: Span = (monday - timedelta(days=7), monday, "last week", last_words)
    return rng.choice((this, last))


def _rolling(rng: random.Random, local: datetime) -> Span:
    n = rng.randint(2, 48)
    unit, seconds = rng.choice((("minutes", 60), ("hours", 3600), ("days", 86400)))
    said = (f"in the last {n} {unit}", f"past {n} {unit}", f"over the last {n} {unit}", f"last {n} {unit[0]}")
    return local - timedelta(seconds=n * seconds), local, f"in the last {n} {unit}", said
