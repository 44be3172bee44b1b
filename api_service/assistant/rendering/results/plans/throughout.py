"""Plans of "was it off all of the time": yes, or no with how long and how often it ran."""

from api_service.assistant.execution.cells import Cell
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft, note_roles
from api_service.assistant.rendering.results.plans.choices import count_text
from api_service.assistant.rendering.results.plans.group_verdicts import word_of
from api_service.assistant.rendering.results.plans.lists import rows_text
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import value_role


def throughout(view: View) -> Plan:
    """Of a question whether something was off all through a time."""
    rows = view.result.rows
    draft = Draft(Shape.VERDICT, "throughout", roles={**view.time_roles(), **note_roles(view, rows)})
    return _ran(view, draft) if rows[0].measure == "on_time" else _off(view, draft)


def _off(view: View, draft: Draft) -> Plan:
    """ "Yes, the oven was off all the time yesterday"."""
    rows = view.result.rows
    device = view.device(rows[0], "who")["who"]
    count = Role(count_text(view, len(rows), view.result.of), "count", is_plural=True)
    draft.add({}, {"who": count if len(rows) > 1 else device})
    templates = (
        "{who} {who:was} off all the time[ {window}]",
        "[{window}, ]{who} {who:was} off all the time",
    )
    return draft.plan(templates, prefix=word_of(view))


def _ran(view: View, draft: Draft) -> Plan:
    """ "No, the oven was on for 42 min yesterday (once)"; of several devices those that ran."""
    rows = view.result.rows
    if len(rows) > 1:
        of = view.result.of
        draft.add({}, {"who": Role(count_text(view, len(rows), of), "count", is_plural=True)})
        draft.add({}, {"list": Role(rows_text(view, rows), "list")})
        templates = (
            "{who} {who:was} on at some time[ {window}]",
            "[{window}, ]{who} {who:was} on at some time",
        )
        return draft.plan(templates, ": {list}", word_of(view))
    draft.add({}, {**view.device(rows[0]), "value": value_role(view, rows[0])})
    draft.add({}, _times(view, rows[0]))
    templates = (
        "{device} {device:was} on for {value}[ {window}][ ({count})]",
        "[{window}, ]{device} {device:was} on for {value}[ ({count})]",
    )
    return draft.plan(templates, prefix=word_of(view))


def _times(view: View, row: Cell) -> dict[str, Role]:
    """How often it was switched on; none for a run that had begun before."""
    starts = next((cell for cell in view.result.context if cell.subject == row.subject), None)
    if starts is None or not starts.number:
        return {}
    return {"count": Role(f"switched on {value_role(view, starts).text}", "count")}
