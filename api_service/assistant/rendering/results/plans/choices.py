"""Plans of what is chosen: the winner of an order, the names that fulfil a condition, how many do, none."""

from collections.abc import Sequence

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.query.query import End, Per
from api_service.assistant.rendering.results.claims import Predicate, claim_of, predicate_of
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.lists import LIST_LIMIT, group_name, items_text, rows_text
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts.nouns import UNITS_OF_LISTS, plural
from api_service.assistant.rendering.results.texts.phrasings import PERIOD_WINNERS, WINNERS
from api_service.assistant.rendering.results.texts.times import moment_text, period_text
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import (
    moment_roles,
    of_words,
    period_role,
    related_noun,
    value_role,
)
from api_service.metering.measure import Statistic

_RANKS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SHARED = {"switch_ons": "level", "samples": "level", "gaps": "level", "coverage": "level"}


def winner(view: View) -> Plan:
    """The group or period at a place of an order."""
    cell = view.result.rows[0]
    is_period = cell.key is not None
    draft = Draft(Shape.WINNER, _winner_key(view, cell))
    _add_order(view, cell, draft)
    draft.add({}, {"value": value_role(view, cell), **view.time_roles(), **note_roles(view, [cell])})
    if is_period:
        draft.add({}, {**view.device(cell), **period_role(view, cell)})
        draft.words["of"] = of_words(cell, draft.roles)
        _add_claim(view, draft)
        table = PERIOD_WINNERS
    else:
        who = Role(group_name(view, cell), "device", view.takes_plural(cell.subject) and cell.state is None)
        draft.add({"of": ""}, {"who": who})
        _add_claim(view, draft)
        table = WINNERS
    if is_period and "device" not in draft.roles and draft.key != "duration":
        draft.key = "level"  # the other wordings name the device
    key = draft.key if draft.key in table else "level"
    if cell.measure == "last_seen":
        draft.roles["value"] = Role(moment_text(cell.at or cell.end, view.moment), "moment")
    return draft.plan(table[key], suffix=_winner_suffix(view, cell, draft))


def _winner_suffix(view: View, cell: Cell, draft: Draft) -> str:
    at = moment_roles(view, cell) if cell.statistic in ("max", "min") else {}
    draft.add({}, at)
    return ": {value}[, {at}]"


def _winner_key(view: View, cell: Cell) -> str:
    if cell.role is not CellRole.ROW or (view.is_now and cell.measure not in ("power", "last_seen")):
        return "now" if view.is_now else "level"
    if cell.measure == "power":
        return "power_now" if view.is_now else "level"
    if cell.measure in ("energy", "cost", "on_time", "duration", "last_seen") and cell.statistic in (
        "sum",
        "latest",
        "first",
    ):
        return cell.measure
    return _SHARED.get(cell.measure, "level")


def _add_order(view: View, cell: Cell, draft: Draft) -> None:
    order = view.query.order
    is_most = order is None or order.end is End.MOST
    noun = related_noun(view, cell)
    noun = (
        noun.replace("highest ", "peak ")
        .replace("lowest ", "minimum ")
        .replace("longest ", "single ")
        .replace("shortest ", "shortest ")
    )
    draft.words |= {
        "noun": noun,
        "most": "most" if is_most else "least",
        "highest": "highest" if is_most else "lowest",
        "longest": "longest" if is_most else "shortest",
        "latest": "latest" if is_most else "earliest",
        "end": "first" if cell.statistic == Statistic.FIRST else "last",
    }
    if cell.rank is not None and cell.rank > 1:
        draft.add({}, {"rank": Role(rank_text(cell.rank), "place")})


def _add_claim(view: View, draft: Draft) -> None:
    claim = claim_of(view, "device" in draft.roles)
    if draft.key != "duration" or claim is None:
        draft.add({}, view.condition_roles())
        if draft.key == "duration":
            draft.key = "level"
        return
    draft.add({"claim": claim.holds}, {**claim.roles, **claim.rest(view)})


# --- names and counts -------------------------------------------------------------------------------------


def names(view: View) -> Plan:
    """The groups or periods that fulfil a condition."""
    rows = view.result.rows
    if view.by_period:
        return period_plan(view, rows, Shape.NAMES, count_text(view, len(rows), None))
    return _group_plan(view, rows, Shape.NAMES, count_text(view, len(rows), None))


def count(view: View) -> Plan:
    """How many groups fulfil a condition, of how many."""
    result = view.result
    number, of = result.count or 0, result.of
    if view.by_period:
        one = len(view.query.devices.slots) < 2
        return period_plan(view, result.rows, Shape.COUNT, count_text(view, number, of if one else None))
    return _group_plan(view, result.rows, Shape.COUNT, count_text(view, number, of))


def count_text(view: View, number: int, of: int | None) -> str:
    """ "3 of 5 devices", "1 device", "none of the 7 days", "no device"."""
    noun = _unit(view)
    if of is not None and of >= max(number, 2):
        every = "both" if of == 2 else f"all {of}"
        some = f"{number or 'none'} of {'the ' if not number else ''}{of}"
        return f"{some if number < of else every} {plural(noun)}"
    return f"{number or 'no'} {noun if number in (0, 1) else plural(noun)}"


def _unit(view: View) -> str:
    return UNITS_OF_LISTS[view.query.grouping or Per.DEVICE]


