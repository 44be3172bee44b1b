"""The project's own sentence for every kind of answer, as templates over roles.

`{role}` is a slot of the plan, `{role:is}` a verb that agrees with it, `{noun}` the quantity's name. Of a
kind's templates the first whose roles are all there is taken; `{window}` may always be missing.
"""

import re
from collections.abc import Mapping

from shared.generation import SlottedText

VERBS = {
    "is": "are",
    "was": "were",
    "has": "have",
    "draws": "draw",
    "uses": "use",
    "pulls": "pull",
    "takes": "take",
    "consumes": "consume",
    "accounts": "account",
}
OPTIONAL_ROLES = frozenset({"window"})
NOTE = " ({note})"

TEMPLATES: dict[str, tuple[str, ...]] = {
    "power_now.device": (
        "{device} {device:is} drawing {value} (last reading {at}).",
        "{device} {device:is} drawing {value} right now.",
    ),
    "power_now.list": ("The power right now: {list}.",),
    "power_now.site": (
        "All devices together are drawing {value} right now; {top} {top:draws} the most ({top_value}).",
        "All devices together are drawing {value} right now.",
    ),
    "now.device": (
        "The {noun} of {device} is {value} (last reading {at}).",
        "The {noun} of {device} is {value} right now.",
    ),
    "now.list": ("The {noun} right now: {list}.",),
    "average.device": ("{device} drew {value} on average {window}.",),
    "average.list": ("The average power {window}: {list}.",),
    "average.site": ("All devices together drew {value} on average {window}.",),
    "mean.device": ("The average {noun} of {device} was {value} {window}.",),
    "mean.list": ("The average {noun} {window}: {list}.",),
    "mean.site": ("The average {noun} of all devices was {value} {window}.",),
    "power_factor.device": ("The power factor of {device} was {value} {window}.",),
    "power_factor.list": ("The power factor {window}: {list}.",),
    "power_factor.site": ("The power factor of all devices together was {value} {window}.",),
    "peak.device": (
        "The {noun} of {device} peaked at {value} {window}, {at}.",
        "The {noun} of {device} peaked at {value} {window}.",
    ),
    "peak.any": (
        "The highest {noun} {window} was {value}, reached by {device} {at}.",
        "The highest {noun} {window} was {value}, reached by {device}.",
    ),
    "peak.list": ("The highest {noun} {window}: {list}.",),
    "minimum.device": (
        "The lowest {noun} of {device} {window} was {value}, {at}.",
        "The lowest {noun} of {device} {window} was {value}.",
    ),
    "minimum.any": (
        "The lowest {noun} {window} was {value}, reached by {device} {at}.",
        "The lowest {noun} {window} was {value}, reached by {device}.",
    ),
    "minimum.list": ("The lowest {noun} {window}: {list}.",),
    "energy.device": ("{device} used {value} {window}.",),
    "energy.list": ("The energy used {window}: {list}.",),
    "energy.site": ("All devices together used {value} {window}.",),
    "ranking.energy.one.most": (
        "{device} used the most energy {window}: {value}, {share} of the total.",
        "{device} used the most energy {window}: {value}.",
    ),
    "ranking.energy.one.least": ("{device} used the least energy {window}: {value}.",),
    "ranking.energy.list.most": ("The devices that used the most energy {window}: {list}.",),
    "ranking.energy.list.least": ("The devices that used the least energy {window}: {list}.",),
    "ranking.power_now.one.most": ("{device} {device:is} drawing the most power right now: {value}.",),
    "ranking.power_now.one.least": ("{device} {device:is} drawing the least power right now: {value}.",),
    "ranking.power_now.list.most": ("The devices that draw the most power right now: {list}.",),
    "ranking.power_now.list.least": ("The devices that draw the least power right now: {list}.",),
    "ranking.now.one.most": ("{device} {device:has} the highest {noun} right now: {value}.",),
    "ranking.now.one.least": ("{device} {device:has} the lowest {noun} right now: {value}.",),
    "ranking.now.list.most": ("The devices with the highest {noun} right now: {list}.",),
    "ranking.now.list.least": ("The devices with the lowest {noun} right now: {list}.",),
    "ranking.level.one.most": ("{device} had the highest average {noun} {window}: {value}.",),
    "ranking.level.one.least": ("{device} had the lowest average {noun} {window}: {value}.",),
    "ranking.level.list.most": ("The devices with the highest average {noun} {window}: {list}.",),
    "ranking.level.list.least": ("The devices with the lowest average {noun} {window}: {list}.",),
    "share.device": (
        "{device} used {share} of the total energy {window}: {value} of {total}.",
        "{device} used {share} of the total energy {window}.",
    ),
    "share.list": ("The share of the total energy {window}: {list}.",),
    "compare.energy": (
        "{larger} used more energy than {smaller} {window}: {larger_value} against {smaller_value}, "
        "a difference of {difference}.",
    ),
    "compare.energy.equal": ("{a} and {b} used the same energy {window}: {a_value}.",),
    "compare.power_now": (
        "{larger} {larger:is} drawing more power than {smaller} right now: {larger_value} against "
        "{smaller_value}, a difference of {difference}.",
    ),
    "compare.power_now.equal": ("{a} and {b} draw the same power right now: {a_value}.",),
    "compare.now": (
        "{larger} {larger:has} a higher {noun} than {smaller} right now: {larger_value} against "
        "{smaller_value}, a difference of {difference}.",
    ),
    "compare.now.equal": ("{a} and {b} have the same {noun} right now: {a_value}.",),
    "compare.level": (
        "{larger} had a higher average {noun} than {smaller} {window}: {larger_value} against "
        "{smaller_value}, a difference of {difference}.",
    ),
    "compare.level.equal": ("{a} and {b} had the same average {noun} {window}: {a_value}.",),
    "state.device": (
        "The state of {device} is \u201c{value}\u201d (last reading {at}).",
        "The state of {device} is \u201c{value}\u201d.",
    ),
    "state.list": ("The states: {list}.",),
    "active.now": ("{count} {count:is} active right now: {list}.",),
    "active.window": ("{count} {count:was} active {window}: {list}.",),
    "active.none": ("{count} are active right now.",),
    "inventory": ("I have readings of {count}: {list}.",),
}


def fill_template(
    template: str, roles: Mapping[str, int], plurals: frozenset[str], noun: str = ""
) -> SlottedText | None:
    """The template with its roles as slots, or None where one is missing."""
    pieces: list[str | int] = []
    for place, part in enumerate(re.split(r"\{([^}]+)\}", template)):
        role, _, verb = part.partition(":")
        if place % 2 == 0:
            pieces.append(part)
        elif role == "noun":
            pieces.append(noun)
        elif role not in roles:
            if role not in OPTIONAL_ROLES:
                return None
        elif verb:
            pieces.append(VERBS[verb] if role in plurals else verb)
        else:
            pieces.append(roles[role])
    return tidy(pieces)


def tidy(pieces: list[str | int]) -> SlottedText:
    """Neighbouring words joined, spaces single and none before punctuation."""
    merged: list[str | int] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if isinstance(piece, str) and isinstance(last, str):
            merged[-1] = last + piece
        else:
            merged.append(piece)
    cleaned = [
        re.sub(r" +([.,;:])", r"\1", re.sub(r" +", " ", piece)) if isinstance(piece, str) else piece
        for piece in merged
    ]
    return tuple(piece for piece in cleaned if piece != "")
