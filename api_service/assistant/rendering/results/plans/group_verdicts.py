"""Plans of yes and no about any or every of several groups or periods."""

from collections.abc import Sequence

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.query.query import BoundKind
from api_service.assistant.rendering.results.claims import Predicate, predicate_of
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.choices import (
    at_period,
    condition_list,
    count_text,
    group_templates,
    period_templates,
    several,
    several_templates,
    witness_roles,
)
from api_service.assistant.rendering.results.plans.lists import (
    group_name,
    items_text,
    labels_text,
    rows_text,
)
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import value_role


def word_of(view: View) -> str:
    """ "yes, " or "no, "."""
    return "yes, " if view.result.verdict else "no, "


def of_groups(view: View) -> Plan:
    """Any or every of several groups: how many do, and which."""
    rows, query = view.result.rows, view.query
    predicate = predicate_of(view, rows[0] if rows else None)
    is_yes = bool(view.result.verdict)
    draft = Draft(Shape.VERDICT, "every" if query.every else "any", roles=dict(predicate.roles))
    draft.add({}, {**view.time_roles(), **note_roles(view, rows)})
    if view.by_period:
        return _of_periods(view, draft, predicate)
    if query.every:
        return _every(view, draft, predicate)
    if not is_yes:
        return _none(view, draft, predicate, rows)
    return _some(view, draft, predicate, rows)


def _some(view: View, draft: Draft, predicate: Predicate, rows: Sequence[Cell]) -> Plan:
    draft.words.setdefault("holds", predicate.holds)
    if len(rows) == 1:
        who = Role(group_name(view, rows[0]), "device", view.takes_plural(rows[0].subject))
        draft.add({}, {"who": who, **witness_roles(view, rows[0])})
        suffix = ": {value}[, {at}]" if "value" in draft.roles else ""
        return draft.plan(group_templates(predicate), suffix, word_of(view))
    draft.add({}, {"who": Role(count_text(view, len(rows), view.result.of), "count", is_plural=True)})
    draft.add({}, {"list": Role(condition_list(view, rows), "list")})
    return draft.plan(group_templates(predicate), ": {list}", word_of(view))


def _none(view: View, draft: Draft, predicate: Predicate, rows: Sequence[Cell]) -> Plan:
    draft.words["holds"] = predicate.holds_for_any
    if view.query.devices.slots and not view.is_but:
        draft.words["holds"] = predicate.fails
        names = [view.name(view.finding.bindings.devices[slot]) for slot in view.query.devices.slots]
        one = len(names) == 1
        plural = view.takes_plural(view.finding.bindings.devices[view.query.devices.slots[0]])
        draft.add(
            {}, {"who": Role(names[0] if one else f"none of {items_text(names)}", "device", one and plural)}
        )
        if not one:
            draft.words["holds"] = predicate.holds_for_any
    else:
        draft.add({}, {"who": Role(count_text(view, 0, None), "count")})
    nearest = _nearest(view, rows)
    if nearest is None:
        return draft.plan(group_templates(predicate), prefix=word_of(view))
    draft.add({"end": "highest" if _is_high(view) else "lowest"}, {"value": value_role(view, nearest)})
    draft.add({}, {"nearest": Role(group_name(view, nearest), "nearest device")})
    return draft.plan(
        group_templates(predicate), "; the {=end} was that of {nearest}, {value}", word_of(view)
    )


def _nearest(view: View, rows: Sequence[Cell]) -> Cell | None:
    numbers = [row for row in rows if isinstance(row.value, float | int) and row.role is CellRole.ROW]
    if view.query.having is None or len(numbers) < 2 or view.query.having.kind is BoundKind.BETWEEN:
        return None
    if view.query.having.kind in (BoundKind.NORMAL, BoundKind.POOR):
        return None
    return (
        max(numbers, key=lambda row: row.number)
        if _is_high(view)
        else min(numbers, key=lambda row: row.number)
    )


