"""What the slots of a query stand for: values of devices, times, numbers and states; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api_service.assistant.query.query import Slot
from api_service.assistant.types import Window
from api_service.metering.analysis.calendar.periods import ANY_TIME, TimeFilter
from api_service.metering.analysis.conditions import Limit


@dataclass(frozen=True)
class Subject:
    """What a value is about: one device, or several together (a group, the site).

    `minus` are those of `clusters` that are subtracted: what the mains have beyond their parts.
    """

    name: str
    clusters: tuple[int, ...]
    is_site: bool = False
    minus: tuple[int, ...] = ()


@dataclass(frozen=True)
class TimeValue:
    """One or more windows, with recurring hours or days in them ("Sundays in March").

    `is_moment`: a time of day or "2 hours ago", with which the window begins.
    """

    windows: tuple[Window, ...]
    filter: TimeFilter = ANY_TIME
    is_moment: bool = False


@dataclass(frozen=True)
class Bindings:
    """The value of each slot.

    Numbers are in the unit of the measure that they limit. `limits` holds for each measure what is normal, by
    the glossary; what is poor is outside of it.
    """

    devices: Mapping[Slot, Subject] = field(default_factory=dict)
    times: Mapping[Slot, TimeValue] = field(default_factory=dict)
    hours: Mapping[Slot, TimeFilter] = field(default_factory=dict)
    numbers: Mapping[Slot, float] = field(default_factory=dict)
    states: Mapping[Slot, str] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
