"""Plans where nothing fulfils the conditions, or no group has the place that is meant."""

from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.rendering.results.claims import claim_of, predicate_of
from api_service.assistant.rendering.results.plan import Plan, Role
from api_service.assistant.rendering.results.plans.builder import Draft
from api_service.assistant.rendering.results.plans.choices import (
    count_text,
    group_templates,
    period_plan,
    rank_text,
    who_of,
)
from api_service.assistant.rendering.results.shape import Shape
from api_service.assistant.rendering.results.view import View
from api_service.assistant.rendering.results.words import (
    moment_roles,
    value_role,
)


def nothing(view: View) -> Plan:
    """Nothing fulfils the conditions: that, and what comes nearest."""
    query = view.query
    draft = Draft(Shape.NOTHING, "none", roles={**view.time_roles()})
    is_plain = query.having is None and not query.usual
    if query.order is not None and query.order.rank is not None and view.result.of:
        return _no_such_rank(view, draft)
    if query.measure == "gaps" and is_plain:
        draft.add({}, who_of(view, None))
        return draft.plan(("the readings of {who} had no gaps[ {window}]",))
    by_group = query.grouping is not None or not is_plain or query.measure == "last_seen"
    if by_group and not view.by_period:
        predicate = predicate_of(view, None)
        draft.add({"holds": predicate.holds_for_any}, predicate.roles)
        draft.add({}, {"who": Role(count_text(view, 0, None), "count")})
        return draft.plan(group_templates(predicate))
    if by_group:
        return period_plan(view, (), Shape.NOTHING, count_text(view, 0, None))
    return never(view, draft)


def _no_such_rank(view: View, draft: Draft) -> Plan:
    """Fewer groups have a value than the place in their order that is meant."""
    order = view.query.order
    assert order is not None and order.rank is not None  # noqa: S101, PT018 - the caller looked
    rank = round(view.finding.bindings.numbers[order.rank])
    of = view.result.of or 0
    draft.key = "rank"
    draft.add(
        {},
        {"rank": Role(rank_text(rank), "place"), "count": Role(count_text(view, of, None), "count", of > 1)},
    )
    draft.add({}, view.condition_roles())
    return draft.plan(("there is no {rank} place: {count} {count:has} a value[ {window}][ {cond}]",))


def never(view: View, draft: Draft, prefix: str = "") -> Plan:
    """The conditions never held, with the value that came nearest as a witness."""
    witnesses = [cell for cell in view.result.context if cell.role is CellRole.WITNESS]
    cell = witnesses[0] if len(witnesses) == 1 else None
    subjects = [view.finding.bindings.devices[slot] for slot in view.query.devices.slots]
    device = view.device(cell) if cell is not None else _who_device(view) if subjects else {}
    draft.add({}, device)
    claim = claim_of(view, "device" in draft.roles)
    holds = claim.never if claim is not None else "there was nothing of the kind"
    draft.add({"never": holds}, {**claim.roles, **claim.rest(view)} if claim is not None else {})
    suffix = ""
    own = (
        claim is not None and claim.bound is not None and view.query.where.bounds[claim.bound].measure is None
    )
    if cell is not None and own and cell.statistic in ("min", "max"):
        draft.add({"lowest": "lowest" if cell.statistic == "min" else "highest"}, moment_roles(view, cell))
        draft.add({}, {"value": value_role(view, cell)})
        suffix = "; the {=lowest} was {value}[, {at}]"
    elif cell is not None and cell.measure == "state" and isinstance(cell.value, str) and view.is_now:
        draft.add({}, {"value": value_role(view, cell), **moment_roles(view, cell)})
        suffix = ": {=its} state is {value}[ (last reading {at})]"
        draft.words["its"] = "the"
    return draft.plan(("{=never}[ {window}][ {cond}]", "[{window}, ]{=never}[ {cond}]"), suffix, prefix)


def _who_device(view: View) -> dict[str, Role]:
    role = who_of(view, None)["who"]
    return {"device": role}