def _is_high(view: View) -> bool:
    return view.query.having is not None and view.query.having.kind is BoundKind.ABOVE


def _every(view: View, draft: Draft, predicate: Predicate) -> Plan:
    rows, of = view.result.rows, view.result.of or len(view.result.rows)
    if view.result.verdict:
        draft.words["holds"] = predicate.holds
        draft.add({}, {"who": Role(_all(view, rows, of), "count", is_plural=len(rows) != 1)})
        draft.add({}, {"list": Role(condition_list(view, rows), "list")})
        return draft.plan(group_templates(predicate), ": {list}", word_of(view))
    if not rows:
        return _none(view, draft, predicate, rows)
    failed = [row for row in rows if not _passes(view, row)]
    if not failed:
        draft.words["holds"] = predicate.holds
        draft.add({}, {"who": Role(_only(view, rows), "count", len(rows) != 1)})
        return draft.plan(group_templates(predicate), prefix=word_of(view))
    draft.words["holds"] = predicate.fails
    return _some_failed(view, draft, predicate, failed)


def _some_failed(view: View, draft: Draft, predicate: Predicate, rows: Sequence[Cell]) -> Plan:
    if len(rows) == 1:
        return _some(view, draft, predicate, rows)
    of = view.result.of or len(rows)
    draft.add({}, {"who": Role(count_text(view, len(rows), of), "count", is_plural=True)})
    draft.add({}, {"list": Role(condition_list(view, rows), "list")})
    return draft.plan(group_templates(predicate), ": {list}", word_of(view))


def _only(view: View, rows: Sequence[Cell]) -> str:
    """The few of which it holds; "no device" where it holds of none."""
    counted = count_text(view, len(rows), None)
    return f"only {counted}" if rows else counted


def _all(view: View, rows: Sequence[Cell], of: int) -> str:
    return count_text(view, len(rows), of)


def _passes(view: View, row: Cell) -> bool:
    """Whether a row of a question about all groups fulfils its condition on results."""
    bound = view.query.having
    if bound is None or isinstance(row.value, str):
        return bool(view.result.verdict) or (bool(view.query.where) and bound is None)
    return view.limit(bound, row.measure).holds_for(row.number)


def _of_periods(view: View, draft: Draft, predicate: Predicate) -> Plan:
    """Days or hours: on how many it was so."""
    rows, every = view.result.rows, view.query.every
    is_yes = bool(view.result.verdict)
    device = view.device(rows[0]) if rows else {}
    if "device" in device:
        draft.roles["who"] = device["device"]
    else:
        subjects = [view.finding.bindings.devices[slot] for slot in view.query.devices.slots]
        draft.roles["who"] = Role(items_text([view.name(s) for s in subjects]) or "the whole site", "device")
    shown = [row for row in rows if _passes(view, row) is is_yes] if view.query.having else list(rows)
    draft.words["holds"] = (predicate.holds if is_yes or not every else predicate.fails).removesuffix(
        " at some time"
    )
    of = view.result.of if len(view.query.devices.slots) < 2 else None
    number = len(shown) if is_yes or every else 0
    if every and not is_yes and not view.query.having:
        draft.words["holds"] = predicate.holds
        counted = count_text(view, len(rows), of) if of is not None and of > len(rows) else _only(view, rows)
        draft.add({}, {"count": Role(counted, "count")})
    else:
        draft.add({}, {"count": Role(count_text(view, number, of if number else None), "count")})
    draft.words["at"] = at_period(view)
    templates = period_templates(predicate)
    if not number or not shown:
        return draft.plan(templates, prefix=word_of(view))
    is_named = shown[0].measure == "state" and len({row.subject for row in shown}) == 1
    listed = labels_text(view, shown) if is_named else rows_text(view, shown)
    draft.add({}, {"list": Role(listed, "list")})
    if len({row.subject for row in shown}) > 1:
        draft.roles["who"] = several(view, shown)
        templates = several_templates(predicate)
    return draft.plan(templates, ": {list}", word_of(view))
