"""What an answer has named as its result: the devices, and the time; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from api_service.assistant.entities.entity import DeviceValue, Entity, TimeValue
from api_service.assistant.query.query import SlotKind
from api_service.assistant.time.reading import TimeReading
from api_service.assistant.types import DeviceRef, Window


@dataclass(frozen=True)
class Focus:
    """`devices` are the answer's result in its order ("the heat pump used the most"), none where the query
    itself named what it is about. `time` is the day, hour, moment or run that the answer found.

    `is_span`: that time is a day, an hour or a run, of which amounts can be asked, and no moment. `known`
    are the last devices that were named or found, together or one after the other, for "the second one" and
    "which of the two"; `is_set`: together. `times` are the last times that were named.
    """

    devices: tuple[DeviceRef, ...] = ()
    time: Window | None = None
    is_span: bool = False
    known: tuple[DeviceRef, ...] = ()
    is_set: bool = False
    times: tuple[Window, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a message."""
        stored: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return stored


NOTHING = Focus()


def focus_from_json(stored: Mapping[str, Any] | None) -> Focus:
    """What `to_json` made, `NOTHING` for None. Raises `ValueError`, which pydantic's are too."""
    return NOTHING if stored is None else _adapter().validate_python(stored)


@cache
def _adapter() -> TypeAdapter[Focus]:
    return TypeAdapter(Focus)


def device_entity(device: DeviceRef) -> Entity:
    """A device as a question would name it."""
    return Entity(SlotKind.DEVICE, 0, 0, device.name, DeviceValue(device.name, (device,)))


def time_entity(window: Window) -> Entity:
    """A time as a question would name it."""
    return Entity(SlotKind.TIME, 0, 0, window.label, TimeValue((TimeReading(window, label=window.label),)))
