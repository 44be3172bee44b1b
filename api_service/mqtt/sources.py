"""Sources: which topics there are, and what their payloads mean. Declared in TOML, extended without code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api_service.mqtt.topics import TopicPattern
from api_service.mqtt.values import ValueRule, value_rule


class BadSources(ValueError):
    """A file of sources that cannot be used; the message names file, source and fault."""


class _Declared(BaseModel):
    """A `[[source]]` as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=60)]
    topics: list[str] = []
    values: dict[str, str] = {}
    device: str = "{device}"
    time: str = ""
    time_is_optional: bool = False
    timezone: str = ""
    unit_topic: str = ""
    requires: list[str] = []
    is_enabled: bool = True

    @model_validator(mode="after")
    def _uses_its_places(self) -> "_Declared":
        if self.is_enabled and not (self.topics and self.values):
            raise ValueError(f"{self.name!r} needs topics and values (or is_enabled = false)")
        for text in self.topics:
            places = TopicPattern(text).places | {"channel"}  # from a path in the payload, perhaps
            try:
                self.device.format_map(dict.fromkeys(places, "x"))
            except (KeyError, ValueError, IndexError):
                raise ValueError(f"device {self.device!r} names places that {text!r} does not have") from None
        if self.unit_topic and "device" not in TopicPattern(self.unit_topic).places:
            raise ValueError("unit_topic needs the place {device}")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: list[_Declared] = []
    names: dict[str, str] = {}


@dataclass(frozen=True)
class Source:
    """Topics of one form and what their payloads mean.

    `values` maps paths in the payload to rules, or the words at `{quantity}` of the topic. `time` is the
    path of the reading's time, "" where it has none. A message counts only if all of `requires` are there.
    `unit_pattern` is the topic that tells the unit of a bare value.
    """

    name: str
    patterns: tuple[TopicPattern, ...]
    values: Mapping[str, ValueRule]
    device: str
    time: str
    time_is_optional: bool
    zone: ZoneInfo
    unit_pattern: TopicPattern | None
    requires: tuple[str, ...]

    @property
    def may_wait(self) -> bool:
        """Whether messages may wait in the broker: those that say themselves when they were measured."""
        return bool(self.time)

    @property
    def is_of_its_arrival(self) -> bool:
        """Whether a message without a time was measured when it arrives: such a one must not wait."""
        return not self.time or self.time_is_optional

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Topic filters of everything that the source reads."""
        told = (self.unit_pattern,) if self.unit_pattern else ()
        return tuple(pattern.subscription for pattern in (*self.patterns, *told))


@dataclass(frozen=True)
class SourceMap:
    """All sources in use, and the names that devices are given instead of those in topics."""

    sources: tuple[Source, ...]
    names: Mapping[str, str]


def load_sources(own: Path | None, zone: ZoneInfo) -> SourceMap:
    """The sources that come with the product and those of the file `own`, which win under the same name.

    `zone` is that of times without one. Raises `BadSources`.
    """
    known = _parse("sources.toml", (files(__package__) / "sources.toml").read_text("utf-8"))
    declared = {source.name: source for source in known.source}
    names: dict[str, str] = {}
    if own is not None:
        try:
            added = _parse(str(own), own.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadSources(f"{own} cannot be read: {error}") from None
        for source in added.source:
            if not source.is_enabled and source.name not in declared:
                raise BadSources(
                    f"{own}: there is no source {source.name!r} to disable: {', '.join(declared)}"
                )
            declared[source.name] = source
        names = added.names
    used = tuple(_made(source, zone) for source in declared.values() if source.is_enabled)
    if not used:
        raise BadSources(f"{own} leaves no source enabled")
    return SourceMap(used, names)


def _parse(place: str, text: str) -> _File:
    try:
        return _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadSources(f"{place} is not TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSources(f"{place}: {where}: {first['msg'].removeprefix('Value error, ')}") from None


def _made(source: _Declared, zone: ZoneInfo) -> Source:
    try:
        return Source(
            name=source.name,
            patterns=tuple(TopicPattern(text) for text in source.topics),
            values={path: value_rule(text) for path, text in source.values.items()},
            device=source.device,
            time=source.time,
            time_is_optional=source.time_is_optional,
            zone=ZoneInfo(source.timezone) if source.timezone else zone,
            unit_pattern=TopicPattern(source.unit_topic) if source.unit_topic else None,
            requires=tuple(source.requires),
        )
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise BadSources(f"source {source.name!r}: {error}") from None
