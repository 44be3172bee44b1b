"""The query that a follow-up goes on from, with its entities as they were understood then; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api_service.assistant.entities.entity import Entity, TimeValue
from api_service.assistant.entities.entity_json import entities_from_json, entities_to_json
from api_service.assistant.query.linear import parse, print_request, renumbered, slots_used
from api_service.assistant.query.query import Request, Slot
from api_service.assistant.types import Window


@dataclass(frozen=True)
class PreviousQuery:
    """A request whose slots are numbered from 0 in the order of its linear form; slot N is `entities[N]`."""

    request: Request
    entities: tuple[Entity, ...]

    def linear(self, first: int = 0) -> str:
        """Its linear form with its slots numbered from `first` on."""
        shifted = {Slot(number): Slot(first + number) for number in range(len(self.entities))}
        return print_request(renumbered(self.request, shifted))

    @property
    def window(self) -> Window | None:
        """The one span of time that it speaks of; None where there are none or several."""
        times = [entity.value for entity in self.entities if isinstance(entity.value, TimeValue)]
        windows = [value.readings[0].window for value in times if value.readings]
        earlier = [window for window in windows if window is not None]
        return earlier[0] if len(earlier) == 1 else None

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a message."""
        return {"query": self.linear(), "entities": entities_to_json(self.entities)}


def previous_query(request: Request, slots: Sequence[Entity]) -> PreviousQuery:
    """A request whose slot N is `slots[N]`, with only those that it uses, in their order."""
    used = list(dict.fromkeys(use.slot for use in slots_used(request)))
    numbers = {slot: Slot(number) for number, slot in enumerate(used)}
    return PreviousQuery(renumbered(request, numbers), tuple(slots[slot] for slot in used))


def previous_from_json(stored: Mapping[str, Any]) -> PreviousQuery:
    """What `to_json` made. Raises `ValueError` or `KeyError` for anything else."""
    return PreviousQuery(parse(stored["query"]), entities_from_json(stored["entities"]))
