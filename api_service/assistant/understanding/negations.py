"""What a "not" and a "without" belong to: "not the fridge, the router" asks for the router alone; pure.

The reader takes most of them for an exclusion, as "everything but the fridge". The words stand in
vocabulary.toml.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.entities.entity import Entity
from api_service.assistant.query.linear import slots_used
from api_service.assistant.query.query import (
    Devices,
    DeviceScope,
    Query,
    Slot,
    SlotKind,
    StateCondition,
    StateTest,
    Where,
)
from api_service.assistant.understanding.reading.vocabulary import pattern_of
from api_service.metering.measures import Statistic

_OF_TIME = frozenset(("duration", "on_time"))


def rejected(text: str, entities: Sequence[Entity]) -> frozenset[Slot]:
    """The devices that a question names only to reject them for another one, and a state that is left out.

    `entities` are those of the question's own slots.
    """
    devices = _before(text, entities, SlotKind.DEVICE, "rejecting")
    named = {Slot(n) for n, entity in enumerate(entities) if entity.kind is SlotKind.DEVICE}
    is_contrast = bool(named - devices)
    return (devices if is_contrast else frozenset()) | ignored(text, entities)


def ignored(text: str, entities: Sequence[Entity]) -> frozenset[Slot]:
    """The states of resting that are to be left out: "ignoring standby"."""
    found = _before(text, entities, SlotKind.STATE, "leaving_out")
    resting = pattern_of("contrasts", "resting")
    return frozenset(slot for slot in found if resting.search(entities[slot].text.casefold()))


def with_negations(text: str, entities: Sequence[Entity], request: Query) -> Query:
    """The query with its exclusions as the words have them; the same one where nothing is to be corrected."""
    line = text.casefold().replace("\u2019", "'")
    out, dropped = ignored(text, entities), rejected(text, entities)
    if out and request.devices.slots:
        request = _while_on(request)
    used = {use.slot for use in slots_used(request)}
    wrong = (dropped - out) & used or (request.devices.scope is DeviceScope.BUT and dropped - out)
    if wrong:
        named = [Slot(n) for n, entity in enumerate(entities) if entity.kind is SlotKind.DEVICE]
        kept = tuple(slot for slot in named if slot not in dropped)
        request = replace(request, devices=Devices(DeviceScope.THESE, kept))
    return _unbroken(line, request)


def _while_on(request: Query) -> Query:
    devices = Devices(DeviceScope.THESE, request.devices.slots)
    if request.measure in _OF_TIME:
        statistic = request.statistic if request.measure == "on_time" else Statistic.SUM
        return replace(request, devices=devices, measure="on_time", statistic=statistic, where=Where())
    where = replace(request.where, state=StateCondition(StateTest.ON))
    return replace(request, devices=devices, where=where)


def _unbroken(line: str, request: Query) -> Query:
    """ "without a pause" excludes nothing where nothing else does."""
    rest, count = pattern_of("contrasts", "unbroken").subn("", line)
    if not count or pattern_of("contrasts", "excluding").search(rest):
        return request
    state = request.where.state
    if state is not None and state.test is StateTest.NOT:
        state = StateCondition(StateTest.IS, state.slot)
        request = replace(request, where=replace(request.where, state=state))
    if request.devices.scope is DeviceScope.BUT:
        request = replace(request, devices=Devices(DeviceScope.THESE, request.devices.slots))
    return request


def _before(text: str, entities: Sequence[Entity], kind: SlotKind, entry: str) -> frozenset[Slot]:
    """The slots of a kind right before which a word or phrase of an entry stands."""
    pattern = re.compile(rf"(?:{pattern_of('contrasts', entry).pattern}) (?:(?:the|my|our|any|its) )?$")
    found = set()
    for number, entity in enumerate(entities):
        line = " ".join(text[: entity.start].casefold().replace("\u2019", "'").split()) + " "
        if entity.kind is kind and pattern.search(line):
            found.add(Slot(number))
    return frozenset(found)
