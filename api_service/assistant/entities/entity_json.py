"""Entities as JSON, so that a follow-up finds those of the question before as they were understood then."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from api_service.assistant.entities.entity import (
    DeviceValue,
    Entity,
    EntityValue,
    GroupValue,
    NumberValue,
    StateValue,
    TimeValue,
)
from api_service.assistant.query.query import SlotKind

_VALUE_TYPES: Mapping[SlotKind, type[EntityValue]] = {
    SlotKind.DEVICE: DeviceValue,
    SlotKind.GROUP: GroupValue,
    SlotKind.TIME: TimeValue,
    SlotKind.HOURS: TimeValue,
    SlotKind.NUMBER: NumberValue,
    SlotKind.STATE: StateValue,
}


@cache
def _adapter(kind: SlotKind) -> TypeAdapter[Any]:
    return TypeAdapter(_VALUE_TYPES[kind])


def entities_to_json(entities: Sequence[Entity]) -> list[dict[str, Any]]:
    """Plain lists and objects; times are RFC 3339 in UTC."""
    return [
        {
            "kind": entity.kind.value,
            "start": entity.start,
            "end": entity.end,
            "text": entity.text,
            "certainty": entity.certainty,
            "value": _adapter(entity.kind).dump_python(entity.value, mode="json"),
        }
        for entity in entities
    ]


def entities_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Entity, ...]:
    """What `entities_to_json` made. Raises `ValueError`, which pydantic's are too, for anything else."""
    return tuple(_entity(item) for item in stored)


def _entity(item: Mapping[str, Any]) -> Entity:
    try:
        kind = SlotKind(item["kind"])
        value: EntityValue = _adapter(kind).validate_python(item["value"])
        start, end, text = int(item["start"]), int(item["end"]), str(item["text"])
        return Entity(kind, start, end, text, value, float(item["certainty"]))
    except KeyError as error:
        raise ValueError(f"a stored entity lacks {error}") from error
