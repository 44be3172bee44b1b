"""The simulated households: small, each with something that is hard about it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from simulator import Household
from simulator.household import DevicePlan, HousePlan, simulate

Groups = dict[str, tuple[str, ...]]
NIGHT_TARIFF: dict[str, Any] = {
    "currency": "EUR",
    "tariffs": [
        {
            "valid_from": "2020-01-01",
            "price_per_kwh": 0.32,
            "bands": [{"price_per_kwh": 0.18, "start": "22:00", "end": "06:00"}],
        }
    ],
}
FLAT_TARIFF: dict[str, Any] = {
    "currency": "EUR",
    "tariffs": [{"valid_from": "2005-01-01", "price_per_kwh": 0.25}],
}
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@dataclass(frozen=True)
class HouseholdPlan:
    """A household and what its owner has set up.

    `write` puts its files into a folder, in the order in which they are imported. `groups` are names of
    devices by group; `mains` is the device that measures all others.
    """

    name: str
    timezone: str
    write: Callable[[Path], list[Path]]
    groups: Groups = field(default_factory=dict)
    tariff: dict[str, Any] | None = None
    mains: str | None = None


def simulated(build: Callable[[], Household], late_from: str = "") -> Callable[[Path], list[Path]]:
    """Writes a simulated household: one file, or the readings from a moment on before the earlier ones."""

    def write(folder: Path) -> list[Path]:
        whole = folder / "household.csv"
        build().write_csv(whole)
        if not late_from:
            return [whole]
        head, *lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
        files = []
        for name, is_late in (("later", True), ("earlier", False)):
            part = [line for line in lines if (line.split(",", 1)[0] >= late_from) is is_late]
            files.append(folder / f"{name}.csv")
            files[-1].write_text(head + "".join(part), encoding="utf-8")
        return files

    return write


def _s(text: str, zone: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def _spring() -> Household:
    """Four weeks over the spring clock change, every ten minutes."""
    zone, period = "Europe/Madrid", 600
    kinds = (
        ("Oven", "oven"), ("Fridge", "fridge"), ("Heat pump", "heat_pump"), ("TV", "tv"),
        ("Washing machine", "washing_machine"), ("EV charger", "ev_charger"), ("Lights", "lights"),
    )  # fmt: skip
    devices = tuple(DevicePlan(name, at, kind, period) for at, (name, kind) in enumerate(kinds, start=1))
    start, end = _s("2026-03-02T00:00", zone), _s("2026-03-31T15:40", zone)
    sag = _s("2026-03-30T19:00", zone)
    return simulate(HousePlan(9101, zone, start, end, (231.0, 50.0), devices, ((sag, sag + 1300, 0.84),)))


def _gaps() -> Household:
    """Ten days with holes, lost readings, jitter, a device that fell silent and data that come late."""
    zone, period = "Europe/London", 240
    start, end = _s("2026-05-04T00:00", zone), _s("2026-05-14T21:12", zone)
    hole = (start + 8.3 * DAY_S, start + 8.3 * DAY_S + 7 * HOUR_S)
    devices = (
        DevicePlan("Boiler", 3, "water_heater", period, jitter_s=20, lost_share=0.03),
        DevicePlan("Dishwasher", 5, "dishwasher", period, gaps=(hole,)),
        DevicePlan("Freezer", 8, "freezer", period, lost_share=0.02),
        DevicePlan("Kettle", 9, "kettle", 60, gaps=((end - 0.9 * DAY_S, end - 0.8 * DAY_S),)),
        DevicePlan("Tumble dryer", 12, "dryer", period, silent_from_s=end - 2.4 * DAY_S),
        DevicePlan("Router", 20, "router", 600),
    )
    return simulate(HousePlan(9102, zone, start, end, (238.0, 50.0), devices))


def _similar() -> Household:
    """Names that hold each other, over the autumn clock change."""
    zone, period = "Europe/Berlin", 300
    start, end = _s("2025-10-13T00:00", zone), _s("2025-10-27T20:25", zone)
    kinds = (
        ("TV", "tv", 1.0), ("Bedroom TV", "tv", 0.6), ("Fridge", "fridge", 1.0),
        ("Garage fridge", "fridge", 1.4), ("Desk lamp", "lights", 0.2), ("Desk 4", "office", 1.0),
        ("Heat pump 1", "heat_pump", 1.0), ("Heat pump 2", "heat_pump", 0.7),
    )  # fmt: skip
    devices = tuple(
        DevicePlan(name, 10 + at, kind, period, scale=scale) for at, (name, kind, scale) in enumerate(kinds)
    )
    return simulate(HousePlan(9103, zone, start, end, (232.0, 50.0), devices))


def _seconds() -> Household:
    """An evening and the beginning of a night, every second."""
    zone = "Europe/Berlin"
    start, end = _s("2026-01-20T21:40", zone), _s("2026-01-21T01:05", zone)
    devices = (
        DevicePlan("Dishwasher", 1, "dishwasher", 1),
        DevicePlan("Fridge", 2, "fridge", 1),
        DevicePlan("PlayStation 5", 3, "console", 1),
    )
    return simulate(HousePlan(9104, zone, start, end, (232.0, 50.0), devices))


def _solar() -> Household:
    """Five weeks every half hour with an inverter that feeds back, under a meter of the whole house."""
    zone, period = "Asia/Kolkata", 1800
    kinds = (
        ("Air conditioner", "air_conditioner"), ("Water heater", "water_heater"), ("Pool pump", "pool_pump"),
        ("Fridge", "fridge"), ("Computer", "office"),
    )  # fmt: skip
    devices = tuple(DevicePlan(name, at, kind, period) for at, (name, kind) in enumerate(kinds, start=1))
    start, end = _s("2026-04-06T00:00", zone), _s("2026-05-12T18:30", zone)
    home = simulate(HousePlan(9105, zone, start, end, (233.0, 50.0), devices))
    inverter = _inverter(home.devices[0], zone)
    return replace(home, devices=(*home.devices, inverter, _mains((*home.devices, inverter))))


def _inverter(like: Any, zone: str) -> Any:
    """A device that feeds back by day: negative power under a sun that clouds dim."""
    times = like.columns["timestamp"].astype(np.int64)
    offset = datetime.fromtimestamp(int(times[0]), ZoneInfo(zone)).utcoffset()
    hour = ((times + (offset.total_seconds() if offset else 0)) % DAY_S) / HOUR_S
    day = (times // int(DAY_S)) % 7
    watts = -np.round(2600 * (0.4 + 0.1 * day) * np.maximum(0.0, np.sin((hour - 6) / 12 * np.pi)), 2)
    watts[watts == 0] = 0.0
    feeds = watts < -20
    columns = _columns(like, watts)
    columns["device_state"] = np.where(feeds, "feeding in", "idle")
    return replace(like, name="Solar inverter", cluster=6, kind="inverter", columns=columns)


def _mains(parts: tuple[Any, ...]) -> Any:
    """What all draw together, and 140 W that nothing else measures."""
    watts = np.round(sum(part.columns["real_power_watt"] for part in parts) + 140.0, 2)
    columns = _columns(parts[0], watts)
    columns["device_state"] = np.full(len(watts), "")
    return replace(parts[0], name="Main meter", cluster=7, kind="mains", columns=columns)


def _columns(like: Any, watts: Any) -> dict[str, Any]:
    """The electrical columns of this power at the voltage of another device of the house."""
    columns = dict(like.columns)
    volts = columns["voltage"]
    apparent_va = np.round(np.abs(watts) / 0.97, 3)
    reactive = np.sqrt(np.maximum(apparent_va**2 - watts**2, 0.0)) / 1000
    factor = np.where(apparent_va > 0, watts / np.maximum(apparent_va, 1e-9), 0.0)
    return columns | {
        "real_power_watt": watts,
        "real_power": np.round(watts / 1000, 5),
        "apparent_power": np.round(apparent_va / 1000, 6),
        "reactive_power": np.round(reactive, 6),
        "current": np.round(apparent_va / volts, 4),
        "power_factor": np.round(np.clip(factor, -1, 1), 4),
        "thd": np.where(apparent_va > 0, 3.1, 0.0),
    }


SIMULATED = (
    HouseholdPlan(
        "spring",
        "Europe/Madrid",
        simulated(_spring),
        {"kitchen": ("Oven", "Fridge"), "living room": ("TV", "Lights"), "phase 1": ("Heat pump", "Oven")},
        NIGHT_TARIFF,
    ),
    HouseholdPlan(
        "gaps",
        "Europe/London",
        simulated(_gaps, late_from="2026-05-07T00:00:00Z"),
        {"kitchen": ("Dishwasher", "Kettle"), "cellar": ("Freezer", "Tumble dryer")},
        FLAT_TARIFF,
    ),
    HouseholdPlan(
        "similar",
        "Europe/Berlin",
        simulated(_similar),
        {"office": ("Desk lamp", "Desk 4"), "upstairs": ("Bedroom TV", "Desk lamp", "Desk 4")},
        NIGHT_TARIFF,
    ),
    HouseholdPlan("seconds", "Europe/Berlin", simulated(_seconds)),
    HouseholdPlan(
        "solar",
        "Asia/Kolkata",
        simulated(_solar),
        {"outside": ("Pool pump", "Solar inverter"), "phase 2": ("Fridge", "Computer")},
        FLAT_TARIFF,
        mains="Main meter",
    ),
)
