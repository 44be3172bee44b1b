"""What a short follow-up leaves unsaid and a small reader loses: the devices and the time of before; pure.

The reader's query is corrected only where closed vocabularies decide it, as in amendments.py.
"""

from dataclasses import replace
from datetime import timedelta

from api_service.assistant.entities.entity import Entity, TimeValue
from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.linear import parse
from api_service.assistant.query.query import (
    Ask,
    Devices,
    DeviceScope,
    End,
    Order,
    Outcome,
    Per,
    Query,
    RelationKind,
    Request,
    Slot,
    SlotKind,
    StateCondition,
    StateTest,
    Where,
    WindowForm,
    Windows,
)
from api_service.assistant.query.type_rules import type_fault
from api_service.assistant.understanding.focus.fragments import (
    is_adding,
    is_bare_amount,
    is_bare_device,
    is_bare_time,
    is_correction,
    is_narrowing,
    is_of_several,
    is_of_the_last,
    is_of_them,
    is_of_whole,
    is_part_of_a_dialogue,
    is_smaller,
    is_than_other,
    is_what_ran,
)
from api_service.assistant.understanding.reading.dropped_context import dropped
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.metering.measures import MEASURES, Statistic

_LENGTHS = {Per.WEEK: timedelta(days=7), Per.MONTH: timedelta(days=28)}
_PAIR = 2
_OF_RUNS = frozenset(("switch_ons", "on_time", "state", "duration"))
_EXTREMES = frozenset((Statistic.MIN, Statistic.MAX))
_NOT_UNDERSTOOD = frozenset((Outcome.UNSUPPORTED, Outcome.UNCLEAR))
_OF_TWO = frozenset((RelationKind.MORE, RelationKind.LESS, RelationKind.DIFFERENCE, RelationKind.RATIO))


def carried(masked: MaskedQuestion, request: Request, previous: PreviousQuery | None) -> Request:
    """The request with what it goes on from; the same one where nothing is missing."""
    if previous is None or not isinstance(previous.request, Query):
        return request
    before = parse(previous.linear(len(masked.entities)))
    if not isinstance(before, Query):
        return request
    carrier = _Carrier(masked, before, previous)
    if not isinstance(request, Query):
        return (carrier.fragment(before) or request) if request in _NOT_UNDERSTOOD else request
    changed = carrier.fragment(request) or carrier.of(request)
    return changed if changed is request or type_fault(changed) is None else request


