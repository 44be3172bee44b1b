"""Fact sheets of one small household with round numbers, made by production's own builder."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from api_service.assistant.execution.facts import build_sheet
from api_service.assistant.types import (
    AnswerFacts,
    DeviceRef,
    Intent,
    Mention,
    Moment,
    Quantity,
    Question,
    Relation,
    Window,
)
from api_service.metering.devices.device_status import DeviceStatus
from api_service.metering.measure import Statistic
from api_service.metering.measure import Statistic as Stat
from api_service.metering.window_stats import WindowStats

# 20:00 in Madrid (UTC+1), a Tuesday
NOW = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
MOMENT = Moment(NOW, ZoneInfo("Europe/Madrid"))
YESTERDAY = Window(datetime(2026, 3, 8, 23, tzinfo=UTC), datetime(2026, 3, 9, 23, tzinfo=UTC), "yesterday")
OVEN, FRIDGE, TV, TV_LAMP, LIGHTS, REIZOKO = (
    DeviceRef(1, "Oven"),
    DeviceRef(2, "Fridge"),
    DeviceRef(3, "TV"),
    DeviceRef(4, "TV lamp"),
    DeviceRef(5, "Lights"),
    DeviceRef(6, "冷蔵庫"),
)
DEVICES = (OVEN, FRIDGE, TV, TV_LAMP, LIGHTS, REIZOKO)
STATES = ("standby", "on", "off", "on", "ON", "cooling")

POWER, ENERGY, THD, PF = Quantity.POWER, Quantity.ENERGY, Quantity.THD, Quantity.POWER_FACTOR
LATEST, MEAN, MAX, MIN, SUM = Statistic.LATEST, Statistic.MEAN, Statistic.MAX, Statistic.MIN, Statistic.SUM

STATUSES = tuple(
    DeviceStatus(
        cluster=device.cluster,
        name=device.name,
        first_seen=NOW - timedelta(days=8),
        last_seen=NOW - timedelta(seconds=300 if device is TV else 10),
        last_state=STATES[place],
        last_power_w=100.0 * (place + 1),
        last_thd_percent=5.0 * (place + 1),
        median_period_s=10.0,
        max_sample_period_s=100.0,
    )
    for place, device in enumerate(DEVICES)
)


def _stats(place: int, device: DeviceRef, window: Window, coverage: float = 1.0) -> WindowStats:
    """Energies of 4.2, 3.5, 2.8, 2.1, 1.4 and 0.7 kWh, 14.7 in all; the oven peaks at 2.4 kW at 18:30."""
    values = {
        "samples": {Stat.SUM: 8640.0},
        "duration": {Stat.SUM: window.seconds * coverage},
        "energy": {Stat.SUM: 700.0 * (6 - place)},
        "power": {Stat.MEAN: 300.0 * (place + 1), Stat.MIN: 1.5 + place, Stat.MAX: 2400.0 - 100 * place},
        "thd": {Stat.MEAN: 4.0 + place, Stat.MAX: 12.0 + place},
        "power_factor": {Stat.MEAN: 0.9},
        "voltage": {Stat.MEAN: 230.0, Stat.MIN: 221.0, Stat.MAX: 239.0},
        "current": {Stat.MEAN: 1.0, Stat.MAX: 10.0},
        "frequency": {Stat.MEAN: 50.0},
        "reactive_power": {Stat.MEAN: 20.0},
        "apparent_power": {Stat.MEAN: 400.0},
    }
    return WindowStats(
        cluster=device.cluster,
        start=window.start,
        end=window.end,
        values={(key, statistic): value for key, of in values.items() for statistic, value in of.items()},
        moments={
            ("power", Stat.MIN): window.start + timedelta(hours=4),
            ("power", Stat.MAX): window.start + timedelta(hours=18, minutes=30),
            ("thd", Stat.MAX): window.start + timedelta(hours=2),
        },
        sums={"power_factor": (90.0, 100.0)},
        state_counts={"on": 8640},
        last_state="on",
    )


def sheet(
    intent: Intent,
    *devices: DeviceRef,
    quantity: Quantity | Relation = POWER,
    statistic: Statistic | Relation = LATEST,
    window: Window | None = None,
    coverage: float = 1.0,
    text: str = "how much?",
    **question: object,
) -> AnswerFacts:
    """The sheet of a question about this household; names in `text` become its mentions."""
    mentions = tuple(
        Mention(place, place + len(device.name), device)
        for device in devices
        if (place := text.lower().find(device.name.lower())) >= 0
    )
    asked = Question(
        text,
        intent,
        quantity,
        statistic,
        devices,
        window,
        mentions=mentions,
        **question,  # type: ignore[arg-type]
    )
    span = window or Window(NOW - timedelta(hours=24), NOW, "in the last 24 hours")
    stats = {device.cluster: _stats(place, device, span, coverage) for place, device in enumerate(DEVICES)}
    return build_sheet(asked, MOMENT, STATUSES, stats)


def energy(*devices: DeviceRef, **more: object) -> AnswerFacts:
    """Yesterday's energy."""
    return sheet(Intent.ENERGY, *devices, quantity=ENERGY, statistic=SUM, window=YESTERDAY, **more)  # type: ignore[arg-type]


def ranking(**more: object) -> AnswerFacts:
    """Yesterday's ranking by energy."""
    return sheet(Intent.RANKING, quantity=ENERGY, statistic=SUM, window=YESTERDAY, **more)  # type: ignore[arg-type]


def comparison(**more: object) -> AnswerFacts:
    """Yesterday's energy of oven (4.2 kWh) and fridge (3.5 kWh)."""
    return sheet(
        Intent.COMPARE,
        OVEN,
        FRIDGE,
        quantity=ENERGY,
        statistic=SUM,
        window=YESTERDAY,
        **more,  # type: ignore[arg-type]
    )
