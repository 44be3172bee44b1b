# ruff: noqa: E501 - tables of words read best with many on a line
"""Answers made false in one place, and said otherwise without becoming false; blind to how the check reads them."""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from api_service.assistant.execution.cells import Findings
from api_service.assistant.rendering.formatting import display_name
from api_service.assistant.rendering.results.plan import STYLES, Plan, Role, filled
from api_service.assistant.types import DeviceRef

Mutation = Callable[[random.Random, str, Sequence[DeviceRef]], Iterator[str]]

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w:]|\.\d|,\d)")
_CLOCK = re.compile(r"\b(\d\d):(\d\d)\b")
_UNITS = {
    "kWh": ("Wh", "kW", "MWh"), "Wh": ("kWh", "W"), "kW": ("W", "kWh"), "W": ("kW", "Wh", "VA"), "V": ("A", "kV"),
    "A": ("V", "W"), "Hz": ("V", "%"), "%": ("W", "V"), "kvar": ("var", "kW"), "var": ("kvar", "W"),
    "kVA": ("VA", "kW"), "VA": ("kVA", "W"), "h": ("min", "days"), "min": ("s", "h"), "times": ("kWh", "devices"),
    "readings": ("gaps", "times"), "gaps": ("readings", "devices"),
}  # fmt: skip
_UNIT = re.compile(
    rf"(?<=\d )(?<!\b0 )(?:{'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?!\w)"
)
_MONEY = {"\u20ac": "$", "$": "\u20ac", "\u00a3": "\u20ac"}
_DIRECTIONS = (
    ("most", "least"), ("highest", "lowest"), ("more", "less"), ("above", "below"), ("higher", "lower"),
    ("longer", "shorter"), ("rose", "fell"), ("longest", "shortest"), ("latest", "earliest"), ("high", "low"),
    ("peaked", "bottomed"), ("peak", "minimum"), ("more", "fewer"), ("over", "under"),
)  # fmt: skip
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_SHORT_DAYS = [day[:3] for day in _DAYS]
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DATES = (
    ("yesterday", "today"), ("last week", "this week"), ("this week", "last week"), ("last month", "this month"),
    ("this month", "last month"), ("today", "yesterday"), ("last night", "yesterday evening"),
    ("weekdays", "weekends"), ("weekends", "weekdays"), ("right now", "yesterday"), ("before", "after"),
    ("after", "before"), ("last 24 hours", "last 48 hours"), ("in the whole record", "last month"),
)  # fmt: skip
_DENIALS = (
    (r"\bYes\b", "No"), (r"^No\b", "Yes"), (r" was never ", " was "), (r" is not ", " is "), (r" did not use ", " used "),
    (r" was not ", " was "), (r" were not ", " were "), (r" did not have ", " had "), (r" did not ", " did "),
    (r" (is|was|were|are) (?!not |never )", r" \1 not "), (r" used ", " did not use "), (r" had ", " had no "),
    (r" on for ", " off for "), (r" while on", " while off"), (r" while off", " while on"), (r" was on ", " was off "),
    (r"^No device ", "1 device "), (r" not between ", " between "), (r", not ", ", "), (r" no gaps", " gaps"),
)  # fmt: skip
_COUNTS = (
    ("once", "twice"),
    ("twice", "once"),
    ("both", "all 3"),
    ("Both", "All 3"),
    ("1 device", "2 devices"),
)


def wrong_numbers(rng: random.Random, text: str, _known: Sequence[DeviceRef]) -> Iterator[str]:
    """One number is another one, beyond its rounding."""
    found = list(_NUMBER.finditer(text))
    if found:
        match = rng.choice(found)
        decimals = len(match.group().partition(".")[2])
        step = 10.0**-decimals
        value = float(match.group())
        changed = max(0.0, value + rng.choice((-1, 1)) * rng.choice((1, 2, 5, 10, 100)) * step)
        if changed != value:
            yield _put(text, match.span(), f"{changed:.{decimals}f}")
    numbers = [m for m in found if text[m.end() : m.end() + 1] == " "]
    pairs = [(a, b) for a in numbers for b in numbers if a.start() < b.start() and a.group() != b.group()]
    pairs = [(a, b) for a, b in pairs if _unit_after(text, a.end()) == _unit_after(text, b.end()) != ""]
    if pairs:
        one, other = rng.choice(pairs)
        yield _put(_put(text, other.span(), one.group()), one.span(), other.group())


def wrong_units(rng: random.Random, text: str, _known: Sequence[DeviceRef]) -> Iterator[str]:
    """One unit is another one."""
    found = list(_UNIT.finditer(text))
    if found:
        match = rng.choice(found)
        yield _put(text, match.span(), rng.choice(_UNITS[match.group()]))
    symbols = [place for place, letter in enumerate(text) if letter in _MONEY]
    if symbols:
        place = rng.choice(symbols)
        yield _put(text, (place, place + 1), _MONEY[text[place]])


