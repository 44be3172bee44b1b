"""What makes no sense once names, numbers and times are known, though each part of the query does; pure."""

from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.entities.entity import DeviceValue, Entity, NumberValue, TimeValue
from api_service.assistant.query.numbers import NumberRole, number_uses
from api_service.assistant.query.query import Ask, DeviceScope, Per, Query, RelationKind, Request, Slot
from api_service.assistant.query.type_rules import TypeFault
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.understanding.reading.reading import Reading
from api_service.metering.measures import MEASURES

_ONE = "I can't compare all devices with one of them; ask for a ranking."
_MULTIPLE = (
    "I can't take \u201c{text}\u201d as a limit on {noun} itself; "
    "ask for the ratio of the two, or for the share."
)
_MULTIPLIED = "I can multiply one value and not several at once; ask how many times more the one used."
_SAME_SPAN = (
    "\u201c{one}\u201d and \u201c{other}\u201d are the same time here: {label}. Name two different ones."
)


def without_misfits(readings: Sequence[Reading], entities: Sequence[Entity]) -> tuple[Reading, ...]:
    """The readings, those that make no sense with these entities marked with the fault."""
    return tuple(
        reading
        if reading.request is None or reading.fault is not None
        else replace(reading, fault=misfit(reading.request, entities))
        for reading in readings
    )


def misfit(request: Request, entities: Sequence[Entity]) -> TypeFault | None:
    """Why a query makes no sense with its slots' values; None where nothing speaks against it."""
    if not isinstance(request, Query):
        return None
    return (
        _of_one_device(request, entities)
        or _bare_multiple(request, entities)
        or _several_multiplied(request)
        or _same_span(request, entities)
    )


def _of_one_device(query: Query, entities: Sequence[Entity]) -> TypeFault | None:
    """ "who used more than the fridge" read as the most of the fridge: which it always is."""
    slots = query.devices.slots
    chooses = query.ask is Ask.WHICH and query.order is not None and query.grouping is Per.DEVICE
    if not chooses or query.devices.scope is not DeviceScope.THESE or len(slots) != 1:
        return None
    value = _entity(entities, slots[0])
    is_one = value is not None and isinstance(value.value, DeviceValue) and len(value.value.devices) == 1
    return TypeFault("ranking_of_one", _ONE) if is_one else None


def _bare_multiple(query: Query, entities: Sequence[Entity]) -> TypeFault | None:
    """ "more than half of our use" is no limit of 500 Wh: multiples limit shares, ratios and counts."""
    for use in number_uses(query):
        entity = _entity(entities, use.slot)
        if use.role is not NumberRole.BOUND or entity is None:
            continue
        row = MEASURES[use.measure or query.measure]
        if row.unit and isinstance(entity.value, NumberValue) and entity.value.is_factor:
            return TypeFault("multiple_as_limit", _MULTIPLE.format(text=entity.text, noun=row.noun))
    return None


def _several_multiplied(query: Query) -> TypeFault | None:
    """ "did the oven use twice what the TV used": the values of both times two answer nothing."""
    is_multiplied = query.relation is not None and query.relation.kind is RelationKind.TIMES
    if is_multiplied and len(query.devices.slots) > 1 and query.devices.scope is DeviceScope.THESE:
        return TypeFault("several_multiplied", _MULTIPLIED)
    return None


def _same_span(query: Query, entities: Sequence[Entity]) -> TypeFault | None:
    """A time against itself: whatever is asked, both sides are the same."""
    slots = query.windows.slots if query.windows else ()
    sides = [entity for slot in slots if (entity := _entity(entities, slot)) is not None]
    if len(slots) != 2 or len(sides) != 2:
        return None
    one, other = (_meaning(entity) for entity in sides)
    if one is None or other is None or _span(one) != _span(other):
        return None
    label = one.window.label if one.window else one.label
    return TypeFault("one_span_twice", _SAME_SPAN.format(one=sides[0].text, other=sides[1].text, label=label))


def _meaning(entity: Entity) -> TimeReading | None:
    """The likeliest meaning of a time."""
    if not isinstance(entity.value, TimeValue):
        return None
    return next(iter(entity.value.readings), None)


def _span(reading: TimeReading) -> tuple[object, ...]:
    edges = (reading.window.start, reading.window.end) if reading.window else ()
    return (*edges, reading.hours, reading.weekdays)


def _entity(entities: Sequence[Entity], slot: Slot) -> Entity | None:
    return entities[slot] if 0 <= slot < len(entities) else None
