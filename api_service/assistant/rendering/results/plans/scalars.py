"""Plans of single values, of states, of trends, and of moments."""

from collections.abc import Mapping
from dataclasses import replace

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.rendering.results.families import family
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts.nouns import noun_of
from api_service.assistant.rendering.results.texts.phrasings import MOMENTS, VALUES
from api_service.assistant.rendering.results.texts.quantities import in_state, state_text, value_text
from api_service.assistant.rendering.results.texts.times import moment_text
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import moment_roles, value_role, value_words
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

SUPERLATIVES: Mapping[str, str] = {Statistic.MAX: "highest", Statistic.MIN: "lowest"}


def value_draft(view: View, cell: Cell, shape: Shape) -> tuple[Draft, tuple[str, ...]]:
    """A draft with everything that the clause of one value needs, and the clause's wordings."""
    key = family(view, cell)
    draft = Draft(shape, key, roles=view.device(cell))
    draft.add(*value_words(view, cell, draft.roles))
    value = value_role(view, cell)
    if cell.statistic == Statistic.TREND:
        value = replace(value, text=value_text(cell, signed=False))
    draft.add({}, {"value": value, **view.time_roles(), **moment_roles(view, cell)})
    draft.add({}, note_roles(view, [cell]))
    if key.startswith("state"):
        draft.add({}, {"state": Role(_state(cell, is_end=key == "state_end"), "state")})
    return draft, VALUES[key]


def _state(cell: Cell, *, is_end: bool) -> str:
    text = state_text(str(cell.value))
    return text if is_end else in_state(text)


def scalar(view: View) -> Plan:
    """One value."""
    draft, templates = value_draft(view, view.result.rows[0], Shape.SCALAR)
    return draft.plan(templates)


def trend(view: View) -> Plan:
    """The slope of a value over time."""
    draft, templates = value_draft(view, view.result.rows[0], Shape.TREND)
    return draft.plan(templates)


def state(view: View) -> Plan:
    """The state of one device."""
    draft, templates = value_draft(view, view.result.rows[0], Shape.STATE)
    return draft.plan(templates)


def moment(view: View) -> Plan:
    """When an extreme, or the first or last reading, was."""
    cell = view.result.rows[0]
    draft, _ = value_draft(view, cell, Shape.MOMENT)
    draft.words |= {
        "base": MEASURES[cell.measure].noun,
        "highest": SUPERLATIVES.get(cell.statistic, "highest"),
    }
    if cell.measure == "last_seen":
        draft.roles["at"] = Role(moment_text(cell.at or cell.end, view.moment), "moment")
        return draft.plan(MOMENTS["last_seen"])
    if "at" not in draft.roles:
        return draft.plan(VALUES[draft.key])
    is_run = cell.until is not None and cell.until > (cell.at or cell.until)
    is_extreme = cell.statistic in SUPERLATIVES
    return draft.plan(MOMENTS["longest" if is_run else "level" if is_extreme else "read"])


def share(view: View) -> Plan:
    """A percentage of a whole."""
    cell = view.result.rows[0]
    draft = Draft(Shape.SHARE, "part", roles=view.device(cell))
    draft.add({"noun": noun_of(cell, view.query.per).removeprefix("average ")}, view.condition_roles())
    draft.add({}, {"share": value_role(view, cell, "share"), **view.time_roles(), **note_roles(view, [cell])})
    templates = _share_templates(view, cell, draft)
    part = next((c for c in view.result.context if c.role is CellRole.SIDE), None)
    whole = next((c for c in view.result.context if c.role is CellRole.TOTAL), None)
    if part is None or whole is None:
        return draft.plan(templates)
    draft.add({}, {"part": value_role(view, part, "part"), "total": value_role(view, whole, "total")})
    return draft.plan(templates, suffix=": {part} of {total}")


def _share_templates(view: View, cell: Cell, draft: Draft) -> tuple[str, ...]:
    whole = next((c for c in view.result.context if c.role is CellRole.TOTAL), None)
    draft.words["of"] = " of {device}" if "device" in draft.roles else ""
    if cell.measure == "on_time":
        draft.key = "on time"
        return (
            ("{device} {device:was} on for {share} of the recorded time[ {window}][ {cond}]",)
            if ("device" in draft.roles)
            else ("at least one device was on for {share} of the recorded time[ {window}][ {cond}]",)
        )
    if cell.measure == "duration":
        words, roles = value_words(view, cell, draft.roles)
        draft.roles.pop("cond", None)
        draft.add(words, roles)
        draft.key = "duration"
        return (
            ("{=claim}" if "claim" in words else "readings were recorded")
            + " for {share} of the recorded time[ {window}][ {cond}]",
        )
    if whole is not None and whole.subject == cell.subject:
        draft.key = "condition"
        hours = view.hours
        windows = " ".join(window.label for window in view.windows[:1])
        draft.roles.pop("window", None)
        times = [*hours, *(role.text for role in [draft.roles.pop("cond", None)] if role)]
        draft.add({}, {"when": Role(" and ".join(times) or windows, "condition")})
        if windows and times:
            draft.add({}, {"window": Role(windows, "time")})
        return (
            "{share} of the {=noun}{=of}[ {window}] came about {when}",
            "[{window}, ]{share} of the {=noun}{=of} came about {when}",
        )
    relation = view.query.relation
    if relation is not None and relation.slot is not None:
        subject = view.finding.bindings.devices[relation.slot]
        draft.add({}, {"whole": Role(view.name(subject), "whole")})
        return ("the {=noun}{=of} was {share} of that of {whole}[ {window}][ {cond}]",)
    if cell.measure == "energy":
        return (
            "{device} used {share} of the total energy[ {window}][ {cond}]",
            "[{window}, ]{device} used {share} of the total energy[ {cond}]",
        )
    return (
        "{device} accounted for {share} of the total {=noun}[ {window}][ {cond}]",
        "[{window}, ]{device} accounted for {share} of the total {=noun}[ {cond}]",
    )
