"""A device named with its place: "the fridge in the garage" is one name, not two."""

from collections.abc import Sequence

from api_service.assistant.entities.device_index import DeviceIndex
from api_service.assistant.entities.entity import DeviceValue, Entity, GroupValue
from api_service.assistant.query.query import SlotKind

_CERTAINTY = 0.93


def joined_with_places(text: str, found: Sequence[Entity], index: DeviceIndex) -> list[Entity]:
    """The entities, those pairs as one where a device is called so or belongs to that group."""
    result: list[Entity] = []
    for entity in found:
        one = _in_place(text, result[-1], entity, index) if result else None
        result[-1 if one else len(result) :] = [one or entity]
    return result


def _in_place(text: str, device: Entity, place: Entity, index: DeviceIndex) -> Entity | None:
    between = text[device.end : place.start].casefold().split()
    if not between or between[0] not in ("in", "on", "at") or between[1:] not in ([], ["the"]):
        return None
    inside = place.value.devices if isinstance(place.value, GroupValue) else ()
    named = device.value.devices if isinstance(device.value, DeviceValue) else ()
    both = index.holding((*index.concepts(device.text), *index.concepts(place.text)))
    devices = tuple(dict.fromkeys(one for name in both for one in name.devices))
    devices = devices or tuple(one for one in named if one in inside)
    if not devices:
        return None
    written = text[device.start : place.end]
    value = DeviceValue(devices[0].name if len(devices) == 1 else written, devices)
    return Entity(SlotKind.DEVICE, device.start, place.end, written, value, _CERTAINTY)