def wrong_devices(rng: random.Random, text: str, known: Sequence[DeviceRef]) -> Iterator[str]:
    """One device is another one of the site, or one that nobody has."""
    names = [display_name(device.name) for device in known]
    found = [
        (m.span(), name) for name in names for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    ]
    if found:
        span, name = rng.choice(found)
        yield _put(text, span, rng.choice([other for other in names if other != name]))
        yield _put(text, span, "the toaster oven")


def wrong_directions(rng: random.Random, text: str, _known: Sequence[DeviceRef]) -> Iterator[str]:
    """More is less, most is least."""
    yield from _swapped(rng, text, [pair for one, two in _DIRECTIONS for pair in ((one, two), (two, one))])


def wrong_dates(rng: random.Random, text: str, _known: Sequence[DeviceRef]) -> Iterator[str]:
    """A day, month, clock time or window is another one."""
    clocks = list(_CLOCK.finditer(text))
    if clocks:
        match = rng.choice(clocks)
        hour = (int(match[1]) + rng.choice((1, 5, 11))) % 24
        changed = rng.choice((f"{hour:02d}:{match[2]}", f"{match[1]}:{(int(match[2]) + 7) % 60:02d}"))
        yield _put(text, match.span(), changed)
    for words in (_DAYS, _SHORT_DAYS, _MONTHS):
        named = [m for word in words for m in re.finditer(rf"\b{word}\b", text)]
        if named:
            match = rng.choice(named)
            yield _put(text, match.span(), rng.choice([word for word in words if word != match.group()]))
    yield from _swapped(rng, text, _DATES)


def wrong_polarity(rng: random.Random, text: str, _known: Sequence[DeviceRef]) -> Iterator[str]:
    """Yes is no, what is affirmed is denied."""
    found = [(m, new) for old, new in _DENIALS for m in re.finditer(old, text)]
    if found:
        match, new = rng.choice(found)
        yield _put(text, match.span(), match.expand(new))


def wrong_counts(rng: random.Random, text: str, _known: Sequence[DeviceRef]) -> Iterator[str]:
    """A count is another one."""
    yield from _swapped(rng, text, _COUNTS)
    found = list(
        re.finditer(r"\b\d+(?= of \d| devices?\b| times\b| days\b| more\b| readings\b| gaps?\b)", text)
    )
    if found:
        match = rng.choice(found)
        yield _put(text, match.span(), str(int(match.group()) + rng.choice((1, 2, 7))))


MUTATIONS: Mapping[str, Mutation] = {
    "number": wrong_numbers,
    "unit": wrong_units,
    "device": wrong_devices,
    "direction": wrong_directions,
    "date": wrong_dates,
    "polarity": wrong_polarity,
    "count": wrong_counts,
}


def mutants(rng: random.Random, text: str, findings: Findings) -> Iterator[tuple[str, str]]:
    """(kind, false text) of every kind that the text gives occasion to."""
    for kind, mutation in MUTATIONS.items():
        for changed in mutation(rng, text, findings.devices):
            if changed.casefold() != text.casefold():
                yield kind, changed


def paraphrases(rng: random.Random, plan: Plan, findings: Findings) -> Iterator[str]:
    """The plan's wordings; with values rounded once more; with names as they are stored; its list in another order."""
    wordings = dict.fromkeys(plan.pieces(style) for style in STYLES)
    for pieces in wordings:
        yield filled(pieces, plan.slots)
    names = {display_name(device.name): device.name for device in findings.devices}
    changes = (
        lambda name, role: _rounded(rng, role) if "value" in name else role.text,
        lambda name, role: names.get(role.text, role.text),
        lambda name, role: (
            _shuffled(rng, role.text)
            if name == "list" and plan.shape.value in ("scalars", "table")
            else role.text
        ),
    )
    for change in changes:
        slots = tuple(change(name, role) for name, role in plan.roles.items())
        if slots != plan.slots:
            yield filled(rng.choice(list(wordings)), slots)


def _rounded(rng: random.Random, role: Role) -> str:
    """ "about 3.4 kWh" for "3.41 kWh"."""
    match = re.fullmatch(r"(\d+\.\d\d?) (\w+)", role.text)
    if match is None:
        return role.text
    decimals = len(match[1].partition(".")[2]) - 1
    value = round(float(match[1]) + 1e-9, decimals)
    return f"{rng.choice(('about', 'roughly', 'around'))} {value:.{decimals}f} {match[2]}"


def _shuffled(rng: random.Random, text: str) -> str:
    """A list "a (1 W), b (2 W) and c (3 W)" in another order."""
    items = re.findall(r"[^,()]+ \([^()]*\)", re.sub(r"\) and ", "), ", text))
    if len(items) < 2 or " more" in text or ";" in text:
        return text
    items = [item.strip() for item in items]
    rng.shuffle(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def _swapped(rng: random.Random, text: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    found = [(m, new) for old, new in pairs for m in re.finditer(rf"\b{old}\b", text, re.IGNORECASE)]
    if found:
        match, new = rng.choice(found)
        yield _put(text, match.span(), new.capitalize() if match.group()[0].isupper() else new)


def _unit_after(text: str, place: int) -> str:
    match = re.match(r" ([A-Za-z%]+)", text[place:])
    return match[1] if match and match[1] in _UNITS else ""


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]
