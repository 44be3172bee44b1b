"""What expressions that stand in a list say for one another: "at 18:00 and at 20:00 yesterday"."""

from collections.abc import Iterator
from dataclasses import replace

from api_service.assistant.time.atoms.rules import Readings
from api_service.assistant.time.parts import Alone, Parts, merge_all


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
