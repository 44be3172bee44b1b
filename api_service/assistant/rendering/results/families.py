"""Which wordings a value takes; pure."""

from collections.abc import Callable, Mapping

from api_service.assistant.execution.cells import Cell
from api_service.assistant.query.query import PERIODS
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import moment_roles
from api_service.metering.measure import Statistic


def family(view: View, cell: Cell) -> str:
    """The key of a value's wordings in `phrasings.VALUES`."""
    key, statistic = cell.measure, Statistic(cell.statistic)
    if statistic is Statistic.TREND:
        return "trend_up" if cell.number > 0 else "trend_down" if cell.number < 0 else "trend_flat"
    if key == "state" and statistic is not Statistic.COUNT:
        return _state(view)
    if statistic is Statistic.COUNT and key != "gaps":
        return "count" if cell.number else "count_none"
    if key in _BY_MEASURE:
        return _BY_MEASURE[key](view, cell)
    if statistic is Statistic.LATEST:
        return _latest(view, cell)
    return _BY_STATISTIC.get((key, statistic), "level")


def _state(view: View) -> str:
    if view.is_now:
        return "state_now"
    return "state_at" if view.is_at_moments else "state_end"


def _latest(view: View, cell: Cell) -> str:
    if view.is_at_moments:
        return "power_at" if cell.measure == "power" else "level"
    end = "then" if "at" in moment_roles(view, cell) else "now"
    return f"power_{end}" if cell.measure == "power" else end


def _amount(_: View, cell: Cell) -> str:
    return cell.measure if cell.statistic == Statistic.SUM else "level"


def _switch_ons(_: View, cell: Cell) -> str:
    if cell.statistic != Statistic.SUM:
        return "level"
    if cell.subject.is_site:
        return "switch_ons_site"
    return "switch_ons" if cell.number else "switch_ons_none"


def _on_time(view: View, cell: Cell) -> str:
    if cell.statistic == Statistic.SUM:
        return "on_time_site" if cell.subject.is_site else "on_time"
    is_run = view.query.per not in PERIODS and cell.statistic in _RUNS
    return "longest" if is_run else "level"


def _duration(view: View, cell: Cell) -> str:
    if not (view.query.where.bounds or view.query.where.state):
        return "level"
    return "duration" if cell.statistic == Statistic.SUM else "duration_at_a_time"


def _gaps(_: View, cell: Cell) -> str:
    return _GAPS.get(cell.statistic, "longest")


_RUNS = (Statistic.MAX, Statistic.MIN, Statistic.LATEST)
_GAPS: Mapping[str, str] = {Statistic.COUNT: "gaps", Statistic.SUM: "gaps_sum", Statistic.MEAN: "level"}
_BY_STATISTIC = {("power", Statistic.MEAN): "power_mean", ("power", Statistic.MAX): "power_max"}
_BY_MEASURE: Mapping[str, Callable[[View, Cell], str]] = {
    "energy": _amount,
    "cost": _amount,
    "samples": _amount,
    "switch_ons": _switch_ons,
    "on_time": _on_time,
    "duration": _duration,
    "gaps": _gaps,
    "coverage": lambda *_: "coverage",
}
