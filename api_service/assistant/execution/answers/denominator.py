"""Shares: what a value is a part of."""

from dataclasses import replace

from api_service.assistant.execution.answers.query_run import QueryRun
from api_service.assistant.execution.answers.shape import share, side
from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell, Role, added
from api_service.assistant.execution.compute.evaluate import Table
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.spec import Spec
from api_service.assistant.execution.subjects import whole_site
from api_service.assistant.query.query import DeviceScope, Per
from api_service.metering.analysis.calendar.periods import ANY_TIME, Period
from api_service.metering.analysis.conditions import Conditions
from api_service.metering.measures import measure

Place = tuple[Subject | None, int | None]


async def shares(run: QueryRun, rows: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """Each row's percentage, and as context the row itself and what it is a share of.

    A share of the device or group that the query names; of a time on: of the recorded time; of a condition
    or recurring hours, of one device or the site: of the same without them ("the standby of the TV's
    energy"); of devices or groups: of the whole site under the same conditions; of periods or states: of all
    of them together. Raises `CannotAnswer` where the whole is 0.
    """
    spec = run.spec
    whole_spec = _whole(run, spec)
    wholes: dict[Place, Cell] = {(None, None): _sum(rows)}
    if whole_spec is not None:
        wholes = _by_place((await run.tables(whole_spec))[0])
    found, context = [], []
    for row in rows:
        whole = wholes.get((row.subject, row.key)) or wholes.get((None, row.key)) or wholes.get((None, None))
        part = None if whole is None else share(row, whole)
        if part is not None and whole is not None:
            found.append(part)
            context += [side(row), replace(whole, role=Role.TOTAL)]
    if not found:
        raise cannot(Reason.DIVIDED_BY_ZERO, measure=spec.measure.key)
    return found, list(dict.fromkeys(context))


def _whole(run: QueryRun, spec: Spec) -> Spec | None:
    """What to compute the wholes with; None for the sum of all rows."""
    query = spec.query
    if query.relation is not None and query.relation.slot is not None:
        subject = run.bindings.devices[query.relation.slot]
        return replace(spec, subjects=(subject,), states=())
    if not spec.measure.additive_over_devices:
        return _recorded_time(spec)
    by_device = query.grouping in (Per.DEVICE, Per.GROUP)
    has_filter = any(span.filter.terms for span in spec.spans)
    is_conditioned = bool(spec.conditions.state or spec.conditions.limits or has_filter)
    is_one = query.devices.scope is DeviceScope.THESE and len(query.devices.slots) == 1
    if is_one and is_conditioned and not by_device and query.per is None:
        return _unconditioned(spec)
    if by_device or query.devices.scope is not DeviceScope.ALL:
        return replace(spec, subjects=(whole_site(run.site, spec.measure),), states=())
    if is_conditioned:
        return _unconditioned(spec)
    return None


def _recorded_time(spec: Spec) -> Spec:
    """The time on record of the same devices, for times on and times in which conditions hold."""
    return replace(_unconditioned(spec), measure=measure("duration"))


def _unconditioned(spec: Spec) -> Spec:
    spans = tuple(replace(span, filter=ANY_TIME) for span in spec.spans)
    return replace(spec, conditions=Conditions(), spans=spans, states=())


def _by_place(table: Table) -> dict[Place, Cell]:
    subjects = {group.subject for group in table}
    shared = len(subjects) == 1
    return {(None if shared else group.subject, cell.key): cell for group, cell in table.items()}


def _sum(rows: list[Cell]) -> Cell:
    return replace(added(rows), period=Period.WINDOW, key=None, state=None)
