"""Two sides of a comparison: which they are, their roles, and the clauses that set one against the other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.query.query import Per, RelationKind
from api_service.assistant.rendering.results.claims import claim_of
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.lists import group_name, items_text
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.texts import phrasings
from api_service.assistant.rendering.results.texts.nouns import noun_of
from api_service.assistant.rendering.results.texts.quantities import value_text
from api_service.assistant.rendering.results.texts.times import period_label
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import of_words, value_role


@dataclass(frozen=True)
class Pair:
    """Two sides; `by_device` says whether subjects are compared, not times.

    `in_order`: the first one is the query's first.
    """

    first: Cell
    second: Cell
    by_device: bool
    in_order: bool = True

    @property
    def is_equal(self) -> bool:
        """Whether both are written alike."""
        return value_text(self.first) == value_text(self.second)

    @property
    def larger_first(self) -> "Pair":
        """The pair with the larger side first."""
        if self.first.number >= self.second.number:
            return self
        return Pair(self.second, self.first, self.by_device, not self.in_order)


def pair_of(view: View) -> Pair | None:
    """The two sides of a result, which are its rows or stand beside its one row."""
    cells = [cell for cell in view.result.rows if cell.role is CellRole.ROW]
    if len(cells) < 2:
        cells = [cell for cell in view.result.context if cell.role is CellRole.SIDE]
    if len(cells) != 2:
        return None
    return Pair(cells[0], cells[1], cells[0].subject != cells[1].subject)


def compared_draft(view: View, pair: Pair, shape: Shape, by: str = "") -> Draft:
    """A draft with both sides as `a` and `b`, in the order of the pair."""
    first, second = pair.first, pair.second
    is_more = first.number >= second.number
    draft = Draft(shape, compared_key(view, first))
    is_length = first.unit == "s" and first.statistic != "count"
    draft.words |= {
        "by": by,
        "more": "more" if is_more else "less",
        "fewer": "more" if is_more else "fewer",
        "longer": "longer" if is_more else "less",
        "higher": ("longer" if is_more else "shorter") if is_length else "higher" if is_more else "lower",
    }
    add_sides(view, draft, pair)
    draft.add({}, {"a_value": value_role(view, first), "b_value": value_role(view, second)})
    cell = replace(first, value=first.number - second.number, role=CellRole.ROW)
    draft.add({}, {"difference": Role(value_text(cell, signed=False), "difference")})
    draft.add({}, note_roles(view, (first, second)))
    return draft


def add_sides(view: View, draft: Draft, pair: Pair) -> None:
    """The roles of both sides, devices or times, the words that speak of their values, and the conditions."""
    cell = pair.first
    if pair.by_device:
        for name, side in (("a", pair.first), ("b", pair.second)):
            draft.roles[name] = Role(view.name(side.subject), "device", view.takes_plural(side.subject))
        draft.add({}, view.time_roles())
    else:
        draft.add({}, view.device(cell))
        _add_times(view, draft, pair)
    claim = claim_of(view, has_device=False)
    is_claimed = cell.measure == "duration" or cell.statistic == "count"
    if claim is not None and is_claimed and cell.measure != "gaps":
        start = "time for which" if cell.measure == "duration" else "number of times that"
        draft.words["noun"] = f"{start} {claim.holds}"
        draft.add({}, {**claim.roles, **claim.rest(view)})
    else:
        draft.words["noun"] = noun_of(cell, view.query.per)
        draft.add({}, view.condition_roles())
    draft.words["of"] = of_words(cell, draft.roles)
    draft.words["of_a"] = of_words(cell, draft.roles, "a")


def _add_times(view: View, draft: Draft, pair: Pair) -> None:
    times = view.time_roles(sides=True)
    if view.query.per is Per.WEEKDAY_OR_WEEKEND:
        times |= {
            "first_time": Role("on weekdays", "first time"),
            "second_time": Role("on weekends", "second time"),
        }
    if "window" in times:
        draft.roles["window"] = times["window"]
    first, second = times["first_time"], times["second_time"]
    if not pair.in_order:
        first, second = second, first
    draft.roles |= {"a_time": replace(first, label="time"), "b_time": replace(second, label="than")}


def compared_key(view: View, cell: Cell) -> str:
    """The key of the wordings of a comparison."""
    if view.is_now:
        return "power_now" if cell.measure == "power" else "now"
    sums = ("energy", "cost", "on_time", "switch_ons", "samples")
    return cell.measure if cell.measure in sums and cell.statistic == "sum" else "level"


def side_templates(draft: Draft, pair: Pair) -> tuple[str, ...]:
    """The clauses that set one side against the other."""
    table = phrasings.COMPARED_DEVICES if pair.by_device else phrasings.COMPARED_TIMES
    return with_front(of_table(table, draft, pair))


def equal_templates(draft: Draft, pair: Pair) -> tuple[str, ...]:
    """The clauses that say that both sides are the same."""
    table = phrasings.EQUAL_DEVICES if pair.by_device else phrasings.EQUAL_TIMES
    return with_front(of_table(table, draft, pair))


def of_table(table: Mapping[str, str], draft: Draft, pair: Pair) -> str:
    """The wording of a table that fits the draft's key and roles."""
    key = draft.key if draft.key in table else "level"
    named = {"a", "b"} if pair.by_device else {"device"}
    if not pair.by_device and "{device}" in table[key] and not named <= draft.roles.keys():
        key = "level"
    return table[key]


