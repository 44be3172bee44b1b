"""Messages to points of line protocol: which device, which moment, which fields in their base units."""

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api_service.ingest.line_protocol.meaning import entity_name
from api_service.ingest.line_protocol.points import FieldValue, Point
from api_service.ingest.recognition.vocabulary import unit_of
from api_service.mqtt.moments import Arrivals, ClockCheck, time_of
from api_service.mqtt.payloads import Member, decode, members, number_of, state_of
from api_service.mqtt.sources import Source, SourceMap
from api_service.mqtt.values import BY_NAME, STATE, ValueRule, rule_by_name

MEASUREMENT = "mqtt"
EVERY_MEMBER = "*"
MOST_UNITS = 10_000
MOST_REASONS = 200
LONGEST_UNIT, LONGEST_NAME = 40, 60
PHASES = ("L1", "L2", "L3")
NO_TIME = "no time, or a clock that was never set"
RETAINED = "a last value kept by the broker, without a time"
NO_UNIT = "its unit is not known yet (does Home Assistant publish attributes?)"
NOTHING = "nothing in it is a reading"
NO_SOURCE = "no source has such a topic"
OTHER_REASONS = "other reasons"


@dataclass(frozen=True)
class Arrived:
    """A message as it came.

    `is_retained`: kept by the broker from before the subscription; `may_have_waited`: it came over the
    connection whose messages the broker keeps.
    """

    topic: str
    payload: bytes
    arrived_us: int
    is_retained: bool = False
    may_have_waited: bool = False


@dataclass(frozen=True)
class _Payload:
    """A decoded message of a source, and what its topic says."""

    source: Source
    places: Mapping[str, str]
    document: Any
    unit: str


@dataclass(frozen=True)
class _Found:
    """One field, of a channel and a part of the topic's device; no value where what came is no reading."""

    channel: str
    part: str
    name: str
    value: FieldValue | None


class Translator:
    """Makes points of messages.

    `passed_over` counts messages and values that gave none, by source and reason; `clocks` doubts those of
    devices.
    """

    def __init__(self, sources: SourceMap) -> None:
        self._map = sources
        self._arrivals = Arrivals()
        self._units: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.passed_over: Counter[str] = Counter()
        self.clocks = ClockCheck()

    def points(self, message: Arrived) -> list[Point]:
        """The points of a message, none where it holds no reading or is taken from the other connection."""
        document = decode(message.payload)
        is_unit = self._learn_unit(message.topic, document)
        matching = list(self._matching(message.topic))
        if not matching and not is_unit:
            self._pass_over("", NO_SOURCE)
        found: list[Point] = []
        taken_by, counted = "", self.passed_over.total()
        for source, places in matching:
            stamp_us = _own_time_us(source, document, message.arrived_us)
            # What has a time may have waited; what has none must not, but where a time belongs to it.
            if message.may_have_waited == (stamp_us is not None or not source.is_of_its_arrival):
                taken_by = taken_by or source.name
                unit = self._units.get((source.name, places.get("device", "")), "")
                found += self._points_of(_Payload(source, places, document, unit), stamp_us, message)
        if taken_by and not found and self.passed_over.total() == counted:
            self._pass_over(taken_by, NOTHING)
        return found

    def _matching(self, topic: str) -> Iterator[tuple[Source, Mapping[str, str]]]:
        for source in self._map.sources:
            for pattern in source.patterns:
                places = pattern.places_in(topic)
                if places is not None:
                    yield source, places

    def _points_of(self, payload: _Payload, stamp_us: int | None, message: Arrived) -> list[Point]:
        source = payload.source
        if reason := _reason_against(payload, stamp_us, message):
            self._pass_over(source.name, reason)
            return []
        fields: dict[str, dict[str, FieldValue]] = {}
        for found in _fields(payload):
            if found.value is None:
                self._pass_over(source.name, f"no reading in {found.name[:LONGEST_NAME]}")
                continue
            of_device = fields.setdefault(self._device(source, payload.places, found), {})
            if of_device.setdefault(found.name, found.value) != found.value:
                self._pass_over(source.name, f"a second {found.name}")
        return [self._point(device, given, stamp_us, message) for device, given in fields.items()]

    def _point(
        self, device: str, fields: dict[str, FieldValue], own_us: int | None, message: Arrived
    ) -> Point:
        if own_us is None:
            stamp_us = self._arrivals.stamp_us(device, fields.keys(), message.arrived_us)
        else:
            stamp_us = own_us
            if not message.is_retained:
                self.clocks.look_at(device, own_us - message.arrived_us)
        return Point(0, MEASUREMENT, {"device": device}, fields, stamp_us)

    def _device(self, source: Source, places: Mapping[str, str], found: _Found) -> str:
        channel = found.channel or places.get("channel", "")
        shown = "" if channel in ("", "0") else str(int(channel) + 1) if channel.isdecimal() else channel
        name = source.device.format_map({**places, "channel": shown})
        part = found.part
        if source.unit_pattern is not None:
            # Of an entity, the name holds device and quantity both.
            name, part = entity_name(name), part if part in PHASES else ""
        name = " ".join(f"{name} {part}".split())
        return self._map.names.get(name, name)

    def _learn_unit(self, topic: str, document: Any) -> bool:
        """Whether the topic is one of units; remembers the unit."""
        is_unit = False
        for source in self._map.sources:
            places = source.unit_pattern.places_in(topic) if source.unit_pattern else None
            if places is None:
                continue
            is_unit = True
            if isinstance(document, str):
                key = (source.name, places["device"])
                self._units[key] = document[:LONGEST_UNIT]
                self._units.move_to_end(key)
        while len(self._units) > MOST_UNITS:
            self._units.popitem(last=False)
        return is_unit

    def _pass_over(self, source: str, reason: str) -> None:
        key = f"{source}: {reason}" if source else reason
        has_room = key in self.passed_over or len(self.passed_over) < MOST_REASONS
        self.passed_over[key if has_room else OTHER_REASONS] += 1


