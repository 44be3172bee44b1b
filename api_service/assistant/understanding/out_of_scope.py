"""What a question asks that the query language has no place for, told by its words alone; pure.

The reader would drop such words and answer the rest: "what model is my EV charger" with the state of it. The
words stand in vocabulary.toml.
"""

import re
from dataclasses import replace
from enum import StrEnum
from functools import cache

from api_service.assistant.entities.mask import MaskedQuestion
from api_service.assistant.query.query import Query, SlotKind
from api_service.assistant.understanding.reading.commands import is_command
from api_service.assistant.understanding.reading.previous_query import PreviousQuery
from api_service.assistant.understanding.reading.vocabulary import pattern_of
from api_service.metering.measures import Statistic

_DEVICES = (SlotKind.DEVICE, SlotKind.GROUP)
_DEVICE, _OTHER = "\u0001", "\u0002"
"""Stand for the slots of a line of words."""
_SETTING = re.compile(r"(?:\w+ )?(?:set|change|update|adjust|put)\b")
_WOULD = re.compile(r"\b(?:would|will)\b(?P<what>.*?)\bhave (?P<verb>cost|paid|been)\b", re.I)
_DONE = {"cost": "cost", "paid": "pay", "been": "cost"}
_THE = r"(?:the|my|our|your|this|that|his|her|their)"


class OutOfScope(StrEnum):
    """ATTRIBUTE: what no reading tells of a device. MEANWHILE: a condition on another device than the one
    that is measured. GIVEN_PRICE: a price of the question's own. PRICE: the price itself.
    """

    ATTRIBUTE = "attribute"
    MEANWHILE = "meanwhile"
    GIVEN_PRICE = "given_price"
    PRICE = "price"


def out_of_scope(masked: MaskedQuestion) -> OutOfScope | None:
    """Which of them a question asks for; None where the query language may hold it."""
    line = _line(masked)
    if is_command(masked.prompt.split()) or _SETTING.match(line):
        return None
    if _DEVICE in line and any(rule.search(line) for rule in _attributes()):
        return OutOfScope.ATTRIBUTE
    if _meanwhile().search(line):
        return OutOfScope.MEANWHILE
    plain = " ".join(masked.text.casefold().replace("\u2019", "'").split())
    if pattern_of("prices", "given").search(plain) and re.search(r"\d|\b(?:twice|double|half)\b", plain):
        return OutOfScope.GIVEN_PRICE
    return OutOfScope.PRICE if _DEVICE not in line and _price().match(plain) else None


def without_price(text: str) -> str:
    """A question without the price that it sets: "did the oven cost", not "would … have cost at"."""
    amount = r"[\u20ac$\u00a3]?\d*[.,]?\d*"
    given = pattern_of("prices", "given").pattern
    rest = re.sub(rf"[\s,]*\b(?:at|with|for)?\s*{amount}\s*{given}", "", text, flags=re.I)
    return _WOULD.sub(lambda found: f"did{found['what']}{_DONE[found['verb'].casefold()]}", rest)


def energy_of(query: PreviousQuery | None) -> PreviousQuery | None:
    """The energy of which a query asks the cost."""
    request = query.request if query else None
    if query is None or not isinstance(request, Query) or request.measure not in ("cost", "energy"):
        return None
    return replace(query, request=replace(request, measure="energy", statistic=Statistic.SUM))


def _line(masked: MaskedQuestion) -> str:
    words = []
    for word in masked.words:
        if word.slot is None:
            words.append(word.text)
        else:
            words.append(_DEVICE if masked.entities[word.slot].kind in _DEVICES else _OTHER)
    return " ".join(words)


def _any(room: str, entry: str) -> str:
    return pattern_of(room, entry).pattern


@cache
def _attributes() -> tuple[re.Pattern[str], ...]:
    """The ways to ask for an attribute of a device; how large one is ends with its name."""
    thing, shown = _any("attributes", "of_a_device"), _any("attributes", "of_what_it_does")
    placed = _any("attributes", "placing")
    is_ = r"(?:is|are|was|were|'s|did|does|do|has|have|had|will)"
    end = rf"(?:\s(?:{_any('attributes', 'endings')}|{_OTHER}))*$"
    return tuple(
        re.compile(rule)
        for rule in (
            rf"\b(?:what|which)(?: \w+)?? (?:{thing})(?: \w+)?? {is_}\b.*{_DEVICE}",
            rf"\b(?:what|which) (?:{shown})(?: number| setting)? {is_}\b.*{_DEVICE}",
            rf"\b(?:{thing}) (?:of|for|has) (?:{_THE} )?{_DEVICE}",
            rf"\b(?:what|which|tell|know|give|show)\b.*{_DEVICE} (?:'?s )?(?:{thing})\b",
            rf"\bhow (?:{_any('attributes', 'extents')}) (?:is|are|was|were) (?:{_THE} )?{_DEVICE}{end}",
            rf"\bwhere(?:abouts)? (?:is|are|was|were|'s) (?:{_THE} )?{_DEVICE}{end}",
            rf"\bwhere(?:abouts)? (?:do|did|does|have|has) .*{_DEVICE}.*\b(?:{placed})\b",
            rf"\bwhere(?:abouts)? (?:do|did|does|have|has) .*\b(?:{placed})\b.*{_DEVICE}",
            rf"\b(?:who|when|where)\b(?: \w+)?? (?:{_any('attributes', 'making')}) (?:{_THE} )?{_DEVICE}",
            rf"\b(?:who|when|where)\b.*{_DEVICE}(?: \w+)?? (?:{_any('attributes', 'making')})\b",
            rf"\b(?:is|are) (?:{_THE} )?{_DEVICE} (?:still )?(?:{_any('attributes', 'covered')})\b",
        )
    )


@cache
def _meanwhile() -> re.Pattern[str]:
    """ "… the heat pump … while the EV charger was charging", and the same of the house."""
    joint = _any("meanwhile", "joints")
    runs = r"(?:is|are|was|were|'s|wasn't|isn't|ran|runs|charges|charged|heats|heated|cools|cooled) ?"
    clause = rf"(?:{joint}) (?:{_THE} )?{_DEVICE} {runs}"
    main = rf"(?:{_DEVICE}|{_any('meanwhile', 'sites')})"
    return re.compile(rf"{main}(?: .*)? {clause}|^{clause}.*{main}")


@cache
def _price() -> re.Pattern[str]:
    """ "what is the price of electricity right now", and no cost of anything."""
    asked, end = _any("prices", "of_a_unit"), _any("prices", "endings")
    return re.compile(rf"\W*(?:(?:hi|hey|hello|and|ok|so|please)\W+)*(?:{asked})(?:\W+(?:{end}))*\W*$")