def _group_plan(view: View, rows: Sequence[Cell], shape: Shape, counted: str) -> Plan:
    predicate = predicate_of(view, rows[0] if rows else None)
    draft = Draft(shape, "groups", {"holds": predicate.holds}, dict(predicate.roles))
    draft.add({}, {**view.time_roles(), **note_roles(view, rows)})
    if len(rows) == 1 and shape is Shape.NAMES:
        cell = rows[0]
        who = Role(group_name(view, cell), "device", view.takes_plural(cell.subject) and cell.state is None)
        draft.add({}, {"who": who, **witness_roles(view, cell)})
        suffix = ": {value}[, {at}]" if "value" in draft.roles else ""
        return draft.plan(group_templates(predicate), suffix)
    is_plural = not (counted.startswith(("1 ", "no ", "none ")) and not counted.startswith("1 of"))
    if counted.startswith("1 of"):
        is_plural = False
    draft.add({}, {"who": Role(counted, "count", is_plural)})
    if not rows:
        draft.words["holds"] = predicate.holds_for_any
        return draft.plan(group_templates(predicate))
    draft.add({}, {"list": Role(condition_list(view, rows), "list")})
    return draft.plan(group_templates(predicate), ": {list}")


def group_templates(predicate: Predicate) -> tuple[str, ...]:
    """What is true of some groups."""
    who = predicate.subject
    return f"{who} {{=holds}}[ {{window}}][ {{cond}}]", f"[{{window}}, ]{who} {{=holds}}[ {{cond}}]"


def period_templates(predicate: Predicate) -> tuple[str, ...]:
    """What was true of a subject in some periods."""
    who = predicate.subject
    return (
        f"[{{window}}, ]{who} {{=holds}}[ {{cond}}] {{=at}} {{count}}",
        f"{who} {{=holds}}[ {{cond}}] {{=at}} {{count}}[, {{window}}]",
    )


def condition_list(view: View, rows: Sequence[Cell]) -> str:
    """Names with values where the values say something beside the condition."""
    if rows[0].measure in ("state", "last_seen"):
        return items_text([_name_of_row(view, row) for row in rows], LIST_LIMIT)
    return rows_text(view, rows)


def _name_of_row(view: View, row: Cell) -> str:
    """The device, or the day on which it was so."""
    return period_text(row, view.moment, view.window) if view.by_period else group_name(view, row)


def witness_roles(view: View, cell: Cell) -> dict[str, Role]:
    """The value that bears a condition out, with its moment."""
    if cell.measure == "state":
        return {}
    if cell.measure == "last_seen":
        text = moment_text(cell.at or cell.end, view.moment)
        return {"value": Role(f"the last reading came {text}", "moment")}
    return {"value": value_role(view, cell), **moment_roles(view, cell)}


def period_plan(view: View, rows: Sequence[Cell], shape: Shape, counted: str) -> Plan:
    """Periods as when something was so: "on 3 of 7 days"."""
    cell = rows[0] if rows else None
    predicate = predicate_of(view, cell)
    draft = Draft(shape, "periods", {"holds": predicate.holds}, dict(predicate.roles))
    draft.add({}, {**view.time_roles(), **note_roles(view, rows), "count": Role(counted, "count")})
    draft.roles.update(who_of(view, cell))
    draft.words["at"] = at_period(view)
    templates = period_templates(predicate)
    if not rows:
        draft.words["holds"] = predicate.holds.removesuffix(" at some time")
        return draft.plan(templates)
    draft.add({}, {"list": Role(condition_list(view, rows), "list")})
    if len({row.subject for row in rows}) > 1:
        # Each has its own periods: how many is not one number.
        draft.roles["who"] = several(view, rows)
        return draft.plan(several_templates(predicate), ": {list}")
    return draft.plan(templates, ": {list}")


def several(view: View, rows: Sequence[Cell]) -> Role:
    """The subjects of rows as one: "the oven and the lamp"."""
    subjects = list(dict.fromkeys(row.subject for row in rows))
    return Role(items_text([view.name(subject) for subject in subjects]), "device", is_plural=True)


def several_templates(predicate: Predicate) -> tuple[str, ...]:
    """What was true of several subjects, each in periods of its own."""
    who = predicate.subject
    return (f"[{{window}}, ]{who} {{=holds}}[ {{cond}}] at these times",)


def at_period(view: View) -> str:
    """ "on" days, "in" hours, weeks and months."""
    return "on" if view.query.per in (Per.DAY, Per.WEEKDAY, Per.WEEKDAY_OR_WEEKEND) else "in"


def who_of(view: View, cell: Cell | None) -> dict[str, Role]:
    """The role "who": a cell's subject, else the subjects of the query."""
    if cell is not None:
        return {"who": Role(view.name(cell.subject), "device", view.takes_plural(cell.subject))}
    subjects = [view.finding.bindings.devices[slot] for slot in view.query.devices.slots]
    if view.is_but or not subjects:
        return {
            "who": Role(f"everything except {view.left_out}" if view.is_but else "the whole site", "device")
        }
    text = items_text([view.name(subject) for subject in subjects])
    return {"who": Role(text, "device", len(subjects) > 1 or view.takes_plural(subjects[0]))}


def rank_text(rank: int) -> str:
    """ "third", "12th"."""
    return _RANKS[rank] if rank < len(_RANKS) else f"{rank}th"
