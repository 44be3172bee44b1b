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
PHASES = ("L1", "L2", "L3")
NO_TIME = "no time, or a clock that was never set"
RETAINED = "a last value kept by the broker, without a time"
NO_UNIT = "its unit is not known yet (does Home Assistant publish attributes?)"


@dataclass(frozen=True)
class Arrived:
    """A message as it came; `is_retained`: kept by the broker from before the subscription."""

    topic: str
    payload: bytes
    arrived_us: int
    is_retained: bool = False


@dataclass(frozen=True)
class _Payload:
    """A decoded message of a source, and what its topic says."""

    source: Source
    places: Mapping[str, str]
    document: Any
    unit: str


@dataclass(frozen=True)
class _Found:
    """One field, of a channel and a part of the topic's device."""

    channel: str
    part: str
    name: str
    value: FieldValue


class Translator:
    """Makes points of messages.

    `passed_over` counts messages that gave none, by source and reason; `clocks` doubts those of devices.
    """

    def __init__(self, sources: SourceMap) -> None:
        self._map = sources
        self._arrivals = Arrivals()
        self._units: OrderedDict[tuple[str, str], str] = OrderedDict()
        self.passed_over: Counter[str] = Counter()
        self.clocks = ClockCheck()

    def points(self, message: Arrived) -> list[Point]:
        """The points of a message, none where it holds no reading."""
        found: list[Point] = []
        for source in self._map.sources:
            self._learn_unit(source, message)
            for pattern in source.patterns:
                places = pattern.places_in(message.topic)
                if places is not None:
                    found += self._points_of(source, places, message)
        return found

    def _points_of(self, source: Source, places: Mapping[str, str], message: Arrived) -> list[Point]:
        document = decode(message.payload)
        if any(not any(True for _ in members(document, path)) for path in source.requires):
            return []
        stamp_us = _own_time_us(source, document, message.arrived_us)
        if stamp_us is None and (source.keeps_messages or message.is_retained):
            self._pass_over(source, RETAINED if message.is_retained and not source.time else NO_TIME)
            return []
        unit = ""
        if source.unit_pattern is not None:
            unit = self._units.get((source.name, places["device"]), "")
            if not unit and number_of(document) is not None:
                self._pass_over(source, NO_UNIT)
                return []
        fields: dict[str, dict[str, FieldValue]] = {}
        for found in _fields(_Payload(source, places, document, unit)):
            fields.setdefault(self._device(source, places, found), {})[found.name] = found.value
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

    def _learn_unit(self, source: Source, message: Arrived) -> None:
        places = source.unit_pattern.places_in(message.topic) if source.unit_pattern else None
        unit = decode(message.payload) if places is not None else None
        if places is not None and isinstance(unit, str):
            key = (source.name, places["device"])
            self._units[key] = unit
            self._units.move_to_end(key)
            if len(self._units) > MOST_UNITS:
                self._units.popitem(last=False)

    def _pass_over(self, source: Source, reason: str) -> None:
        if len(self.passed_over) < MOST_REASONS:
            self.passed_over[f"{source.name}: {reason}"] += 1


def _own_time_us(source: Source, document: Any, arrived_us: int) -> int | None:
    if not source.time:
        return None
    stamps = (time_of(member.value, source.zone, arrived_us) for member in members(document, source.time))
    return next((stamp_us for stamp_us in stamps if stamp_us is not None), None)


def _fields(payload: _Payload) -> Iterator[_Found]:
    for member, name, rule in _values(payload):
        if rule.field == BY_NAME:
            found = _by_name(member, name, payload.unit)
            yield from [] if found is None else _numbered(member, found)
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
        state = state_of(member.value)
        if state is not None:
            yield _Found(member.channel, part, STATE, state)
        return
    number = number_of(member.value)
    value = rule.in_base_unit(number) if number is not None else None
    if value is not None:
        yield _Found(member.channel, part, rule.field, value)