def with_front(template: str) -> tuple[str, ...]:
    """The clause, and the same with the time in front."""
    if "[ {window}]" in template:
        return template, "[{window}, ]" + template.replace("[ {window}]", "")
    return ("[{window}, ]" + template,)


def pairs_list(view: View, shape: Shape) -> Plan:
    """Each group's two sides in a list: "the oven 3.1 against 2.0 kWh"."""
    rows = [cell for cell in view.result.rows if cell.role in (CellRole.ROW, CellRole.USUAL)]
    if rows and all(cell.role is CellRole.ROW for cell in rows) and view.query.usual:
        typical = [cell for cell in view.result.context if cell.role is CellRole.USUAL]
        rows = [cell for pair in zip(rows, typical, strict=False) for cell in pair]
    if not rows:
        rows = [cell for cell in view.result.context if cell.role in (CellRole.SIDE, CellRole.USUAL)]
    items = [_pair_item(view, first, second) for first, second in zip(rows[::2], rows[1::2], strict=False)]
    draft = Draft(shape, "list")
    pair = Pair(rows[0], rows[1], rows[0].subject != rows[1].subject)
    draft.words["noun"] = noun_of(rows[0], view.query.per)
    draft.add(
        {}, {"list": Role(items_text(items), "list"), **view.condition_roles(), **note_roles(view, rows)}
    )
    if view.query.usual:
        draft.add({}, view.time_roles())
        if len({row.subject for row in rows}) == 1:
            draft.add({}, view.device(rows[0]))
        draft.words["of"] = of_words(rows[0], draft.roles)
        return draft.plan(("the {=noun}{=of}[ {window}][ {cond}] against what is usual: {list}",))
    if pair.by_device:
        names = {"a": view.name(pair.first.subject), "b": view.name(pair.second.subject)}
        draft.add({}, {key: Role(name, "device") for key, name in names.items()})
        draft.add({}, view.time_roles())
        return draft.plan(("the {=noun} of {a} against that of {b}[ {window}][ {cond}]: {list}",))
    _add_times(view, draft, pair)
    if len({row.subject for row in rows}) == 1:
        draft.add({}, view.device(rows[0]))
    draft.words["of"] = of_words(rows[0], draft.roles)
    return draft.plan(("[{window}, ]the {=noun}{=of} {a_time} against {b_time}[ {cond}]: {list}",))


def _pair_item(view: View, first: Cell, second: Cell) -> str:
    second = replace(second, role=CellRole.ROW)
    name = group_name(view, first)
    if first.subject != second.subject or first.key is not None:
        name = period_label(first, view.moment, is_long=True) or name
    return f"{name} ({value_text(first)} against {value_text(second)})"


def is_directed(view: View) -> bool:
    """Whether the query asks which side is more."""
    relation = view.query.relation
    return relation is not None and relation.kind in (RelationKind.MORE, RelationKind.LESS)
