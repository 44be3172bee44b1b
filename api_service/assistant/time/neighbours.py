"""What expressions apart say for one another: "at 18:00 and at 20:00 yesterday", "yesterday … after noon"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from api_service.assistant.time.atoms.rules import Readings
from api_service.assistant.time.parts import Alone, Parts, merge_all

GLUE = frozenset(
    {"of", "in", "on", "at", "the", "during", "for", ",", "t", "from", "over", "all", "that", "and"}
)
LISTING = frozenset({"and", "or", ",", "&", "vs", "versus", "than", "to", "with"})


@dataclass(frozen=True, slots=True)
class Found:
    """Words `[first, last)` that are one expression of time; a part of it may stand apart in `[…)`."""

    first: int
    last: int
    readings: Readings
    apart: tuple[int, int] | None = None


def joins_a_list(between: Sequence[str]) -> bool:
    """Whether the words between two expressions make a list of them."""
    return 1 <= len(between) <= 3 and between[0] in LISTING and GLUE.issuperset(between[1:])


def with_recurring_hours(all_found: list[Found]) -> list[Found]:
    """Hours recur where a longer span is named too: "between 2 and 4 pm last week"."""
    if not any(found.readings[0].is_long for found in all_found):
        return all_found
    return [replace(found, readings=_recurring(found.readings)) for found in all_found]


def with_hours_of_the_day(all_found: list[Found]) -> list[Found]:
    """One day and hours elsewhere are one time: "yesterday how much did the oven use after 6 pm"."""
    if len(all_found) != 2:
        return all_found
    day, hours = sorted(all_found, key=lambda found: "hours" in found.readings[0].named())
    if any(parts.named() != {"hours"} or parts.is_invalid for parts in hours.readings):
        return all_found
    if any("hours" in parts.named() or parts.is_invalid for parts in day.readings) or day.readings[0].is_long:
        return all_found
    readings = merge_all(day.readings, hours.readings)
    return [replace(hours, readings=readings, apart=(day.first, day.last))] if readings else all_found


def _recurring(readings: Readings) -> Readings:
    if any(
        parts.named() != {"hours"} or parts.is_invalid or parts.alone is Alone.NOTHING for parts in readings
    ):
        return readings
    by_hours = dict.fromkeys(parts.hours for parts in readings)
    return tuple(
        Parts(
            hours=hours, alone=Alone.REPEATS, certainty=sum(p.certainty for p in readings if p.hours == hours)
        )
        for hours in by_hours
    )


def borrowed(readings: Readings, neighbour: Readings) -> Readings:
    """The readings with what the neighbour says beyond them."""
    mine, theirs = readings[0].named(), neighbour[0].named()
    if not mine < theirs or readings[0].is_invalid:
        return readings
    rest = neighbour[0].without(mine)
    return merge_all(readings, (rest,)) or readings


def union(one: Parts, other: Parts) -> Iterator[Parts]:
    """Recurring days, or hours, of both."""
    if one.named() != other.named() or not one.named() <= {"weekdays", "hours"}:
        return
    if one.alone is not Alone.REPEATS or other.alone is not Alone.REPEATS:
        return
    if one.named() == {"weekdays"} and one.weekdays is not None and other.weekdays is not None:
        yield replace(one, weekdays=one.weekdays | other.weekdays)
    elif one.named() == {"hours"} and one.hours is not None and other.hours is not None:
        spans = tuple(sorted((*one.hours.spans, *other.hours.spans)))
        names = f"{one.hours.name}s and {other.hours.name}s" if one.hours.name and other.hours.name else ""
        yield replace(one, hours=replace(one.hours, spans=spans, name=names, is_point=False))
