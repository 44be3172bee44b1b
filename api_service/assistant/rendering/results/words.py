"""The words and roles that speak of one value: what it is called, when it was, what it is of; pure."""

from collections.abc import Mapping
from datetime import datetime

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.query.query import PERIODS
from api_service.assistant.rendering.results.claims import claim_of
from api_service.assistant.rendering.results.plan import Role
from api_service.assistant.rendering.results.texts.nouns import noun_of
from api_service.assistant.rendering.results.texts.quantities import value_text
from api_service.assistant.rendering.results.texts.times import moment_text, period_text, span_text
from api_service.assistant.rendering.results.view import View
from api_service.metering.measure import MeasureKind, Statistic
from api_service.metering.measures import MEASURES

FRESH_S = 120.0
"""A newest reading older than this is said with its time."""
_LENGTHS: Mapping[str, str] = {
    Statistic.MEAN: "average time",
    Statistic.MIN: "shortest time",
    Statistic.MAX: "longest time",
    Statistic.MEDIAN: "median time",
    Statistic.LATEST: "latest time",
}


def related_noun(view: View, cell: Cell) -> str:
    """What a cell is called that may be made of others."""
    noun = noun_of(cell, view.query.per)
    if cell.statistic == Statistic.TREND:
        noun = f"change in {noun}"
    if cell.role is CellRole.SHARE:
        return f"share of the total {noun.removeprefix('average ')}"
    if cell.role is CellRole.DIFFERENCE:
        return f"difference in {noun}"
    return f"ratio of the {noun}" if cell.role is CellRole.RATIO else noun


def of_words(cell: Cell, roles: Mapping[str, Role], name: str = "device") -> str:
    """ " of {device}", " in the readings of {device}"; "" without a device."""
    is_gap = cell.measure == "gaps" and cell.statistic not in (Statistic.COUNT, Statistic.SUM)
    if is_gap:
        return " in the readings" + (f" of {{{name}}}" if name in roles else "")
    return f" of {{{name}}}" if name in roles else ""


def value_words(view: View, cell: Cell, roles: dict[str, Role]) -> tuple[dict[str, str], dict[str, Role]]:
    """The words and the further roles of a value's wordings: noun, claim, length."""
    words = {"noun": noun_of(cell, view.query.per), "of": of_words(cell, roles)}
    words["length"] = _LENGTHS.get(cell.statistic, "time")
    if view.query.measure == "duration" and view.query.per in PERIODS and cell.statistic != Statistic.SUM:
        words["length"] += " per day" if view.query.per.value != "hour" else " per hour"
    words["end"] = "first" if cell.statistic == Statistic.FIRST else "last"
    claim = claim_of(view, "device" in roles)
    is_claimed = cell.measure == "duration" or cell.statistic == Statistic.COUNT
    if claim is None or not is_claimed or cell.measure == "gaps":
        return words, view.condition_roles()
    words |= {"claim": claim.holds, "never": claim.never}
    return words, {**claim.roles, **claim.rest(view)}


def moment_roles(view: View, cell: Cell) -> dict[str, Role]:
    """The role "at": when an extreme, a reading or a run was; of a fresh newest reading none."""
    if cell.at is None or cell.unit.endswith("/day"):
        return {}
    if cell.statistic == Statistic.LATEST and cell.until is None:
        return _reading_roles(view, cell, cell.at)
    if cell.until is not None and cell.until > cell.at:
        return {"at": Role(span_text(cell.at, cell.until, view.moment, view.window), "span")}
    return {"at": Role(moment_text(cell.at, view.moment, view.window), "moment")}


def _reading_roles(view: View, cell: Cell, at: datetime) -> dict[str, Role]:
    """When a single reading was: none of a fresh one, nor of one in the minute that is asked about."""
    if not view.is_now and not view.is_at_moments:
        return {"at": Role(moment_text(at, view.moment, view.window), "moment")}
    if view.is_now and cell.measure != "last_seen" and (view.moment.now - at).total_seconds() <= FRESH_S:
        return {}
    if view.is_now:
        return {"at": Role(moment_text(at, view.moment), "reading")}
    moments = [window.start.replace(second=0, microsecond=0) for window in view.windows]
    if at.replace(second=0, microsecond=0) in moments:
        return {}
    return {"at": Role(f"by the reading {moment_text(at, view.moment, view.window)}", "reading")}


def value_role(view: View, cell: Cell, label: str = "") -> Role:
    """The role of a cell's value."""
    if isinstance(cell.value, datetime):
        return Role(moment_text(cell.value, view.moment), "moment")
    if MEASURES[cell.measure].kind is MeasureKind.TEXT and isinstance(cell.value, str):
        return Role(value_text(cell), "state")
    text = value_text(cell, limits=view.result_limits)
    is_plural = cell.measure == "samples" and not text.startswith("1 ")
    return Role(text, label or noun_of(cell, view.query.per), is_plural)


def period_role(view: View, cell: Cell) -> dict[str, Role]:
    """The role "period" of a cell's own period; none without."""
    if cell.key is None:
        return {}
    return {"period": Role(period_text(cell, view.moment, view.window), "period")}