class _Carrier:
    def __init__(self, masked: MaskedQuestion, before: Query, previous: PreviousQuery) -> None:
        self._before = before
        self._previous = previous
        self._kinds = masked.slot_kinds
        words = [word.text if word.slot is None else "<slot>" for word in masked.words]
        self._line = " ".join(words).replace("’", "'")
        self._words = tuple(word for word in words if word != "<slot>")
        self._is_part = is_part_of_a_dialogue(masked)

    def fragment(self, request: Query) -> Query | None:
        """What the forms of short follow-ups mean, whatever was read; None for other words."""
        for changed in (self._added(), self._running(), self._bare(request), self._whole()):
            if changed is not None and type_fault(changed) is None:
                return changed
        return None

    def of(self, request: Query) -> Query:
        """The request with what its words leave to the query before."""
        if not self._is_part:
            return request
        request = self._ranked(self._narrowed(self._in_order(request)))
        return self._of_longer_period(self._among(self._with_context(self._last_run(request))))

    def _added(self) -> Query | None:
        """ "add the lights": one more beside those of before."""
        devices = self._before.devices
        if set(self._kinds) != {SlotKind.DEVICE.value} or not is_adding(self._line):
            return None
        if devices.scope is not DeviceScope.THESE:
            return None
        slots = (*devices.slots, *map(Slot, range(len(self._kinds))))
        changed = replace(self._before, devices=Devices(DeviceScope.THESE, slots))
        is_comparison = changed.ask is Ask.COMPARE and changed.relation is None
        return replace(changed, ask=Ask.LIST, order=Order(End.MOST)) if is_comparison else changed

    def _bare(self, request: Query) -> Query | None:
        """ "on which day?" and "how much exactly?": of the very value of before."""
        before = self._before
        if self._kinds:
            return None
        is_extreme = before.statistic in _EXTREMES and before.per is None
        if is_bare_time(self._line) and is_extreme and before.ask in (Ask.VALUE, Ask.WHEN):
            is_read = request.ask is Ask.WHEN and request.measured == before.measured
            return request if is_read and request.per else replace(before, ask=Ask.WHEN)
        if is_bare_device(self._line) and is_extreme and before.devices.scope is DeviceScope.ALL:
            end = End.MOST if before.statistic is Statistic.MAX else End.LEAST
            is_one_of_many = not MEASURES[before.measure].additive_over_devices
            return replace(before, ask=Ask.WHICH, order=Order(end)) if is_one_of_many else None
        is_value = before.ask is Ask.VALUE and request.measure == before.measure
        return before if is_value and is_bare_amount(self._line) else None

    def _running(self) -> Query | None:
        """ "what was on then?": the devices that ran in the time before."""
        if self._kinds != (SlotKind.TIME.value,) or not is_what_ran(self._line):
            return None
        where = Where(state=StateCondition(StateTest.ON))
        windows = Windows(WindowForm.IN, (Slot(0),))
        return Query(Ask.WHICH, "state", Statistic.LATEST, where=where, windows=windows)

    def _whole(self) -> Query | None:
        """ "and the whole house?": the same of all together."""
        before = self._before
        if self._kinds or not is_of_whole(self._line) or before.relation or before.per:
            return None
        ask = Ask.VALUE if before.ask in (Ask.WHICH, Ask.LIST, Ask.COMPARE) else before.ask
        return replace(before, ask=ask, devices=Devices(), order=None, having=None)

    def _last_run(self, request: Query) -> Query:
        """ "when was the last time" after a count of runs: the last run."""
        before = self._before
        is_run = request.measure == "last_seen" and before.measure in _OF_RUNS
        if not is_run or not is_of_the_last(self._words):
            return request
        state = before.where.state or StateCondition(StateTest.ON)
        where = Where(state=state)
        return replace(request, ask=Ask.WHEN, measure="state", statistic=Statistic.LAST, where=where)

    def _in_order(self, request: Query) -> Query:
        """ "did it use more than the oven": the device of before is the first of the two."""
        slots = request.devices.slots
        is_pair = request.devices.scope is DeviceScope.THESE and len(slots) == _PAIR
        is_related = request.relation is not None and request.relation.kind in _OF_TWO
        if not is_pair or not is_related or not is_than_other(self._line):
            return request
        if slots[0] < len(self._kinds) <= slots[1]:
            return replace(request, devices=Devices(DeviceScope.THESE, (slots[1], slots[0])))
        return request

    def _narrowed(self, request: Query) -> Query:
        """ "and the oven alone": without the devices of before."""
        slots = request.devices.slots
        own = tuple(slot for slot in slots if slot < len(self._kinds))
        is_mixed = request.devices.scope is DeviceScope.THESE and 0 < len(own) < len(slots)
        if not is_mixed or not is_narrowing(self._line):
            return request
        return replace(request, devices=Devices(DeviceScope.THESE, own))

    def _ranked(self, request: Query) -> Query:
        """ "which device was top then?": of all; the one of before alone is no ranking."""
        slots = request.devices.slots
        is_ranking = request.ask is Ask.WHICH and request.order is not None and request.grouping is Per.DEVICE
        is_inherited = len(slots) == 1 and slots[0] >= len(self._kinds)
        if is_ranking and is_inherited and request.devices.scope is DeviceScope.THESE:
            return replace(request, devices=Devices())
        return request

    def _with_all(self, request: Query) -> Query:
        """ "how much do they draw": all of them, where only some were read."""
        slots, all_slots = request.devices.slots, self._before.devices.slots
        is_some = 0 < len(slots) < len(all_slots) and set(slots) <= set(all_slots)
        is_same_scope = request.devices.scope is self._before.devices.scope is DeviceScope.THESE
        if not (is_some and is_same_scope and is_of_several(self._line)):
            return request
        return replace(request, devices=self._before.devices)

    def _with_context(self, request: Query) -> Query:
        """With the devices and the time that it names neither nor sets aside."""
        before = self._before
        request = self._with_all(request)
        losses = dropped(self._words, self._kinds, request, self._previous)
        if "devices" in losses:
            request = replace(request, devices=before.devices)
        names_time = {SlotKind.TIME.value, SlotKind.HOURS.value} & {*self._kinds}
        is_corrected = is_correction(self._line) and request.statistic is Statistic.LATEST
        if is_corrected and before.windows and not request.windows and not names_time:
            row, statistic = MEASURES[request.measure], before.statistic
            statistic = statistic if statistic in row.statistics else row.default_statistic
            return replace(request, statistic=statistic, windows=before.windows)
        return replace(request, windows=before.windows) if "time" in losses else request

    def _among(self, request: Query) -> Query:
        """ "which of them": among those of before, and one of them where nothing else chooses."""
        before, devices = self._before, self._before.devices
        if not is_of_them(self._line):
            return request
        end = End.LEAST if is_smaller(self._line) else End.MOST
        if _of_two_times(before):
            return replace(before, ask=Ask.WHEN, order=Order(end))
        is_among = request.ask is Ask.WHICH and devices.scope is DeviceScope.THESE
        if not is_among or len(devices.slots) < _PAIR:
            return request
        if request.devices.scope is DeviceScope.ALL:
            request = replace(request, devices=devices, windows=request.windows or before.windows)
        if request.order is None and request.having is None and request.where.state is None:
            request = replace(request, order=Order(end))
        return request

    def _of_longer_period(self, request: Query) -> Query:
        """ "per month" of a day has nothing to show: all months are meant."""
        length = _LENGTHS.get(request.per) if request.per else None
        windows, first = request.windows, len(self._kinds)
        if length is None or windows is None or windows.form is not WindowForm.IN or len(windows.slots) != 1:
            return request
        slot = windows.slots[0]
        if slot < first or not _is_within(self._previous.entities[slot - first], length):
            return request
        return replace(request, windows=None)


def _of_two_times(before: Query) -> bool:
    is_pair = before.windows is not None and len(before.windows.slots) == _PAIR
    return before.ask is Ask.COMPARE and is_pair and len(before.devices.slots) < _PAIR


def _is_within(entity: Entity, length: timedelta) -> bool:
    value = entity.value
    window = value.readings[0].window if isinstance(value, TimeValue) and value.readings else None
    return window is not None and window.end - window.start <= length
