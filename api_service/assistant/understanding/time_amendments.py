"""What the words of a question mean for its time, where the reader learnt only the bare form; pure.

"How much power at 7 am" is power at that moment, "was it off on Sunday" all of Sunday, "what was it doing
yesterday" all of its states, "which device per day" a device, "so far" the whole record.
"""

from collections.abc import Sequence
from dataclasses import replace

from api_service.assistant.entities.entity import Entity, StateValue, TimeValue
from api_service.assistant.query.query import (
    Ask,
    DeviceScope,
    Per,
    Query,
    StateCondition,
    StateTest,
    WindowForm,
    Windows,
)
from api_service.assistant.query.type_rules import type_fault
from api_service.assistant.understanding.reading.vocabulary import pattern_of
from api_service.metering.analysis.on_off import is_off_state
from api_service.metering.measures import Statistic

_SUBJECTS = frozenset((Ask.WHICH, Ask.LIST, Ask.HOW_MANY))
_CALENDAR = frozenset((Per.HOUR, Per.DAY, Per.WEEK, Per.MONTH))
_OFF, _ON = StateCondition(StateTest.OFF), StateCondition(StateTest.ON)


def amended_in_time(line: str, request: Query, entities: Sequence[Entity]) -> Query:
    """The query as the words of `line` have it; the same one where nothing has to be changed."""
    for change in (_so_far, _power, _states, _never_on, _which_device):
        changed = change(line, request, entities)
        if changed is not request and type_fault(changed) is None:
            request = changed
    every = _all_the_time(line, request, entities)
    return every if type_fault(every) is None else request


def _so_far(line: str, request: Query, _: Sequence[Entity]) -> Query:
    """The whole record; beside a time "so far" is a part of it."""
    if request.windows is None and pattern_of("amounts", "so_far").search(line):
        return replace(request, windows=Windows(WindowForm.EVER))
    return request


def _power(line: str, request: Query, entities: Sequence[Entity]) -> Query:
    """Power at a moment, or now, for an amount of energy."""
    is_amount = request.measured == ("energy", Statistic.SUM) and not (request.per or request.usual)
    is_plain = request.having is None and not request.where.bounds
    if not (is_amount and is_plain) or pattern_of("amounts", "energy").search(line):
        return request
    if not pattern_of("amounts", "power").search(line) or _spans(request, entities) != "moment":
        return request
    return replace(request, measure="power", statistic=Statistic.MEAN)


def _states(line: str, request: Query, entities: Sequence[Entity]) -> Query:
    """All states of a device over a span, with how long each lasted."""
    is_state = request.ask is Ask.VALUE and request.measured == ("state", Statistic.LATEST)
    is_one = request.devices.scope is DeviceScope.THESE and len(request.devices.slots) == 1
    if not (is_state and is_one) or request.where or request.per or request.relation:
        return request
    if _spans(request, entities) != "span" or pattern_of("amounts", "end_of_states").search(line):
        return request
    return replace(request, ask=Ask.LIST, measure="duration", statistic=Statistic.SUM, per=Per.STATE)


def _never_on(line: str, request: Query, entities: Sequence[Entity]) -> Query:
    """Off for "did not run": of the subjects over a span, and of a habit that is denied."""
    if request.devices.scope is DeviceScope.BUT or _spans(request, entities) == "now":
        return request
    says_not = bool(pattern_of("negations", "not_on").search(line))
    is_silence = request.measure == "last_seen" and not request.where
    if request.ask in _SUBJECTS and says_not and (request.where.state == _ON or is_silence):
        where = replace(request.where, state=_OFF)
        which = Ask.WHICH if is_silence else request.ask
        return replace(request, ask=which, measure="state", statistic=Statistic.LATEST, where=where)
    is_denied = request.ask is Ask.WHETHER and bool(pattern_of("negations", "never").search(line))
    if (
        is_denied
        and not pattern_of("negations", "at_some_time").search(line)
        and request.measure == "state"
        and request.where.state == _ON
    ):
        return replace(request, where=replace(request.where, state=_OFF))
    return request


def _all_the_time(line: str, request: Query, entities: Sequence[Entity]) -> Query:
    """ "Was it off on Sunday": all through it, which `every` stands for; "did it go off" at some time."""
    is_off = request.ask is Ask.WHETHER and request.measure == "state" and _rests(request, entities)
    if not is_off or request.every or request.per or request.usual or _spans(request, entities) != "span":
        return request
    is_at_some_time = pattern_of("negations", "at_some_time").search(line)
    if is_at_some_time and not pattern_of("negations", "not_on").search(line):
        return request
    return replace(request, every=True, where=replace(request.where, state=_OFF))


def _rests(request: Query, entities: Sequence[Entity]) -> bool:
    """Whether "off" is the only condition on the state, or a recorded state that means it: "in standby"."""
    state = request.where.state
    if state is None or request.where.bounds:
        return False
    slot = state.slot if state.test is StateTest.IS else None
    value = entities[slot].value if slot is not None and slot < len(entities) else None
    return state == _OFF or (isinstance(value, StateValue) and is_off_state(value.state))


def _which_device(line: str, request: Query, _: Sequence[Entity]) -> Query:
    """The device for "which device costs the most per day": its average day ranks as its total does."""
    is_period = request.ask is Ask.WHEN and request.per in _CALENDAR and request.order is not None
    if not is_period or request.devices.slots or not pattern_of("amounts", "which_device").search(line):
        return request
    windows = request.windows or Windows(WindowForm.EVER)
    return replace(request, ask=Ask.WHICH, per=None, windows=windows)


def _spans(request: Query, entities: Sequence[Entity]) -> str:
    """ "now", a "moment", a "span", or "" where the question's own slots do not tell."""
    windows = request.windows
    if windows is None:
        return "span" if request.where.hours else "now"
    if windows.form is not WindowForm.IN:
        return "span" if windows.form is WindowForm.EVER else ""
    values = [entities[slot].value for slot in windows.slots if slot < len(entities)]
    times = [value.readings[0] for value in values if isinstance(value, TimeValue) and value.readings]
    if len(times) != len(windows.slots):
        return ""
    are_moments = {reading.is_moment for reading in times}
    return "" if len(are_moments) != 1 else "moment" if are_moments.pop() else "span"
