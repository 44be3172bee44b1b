"""What a small reader overlooks and words say plainly: a "not", and "all day long"; pure.

The reader's query is corrected only where a closed vocabulary decides it. "Which devices are not running"
asks for those that are off, "did not use more than 1 kWh" for those at or below it, "was it on all evening"
for the part of the time that it was on. Three things that are to be compared are listed, the most first.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.entities.entity import Entity, NumberValue
from api_service.assistant.query.query import (
    Ask,
    Bound,
    BoundKind,
    Devices,
    DeviceScope,
    End,
    Order,
    Per,
    Query,
    Relation,
    RelationKind,
    Request,
    StateCondition,
    StateTest,
    WindowForm,
    Windows,
)
from api_service.assistant.query.type_rules import type_fault
from api_service.assistant.understanding.negations import with_negations
from api_service.assistant.understanding.reading.vocabulary import pattern_of
from api_service.assistant.understanding.time_amendments import amended_in_time
from api_service.metering.measures import Statistic

_PAIR = 2
_WAYS = {True: {RelationKind.LESS: RelationKind.MORE}, False: {RelationKind.MORE: RelationKind.LESS}}
"""What a relation turns into where words only rise (True), or only fall."""
_OF_STATES = frozenset(("state", "on_time", "switch_ons", "duration", "last_seen", "samples"))
_THAN = re.compile(r"\bthan( (it|we|they) (was|were|did))?( (on|in|at|during|over|for|by))?( the)?\s*$")
_SUBJECTS = frozenset((Ask.WHICH, Ask.LIST, Ask.HOW_MANY))


def amended(text: str, entities: Sequence[Entity], request: Request) -> Request:
    """The request as the question's text has it; the same one where nothing has to be corrected.

    `entities` are those of the question's own slots.
    """
    if not isinstance(request, Query):
        return request
    line = " ".join(text.lower().replace("\u2019", "'").split())
    request = amended_in_time(line, _than(text, request, entities), entities)
    factors = frozenset(slot for slot, entity in enumerate(entities) if _is_factor(entity))
    forms = (_negated(line, request), _throughout(line, request), _of_several(request), _how_far(request))
    multiples = (_of_another(line, request), _limited_by_a_multiple(line, request, factors))
    right = with_negations(text, entities, request)
    ways = (_either_way(line, request), _over_time(line, request), _turned(line, request))
    devices = (_of_any_device(line, request), _that_are_on(line, request))
    for changed in (right, *devices, *forms, *multiples, *ways):
        if changed is not request and type_fault(changed) is None:
            return changed
    return request


def _than(text: str, request: Query, entities: Sequence[Entity]) -> Query:
    """The time after "than" as the second of the two: "more than yesterday" is of another time."""
    windows, relation = request.windows, request.relation
    is_directed = relation is not None and relation.kind in (RelationKind.MORE, RelationKind.LESS)
    if not is_directed or windows is None or windows.form is not WindowForm.IN or len(windows.slots) != 2:
        return request
    first, second = windows.slots
    if not _follows_than(text, first, entities) or _follows_than(text, second, entities):
        return request
    return replace(request, windows=Windows(WindowForm.IN, (second, first)))


def _follows_than(text: str, slot: int, entities: Sequence[Entity]) -> bool:
    if slot >= len(entities):
        return False
    return bool(_THAN.search(text[: entities[slot].start].lower()))


def _is_factor(entity: Entity) -> bool:
    return isinstance(entity.value, NumberValue) and entity.value.is_factor


def _negated(line: str, request: Query) -> Query:
    """Off for "not running", at or below for "not more than"."""
    having = request.having
    is_on = request.where.state == StateCondition(StateTest.ON)
    if is_on and _asks_what_is_so(request) and pattern_of("negations", "not_on").search(line):
        return replace(request, where=replace(request.where, state=StateCondition(StateTest.OFF)))
    is_above = having is not None and having.kind is BoundKind.ABOVE
    if having is not None and is_above and pattern_of("negations", "not_more").search(line):
        return replace(request, having=Bound(BoundKind.BELOW, having.numbers))
    return request


def _asks_what_is_so(request: Query) -> bool:
    """Whether the answer names what fulfils the condition: subjects now, or times.

    A device that was off at some time of yesterday is not one that "was not used yesterday".
    """
    is_when = request.ask is Ask.WHEN and request.statistic is not Statistic.LAST
    is_now = request.ask in _SUBJECTS and request.windows is None
    return request.devices.scope is not DeviceScope.BUT and (is_now or is_when)


def _throughout(line: str, request: Query) -> Query:
    """The part of the time for "all day long": that it was so at some time does not answer it."""
    state, windows = request.where.state, request.windows
    is_past = windows is not None and windows.form is WindowForm.IN and len(windows.slots) == 1
    is_one = request.devices.scope is DeviceScope.THESE and len(request.devices.slots) == 1
    if request.ask is not Ask.WHETHER or request.measure != "state" or state is None or request.per:
        return request
    if state.test not in (StateTest.ON, StateTest.OFF) or not (is_past and is_one):
        return request
    if not pattern_of("negations", "throughout").search(line):
        return request
    return replace(
        request,
        ask=Ask.VALUE,
        measure="duration",
        statistic=Statistic.SUM,
        every=False,
        relation=Relation(RelationKind.SHARE),
        devices=Devices(DeviceScope.THESE, request.devices.slots),
    )


def _either_way(line: str, request: Query) -> Query:
    """How it went for "is it going up or down": yes and no would answer only one half."""
    directed = request.relation is not None and request.relation.kind in (
        RelationKind.MORE,
        RelationKind.LESS,
    )
    if request.ask is not Ask.WHETHER or not directed or request.usual or request.having:
        return request
    if not pattern_of("directions", "either_way").search(line):
        return request
    ask = Ask.VALUE if request.statistic is Statistic.TREND else Ask.COMPARE
    return replace(request, ask=ask, relation=None)


def _over_time(line: str, request: Query) -> Query:
    """How it went over time for "has it been using more lately", which the reader takes for what is usual."""
    if not request.usual or pattern_of("forms", "usual").search(line):
        return request
    if request.having or request.windows or not pattern_of("directions", "over_time").search(line):
        return request
    is_either = bool(pattern_of("directions", "either_way").search(line))
    is_plain = is_either or request.relation is None
    return replace(
        request,
        ask=Ask.VALUE if is_plain else Ask.WHETHER,
        statistic=Statistic.TREND,
        usual=False,
        relation=None if is_plain else request.relation,
    )


def _of_any_device(line: str, request: Query) -> Query:
    """The devices below a limit for "is there a device with …": the site's own value does not answer it."""
    is_of_site = request.devices.scope is DeviceScope.ALL and request.per is None and not request.usual
    if request.ask is not Ask.WHETHER or not is_of_site or request.having is None or request.relation:
        return request
    return replace(request, ask=Ask.WHICH) if pattern_of("questions", "any_device").match(line) else request


