"""What expressions that stand in a list say for one another: "at 18:00 and at 20:00 yesterday"."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from api_service.assistant.time.atoms.rules import Readings
from api_service.assistant.time.parts import Alone, Parts, merge_all


@dataclass(frozen=True, slots=True)
class Found:
    """Words `[first, last)` that are one expression of time."""

    first: int
    last: int
    readings: Readings


def with_recurring_hours(all_found: list[Found]) -> list[Found]:
    """Hours recur where a longer span is named too: "between 2 and 4 pm last week"."""
    if not any(found.readings[0].is_long for found in all_found):
        return all_found
    return [replace(found, readings=_recurring(found.readings)) for found in all_found]


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
