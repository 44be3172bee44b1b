"""The query before, as it would have been if it had named what its answer found; pure.

"Which device used the most last week?" is answered by the heat pump: "what did it cost?" then goes on from
the energy of the heat pump last week, and not from the ranking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from api_service.assistant.entities.entity import Entity
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.entities.pointers.places import SEVERAL
from api_service.assistant.query.query import (
    Ask,
    Devices,
    DeviceScope,
    HoursCondition,
    Query,
    Slot,
    Where,
    WindowForm,
    Windows,
)
from api_service.assistant.query.type_rules import type_fault
from api_service.assistant.types import Window
from api_service.assistant.understanding.focus.focus import Focus, device_entity, time_entity
from api_service.assistant.understanding.focus.found import named_devices
from api_service.assistant.understanding.focus.pointing import Pointed, pointed_at
from api_service.assistant.understanding.reading.previous_query import PreviousQuery, previous_query
from api_service.metering.measures import MEASURES, Statistic


def context_of(masked: MaskedQuestion, previous: PreviousQuery, focus: Focus) -> PreviousQuery:
    """What a question goes on from: the query before, with what its answer found where it points at that."""
    pointed = pointed_at(masked)
    if pointed is Pointed.NOTHING:
        return previous
    named = named_devices(previous)
    if pointed is Pointed.SEVERAL and len(focus.devices) < SEVERAL:
        is_of_times = len(focus.known) < SEVERAL and len(focus.times) >= SEVERAL
        if is_of_times:
            return _of_times(previous, focus.times) or previous
        if set(named) == set(focus.known) or len(focus.known) < SEVERAL:
            return previous
        focus = replace(focus, devices=focus.known, time=None)
    return focused(previous, focus) or previous


def _of_times(previous: PreviousQuery, times: Sequence[Window]) -> PreviousQuery | None:
    """The comparison of the last two times that were spoken of."""
    request = previous.request
    if not isinstance(request, Query) or len(named_devices(previous)) >= SEVERAL:
        return None
    entities = list(previous.entities)
    windows = Windows(WindowForm.IN, _added(entities, [time_entity(window) for window in times]))
    changed = _value_of(request, request.measured, request.where.hours)
    changed = replace(changed, ask=Ask.COMPARE, windows=windows)
    return previous_query(changed, entities) if type_fault(changed) is None else None


def focused(previous: PreviousQuery, focus: Focus) -> PreviousQuery | None:
    """The value of what the answer found, in the time that it found; None where it found neither."""
    request = previous.request
    has_span = focus.time is not None and focus.is_span
    if not isinstance(request, Query) or not (focus.devices or has_span):
        return None
    entities = list(previous.entities)
    devices, windows = request.devices, request.windows
    if focus.devices:
        found = [device_entity(device) for device in focus.devices]
        devices = Devices(DeviceScope.THESE, _added(entities, found))
    if has_span and focus.time is not None:
        windows = Windows(WindowForm.IN, _added(entities, (time_entity(focus.time),)))
    hours = None if has_span else request.where.hours
    for measured in _measured(request, is_run=has_span and request.per is None):
        changed = _value_of(request, measured, hours)
        changed = replace(changed, devices=devices, windows=windows)
        if type_fault(changed) is None:
            return previous_query(changed, entities)
    return None


def _added(entities: list[Entity], new: Sequence[Entity]) -> tuple[Slot, ...]:
    """The numbers of entities that are put behind the others."""
    first = len(entities)
    entities.extend(new)
    return tuple(Slot(number) for number in range(first, len(entities)))


def _measured(request: Query, *, is_run: bool) -> Iterator[tuple[str, Statistic]]:
    """The measure and the statistic that are asked for, then what every device has."""
    if request.measure == "state" and request.statistic is Statistic.LATEST and request.windows is None:
        yield "power", Statistic.LATEST
    elif is_run:
        yield "on_time", MEASURES["on_time"].default_statistic
    else:
        yield request.measure, request.statistic
    yield "energy", MEASURES["energy"].default_statistic


def _value_of(request: Query, measured: tuple[str, Statistic], hours: HoursCondition | None) -> Query:
    return replace(
        request,
        ask=Ask.VALUE,
        measure=measured[0],
        statistic=measured[1],
        per=None,
        every=False,
        where=Where(hours=hours),
        having=None,
        order=None,
        usual=False,
        relation=None,
    )