def _that_are_on(line: str, request: Query) -> Query:
    """Only devices that are on, where the question adds it: "the least hungry device that is on"."""
    is_open = request.ask in _SUBJECTS and request.where.state is None and request.grouping is Per.DEVICE
    if not is_open or request.measure in _OF_STATES or not pattern_of("states", "that_are_on").search(line):
        return request
    return replace(request, where=replace(request.where, state=StateCondition(StateTest.ON)))


def _how_far(request: Query) -> Query:
    """The extreme for "which devices went over 2 kW": the mean of what lies above a limit tells nothing."""
    bounds = request.where.bounds
    is_plain = request.statistic is Statistic.MEAN and not request.having and not request.order
    if request.ask is not Ask.WHICH or not is_plain or len(bounds) != 1:
        return request
    (condition,) = bounds
    extreme = {BoundKind.ABOVE: Statistic.MAX, BoundKind.BELOW: Statistic.MIN}.get(condition.bound.kind)
    if extreme is None or condition.measure not in (None, request.measure):
        return request
    return replace(request, statistic=extreme)


def _of_several(request: Query) -> Query:
    """A list for a comparison of three or more devices."""
    is_several = request.devices.scope is DeviceScope.THESE and len(request.devices.slots) > _PAIR
    if request.ask is not Ask.COMPARE or not is_several or request.relation or request.usual:
        return request
    return replace(request, ask=Ask.LIST, order=Order(End.MOST))


def _of_another(line: str, request: Query) -> Query:
    """A ratio above a limit for "did the oven use twice what the TV used"."""
    relation = request.relation
    if relation is None or relation.kind is not RelationKind.TIMES or relation.slot is None:
        return request
    is_asked = pattern_of("questions", "yes_or_no").match(line)
    if not is_asked or not _names(request, _PAIR):
        return request
    above = Bound(BoundKind.ABOVE, (relation.slot,))
    return replace(request, ask=Ask.WHETHER, having=above, relation=Relation(RelationKind.RATIO))


def _limited_by_a_multiple(line: str, request: Query, factors: frozenset[int]) -> Query:
    """A ratio of two devices, or a share of the whole, where "half" or "twice" is the limit."""
    having = request.having
    if having is None or request.relation or not factors.intersection(having.numbers):
        return request
    if _names(request, _PAIR):
        return replace(request, relation=Relation(RelationKind.RATIO))
    if pattern_of("questions", "of_the_whole").search(line):
        return replace(request, relation=Relation(RelationKind.SHARE))
    return request


def _turned(line: str, request: Query) -> Query:
    """The least for "the most frugal"; less for what only falls, more for what only rises."""
    order, relation = request.order, request.relation
    if order is not None and order.end is End.MOST and pattern_of("directions", "sparing").search(line):
        return replace(request, order=replace(order, end=End.LEAST))
    rises, falls = (bool(pattern_of("directions", way).search(line)) for way in ("rising", "falling"))
    if relation is None or rises == falls:
        return request
    turned = _WAYS[rises].get(relation.kind)
    return replace(request, relation=replace(relation, kind=turned)) if turned else request


def _names(request: Query, count: int) -> bool:
    return request.devices.scope is DeviceScope.THESE and len(request.devices.slots) == count
