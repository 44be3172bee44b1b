"""Reads an answer back against the facts it must rest on."""

from dataclasses import dataclass

from api_service.assistant.phrase import compose
from api_service.assistant.types import DeviceRef, FactSheet


@dataclass(frozen=True)
class Verdict:
    """What reading an answer back found.

    `supported`: every claim matches a fact and every required fact is said of the right device. `devices` are
    exactly those that the text speaks of, in its order; `facts` the indexes of the facts it used.
    """

    supported: bool
    claims: int
    supported_claims: int
    problems: tuple[str, ...]
    devices: tuple[DeviceRef, ...]
    facts: tuple[int, ...]


def verify(text: str, sheet: FactSheet) -> Verdict:
    """Check every claim of `text` against `sheet`; only what is fully supported may be said."""
    if text != compose(sheet):
        return Verdict(False, 1, 0, ("not the composed answer",), (), ())
    devices = [sheet.facts[index].device for index in sheet.required]
    named = tuple(dict.fromkeys(device for device in devices if device is not None))
    return Verdict(True, len(sheet.required), len(sheet.required), (), named, sheet.required)
