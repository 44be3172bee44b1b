"""Plans of several values: devices, tables, profiles, rankings, runs."""

from collections.abc import Sequence

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.query.query import Ask, End, Per
from api_service.assistant.rendering.results.claims import claim_of
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.lists import items_text, rows_text, runs_text
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts.nouns import UNITS_OF_LISTS
from api_service.assistant.rendering.results.texts.quantities import in_state, state_text, times
from api_service.assistant.rendering.results.texts.times import part_of_day, period_text
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import moment_roles, of_words, related_noun, value_role

_LIST = (
    "the {=noun}{=of}{=by}[ {window}][ {cond}]: {list}",
    "[{window}, ]the {=noun}{=of}{=by}[ {cond}]: {list}",
    "{=noun}{=of}{=by}[ {window}][ {cond}]: {list}",
)


def table(view: View) -> Plan:
    """The values of devices, groups or states, with their total."""
    shape = Shape.SCALARS if view.query.ask is Ask.VALUE else Shape.TABLE
    draft = list_draft(view, shape, view.result.rows)
    suffix = ""
    whole = next((cell for cell in view.result.context if cell.role is CellRole.TOTAL), None)
    if whole is not None and view.result.rows[0].role is CellRole.ROW:
        draft.add({}, {"total": value_role(view, whole, "total")})
        suffix = "; {total} in total"
    return draft.plan(_LIST, suffix=suffix)


def profile(view: View) -> Plan:
    """The values of periods, with the highest and lowest of long ones; no part of a day is the lowest."""
    rows = view.result.rows
    draft = list_draft(view, Shape.PROFILE, rows)
    one_subject = len({row.subject for row in rows}) == 1
    if len(rows) < 4 or not one_subject or not all(isinstance(row.value, float | int) for row in rows):
        return draft.plan(_LIST)
    whole = [row for row in rows if not part_of_day(row, view.moment)] or rows
    ends = {"most": max(rows, key=lambda row: row.number), "least": min(whole, key=lambda row: row.number)}
    if ends["most"].number == ends["least"].number:
        return draft.plan(_LIST)
    for name, cell in ends.items():
        text = period_text(cell, view.moment, view.window)
        draft.add({}, {name: Role(f"{text} ({value_role(view, cell).text})", name)})
    return draft.plan(_LIST, suffix=". It was highest {most} and lowest {least}")


def list_draft(view: View, shape: Shape, rows: Sequence[Cell]) -> Draft:
    """A draft with the list of some rows, and what the values are called."""
    first, per = rows[0], view.query.grouping
    one = len({row.subject for row in rows}) == 1 and (first.key is not None or first.state is not None)
    device = view.device(first) if one else {}
    noun = related_noun(view, first)
    draft = Draft(shape, "list", roles={**device})
    claim = claim_of(view, has_device=False)
    is_claimed = first.measure == "duration" or (first.statistic == "count" and first.measure != "gaps")
    if claim is not None and is_claimed:
        words = "time for which" if first.measure == "duration" else "number of times that"
        draft.add({"noun": f"{words} {claim.holds}", "of": of_words(first, device)}, claim.roles)
        draft.add({}, claim.rest(view))
    else:
        draft.add({"noun": noun, "of": of_words(first, device)}, view.condition_roles())
    by = UNITS_OF_LISTS[per] if per is not None else ""
    if first.measure == "last_seen":
        draft.words["noun"] = "first reading" if first.statistic == "first" else "last reading"
    draft.words["by"] = (
        "" if per in (None, Per.DEVICE) and shape is Shape.SCALARS else f" by {by}" if by else ""
    )
    if _is_doubled(draft.words["noun"], draft.words["by"]):
        draft.words["noun"] = draft.words["noun"].rpartition(" per ")[0]
    draft.add(
        {}, {"list": Role(rows_text(view, rows), "list"), **view.time_roles(), **note_roles(view, rows)}
    )
    return draft


def _is_doubled(noun: str, by: str) -> bool:
    """Whether "energy per day by day" would be said."""
    return bool(by) and noun.endswith(by.replace(" by ", " per "))


def ranking(view: View) -> Plan:
    """Groups or periods in order."""
    rows, query = view.result.rows, view.query
    draft = list_draft(view, Shape.RANKING, rows)
    order = query.order
    end = "highest" if order is not None and order.end is End.MOST else "lowest"
    if rows[0].measure == "last_seen":
        end = "latest" if end == "highest" else "earliest"
    draft.words["highest"] = end
    return draft.plan([template.replace(": {list}", ", {=highest} first: {list}") for template in _LIST])


def runs(view: View) -> Plan:
    """From when to when conditions held, or readings were missing."""
    rows, count = view.result.rows, view.result.count
    first = rows[0]
    draft = Draft(Shape.RUNS, "gaps" if first.measure == "gaps" else "runs", roles=view.device(first))
    several = len({row.subject for row in rows}) > 1
    if several:
        draft.roles.pop("device", None)
    draft.add({"of": of_words(first, draft.roles) if first.measure != "gaps" else ""}, view.time_roles())
    if first.measure == "gaps" and "device" in draft.roles:
        draft.words["of"] = " of {device}"
    _add_claim(view, draft, first)
    if len(rows) == 1 and (count or 1) == 1:
        draft.add({}, moment_roles(view, first))
        return draft.plan(_single_run(first))
    draft.add(
        {},
        {
            "list": Role(runs_text(view, rows, count), "list"),
            "count": Role(times(count or len(rows)), "count"),
        },
    )
    if first.measure == "gaps" or "limit" in draft.roles or several:
        return draft.plan(
            (
                "it happened {count}[ {window}] that {=claim}[ {cond}]: {list}",
                "[{window}, ]it happened {count} that {=claim}[ {cond}]: {list}",
            )
        )
    return draft.plan(
        ("{=claim} {count}[ {window}][ {cond}]: {list}", "[{window}, ]{=claim} {count}[ {cond}]: {list}")
    )


def _single_run(cell: Cell) -> tuple[str, ...]:
    if cell.statistic in ("first", "last"):
        return (f"the {cell.statistic} time that {{=claim}}[ {{window}}][ {{cond}}] was {{at}}",)
    return ("[{window}, ]{=claim}[ {cond}] once, {at}", "{=claim}[ {cond}] once[ {window}], {at}")


def _add_claim(view: View, draft: Draft, first: Cell) -> None:
    if first.measure == "gaps":
        draft.words["claim"] = "readings{=of} were missing"
        return
    claim = claim_of(view, "device" in draft.roles)
    if claim is None:
        draft.words["claim"] = "there were readings{=of}"
        draft.add({}, view.condition_roles())
        return
    draft.words["claim"] = claim.holds
    draft.add({}, {**claim.roles, **claim.rest(view)})


def states(view: View) -> Plan:
    """The states of several devices."""
    rows = view.result.rows
    items = [f"{view.name(row.subject)} {_be(view, row)} {_state(row)}" for row in rows]
    draft = Draft(Shape.STATE, "list", {}, {"list": Role(items_text(items), "list")})
    draft.add({}, {**view.time_roles(), **view.condition_roles(), **note_roles(view, rows)})
    return draft.plan(("{list}[ {window}][ {cond}]", "[{window}, ]{list}[ {cond}]"))


def _state(row: Cell) -> str:
    return in_state(state_text(str(row.value)))


def _be(view: View, row: Cell) -> str:
    if view.is_now:
        return "are" if view.takes_plural(row.subject) else "is"
    return "were" if view.takes_plural(row.subject) else "was"
