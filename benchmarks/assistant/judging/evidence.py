"""Checks an answer's evidence against the truth, and says what it allows the words to contain."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.assistant.gold.ground_truth import Meter, Truth, Window
from benchmarks.assistant.judging.answer_parser import base_unit

Item = dict[str, Any]
_TO_NOW_S = 0.5
_AT_S = 1.0
_DERIVED = ("difference", "ratio")

_OF_DEVICE: dict[tuple[str, str], Callable[[Meter, Window], float]] = {
    ("power", "mean"): Meter.mean_w,
    ("power", "max"): lambda meter, window: meter.peak(window)[0],
    ("power", "min"): lambda meter, window: float(meter.watts[meter.within(window)].min()),
    ("energy", "sum"): Meter.energy_wh,
    ("thd", "mean"): Meter.thd_mean,
    ("thd", "max"): lambda meter, window: float(meter.thd_percent[meter.within(window)].max()),
    ("power_factor", "mean"): Meter.power_factor,
    ("power_factor", "ratio"): Meter.power_factor,
}
_LATEST: dict[str, Callable[[Meter], float | str]] = {
    "power": lambda meter: float(meter.watts[-1]),
    "thd": lambda meter: float(meter.thd_percent[-1]),
    "state": lambda meter: str(meter.state[-1]),
}


def evidence_faults(body: Item, truth: Truth) -> tuple[str, ...]:
    """Every piece of evidence whose value is not the true one; what the truth does not cover passes."""
    items = list(body.get("evidence", []))
    faults = []
    for item in items:
        name = item.get("device")
        what = f"{name} {item.get('quantity')} {item.get('statistic')} {item.get('value')}"
        if name is not None and name not in truth.names:
            faults.append(f"evidence of an unknown device: {what}")
        elif not _true(truth, item, items) or not _read_then(truth, item):
            faults.append(f"evidence not true: {what}")
    return tuple(faults)


def _true(truth: Truth, item: Item, items: list[Item]) -> bool:
    candidates = list(_candidates(truth, item, items))
    return not candidates or any(_same(item, value) for value in candidates)


def _read_then(truth: Truth, item: Item) -> bool:
    """Whether a device's peak or latest value was read at the time that the evidence gives for it."""
    at = parse_moment(item.get("at"))
    if at is None or item.get("device") is None or item.get("statistic") not in ("max", "min", "latest"):
        return True
    meter = truth.meter(item["device"])
    columns = {"power": meter.watts, "thd": meter.thd_percent}
    if item.get("quantity") not in columns:
        return True
    near = columns[str(item["quantity"])][abs(meter.time_s - at.timestamp()) < _AT_S]
    return any(_same(item, float(value)) for value in near)


def _candidates(truth: Truth, item: Item, items: list[Item]) -> Iterator[float | str]:
    """The values that would be true; nothing where the truth has no opinion."""
    quantity, statistic = str(item.get("quantity")), str(item.get("statistic"))
    if quantity == "count":
        yield from _counts(truth, item)
    elif statistic in _DERIVED and quantity != "power_factor":
        yield from _derived(statistic, quantity, items)
    elif item.get("device") is None:
        for window in _windows(truth, item):
            yield from _of_site(truth, quantity, statistic, window)
    elif statistic == "latest":
        if quantity in _LATEST:
            yield _LATEST[quantity](truth.meter(item["device"]))
    else:
        for window in _windows(truth, item):
            yield from _of_device(truth, item, (quantity, statistic), window)


def _windows(truth: Truth, item: Item) -> tuple[Window, Window]:
    """The window that the evidence names, half-open and with its end included."""
    start, end = parse_moment(item.get("start")), parse_moment(item.get("end"))
    start_s = start.timestamp() if start else truth.now_s
    end_s = end.timestamp() if end else truth.now_s
    return (start_s, end_s), (start_s, end_s + _TO_NOW_S)


def _of_device(truth: Truth, item: Item, what: tuple[str, str], window: Window) -> Iterator[float]:
    meter = truth.meter(item["device"])
    if what[0] == "share":
        yield 100 * meter.energy_wh(window) / truth.total_energy_wh(window)
    elif what in _OF_DEVICE and (what[0] == "energy" or meter.count(window)):
        yield _OF_DEVICE[what](meter, window)


def _of_site(truth: Truth, quantity: str, statistic: str, window: Window) -> Iterator[float]:
    if (quantity, statistic) == ("energy", "sum"):
        yield truth.total_energy_wh(window)
    elif (quantity, statistic) in (("power", "latest"), ("power", "sum")):
        yield truth.total_now_w()
    elif (quantity, statistic) == ("power", "mean"):
        yield sum(meter.mean_w(window) for meter in truth.meters if meter.count(window))


def _counts(truth: Truth, item: Item) -> Iterator[float]:
    """A count is of known, reporting or active devices, or of those with readings in the window.

    One that names a device counts just this one.
    """
    if item.get("device") is not None:
        yield 1.0
        return
    yield from (len(truth.meters), len(truth.reporting()), len(truth.active()))
    for window in _windows(truth, item):
        yield sum(1 for meter in truth.meters if meter.count(window))


def _derived(statistic: str, quantity: str, items: list[Item]) -> Iterator[float]:
    """Differences and ratios of any two measured pieces of the same evidence, checked themselves."""
    measured = [
        base_unit(float(other["value"]), str(other.get("unit") or ""))
        for other in items
        if other.get("statistic") not in _DERIVED and isinstance(other.get("value"), (int, float))
    ]
    for first, first_unit in measured:
        for second, second_unit in measured:
            if first_unit == second_unit and statistic == "difference" and quantity != "ratio":
                yield first - second
            elif first_unit == second_unit and second:
                yield first / second


def _same(item: Item, expected: float | str) -> bool:
    given = item.get("value")
    if isinstance(expected, str) or isinstance(given, str) or given is None:
        return str(given) == str(expected)
    value, _ = base_unit(float(given), str(item.get("unit") or ""))
    scale, _ = base_unit(1.0, str(item.get("unit") or ""))
    decimals = len(repr(float(given)).partition(".")[2])
    return abs(value - expected) <= 0.5 * 10.0**-decimals * scale * 1.001 + 1e-6 * abs(expected) + 1e-9


def evidence_values(body: Item) -> list[tuple[float, str]]:
    """Values with base units that the words may contain: evidence, its coverage, ranks and sample counts."""
    allowed: list[tuple[float, str]] = []
    for item in body.get("evidence", []):
        value = item.get("value")
        listed = item.get("quantity") == "count" and item.get("device") is not None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and not listed:
            allowed.append(base_unit(float(value), str(item.get("unit") or "")))
        if item.get("rank"):
            allowed.append((float(item["rank"]), ""))
        allowed.append((100 * float(item.get("coverage") or 0.0), "%"))
        allowed.append((float(item.get("samples") or 0), ""))
    return allowed


def evidence_moments(body: Item, zone: ZoneInfo) -> list[datetime]:
    """The moments that the words may contain, in the household's zone."""
    return [moment.astimezone(zone) for moment in _moments(body)]


def _moments(body: Item) -> Iterator[datetime]:
    for item in [*body.get("evidence", []), body.get("window") or {}]:
        for key in ("start", "end", "at"):
            moment = parse_moment(item.get(key))
            if moment is not None:
                yield moment
                # An end is exclusive: "the 3rd" may be meant by the midnight that begins the 4th.
                yield moment - timedelta(seconds=1)


def parse_moment(text: object) -> datetime | None:
    """An RFC 3339 time of a body; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