def _reason_against(payload: _Payload, stamp_us: int | None, message: Arrived) -> str:
    """Why the payload as a whole gives no reading, if so."""
    source = payload.source
    for path in source.requires:
        if not any(True for _ in members(payload.document, path)):
            return f"no {path} in it"
    if stamp_us is None and (message.may_have_waited or message.is_retained):
        return RETAINED if message.is_retained and not source.time else NO_TIME
    if source.unit_pattern is not None and not payload.unit and number_of(payload.document) is not None:
        return NO_UNIT
    return ""


def _own_time_us(source: Source, document: Any, arrived_us: int) -> int | None:
    if not source.time:
        return None
    stamps = (time_of(member.value, source.zone, arrived_us) for member in members(document, source.time))
    return next((stamp_us for stamp_us in stamps if stamp_us is not None), None)


def _fields(payload: _Payload) -> Iterator[_Found]:
    for member, name, rule in _values(payload):
        if rule.field == BY_NAME:
            found = _by_name(member, name, payload.unit)
            yield from [_Found("", "", name, None)] if found is None else _numbered(member, found)
        else:
            yield from _numbered(member, rule)


def _values(payload: _Payload) -> Iterator[tuple[Member, str, ValueRule]]:
    """Each value of the payload with its name and its rule."""
    values, places = payload.source.values, payload.places
    if "quantity" in places and "" not in values:
        rule = values.get(places["quantity"])
        if rule is not None:
            yield Member(payload.document), places["quantity"], rule
        return
    for path, rule in values.items():
        if path != EVERY_MEMBER:
            name = path.rpartition(".")[2] or places.get("quantity") or places.get("device", "")
            yield from ((member, name, rule) for member in members(payload.document, path))
        elif isinstance(payload.document, dict):
            own_time = payload.source.time
            named = ((key, value) for key, value in payload.document.items() if key != own_time)
            yield from ((Member(value), key, rule) for key, value in named)


def _by_name(member: Member, name: str, unit: str) -> ValueRule | None:
    number = number_of(member.value)
    written = number.unit if number is not None and number.unit else unit
    if unit and not unit_of(unit):
        return None  # of another kind: degrees, bytes, money
    return rule_by_name(name, written)


def _numbered(member: Member, rule: ValueRule) -> Iterator[_Found]:
    """The fields of a value; those of a list are of its phases."""
    if isinstance(member.value, list):
        for part, value in zip(PHASES, member.value, strict=False):
            yield from _single(Member(value, member.channel), rule, part)
    else:
        yield from _single(member, rule, rule.part)


def _single(member: Member, rule: ValueRule, part: str) -> Iterator[_Found]:
    if rule.field == STATE:
        yield _Found(member.channel, part, STATE, state_of(member.value))
        return
    number = number_of(member.value)
    value = rule.in_base_unit(number) if number is not None else None
    yield _Found(member.channel, part, rule.field, value)
