"""An answer's body with what its text says; whether it declines, and what it has no support for."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.assistant.judging.answer_parser import Reading, Spoken, base_unit, mentions, read_answer

Item = dict[str, Any]
LOW_CONFIDENCE = 0.5
ANSWERED_KINDS = frozenset(("answered", "summary"))
_NUMBER_WORDS = {
    word: value
    for value, word in enumerate("no one two three four five six seven eight nine ten eleven twelve".split())  # noqa: SIM905
} | {"none": 0, "nothing": 0, "never": 0, "zero": 0, "single": 1}
_WORD = re.compile(r"[a-z]+")


@dataclass
class Said:
    """An answer's body (and, where it is known, what kind of answer the service says it is)."""

    body: dict[str, Any]
    names: tuple[str, ...]
    zone: ZoneInfo
    kind: str = ""
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        self.reading = read_answer(self.text, self.names)

    @property
    def text(self) -> str:
        """The words of the answer."""
        return str(self.body.get("response", ""))

    @property
    def devices(self) -> list[str]:
        """The devices that the body declares."""
        return [str(name) for name in self.body.get("devices", [])]

    @property
    def confidence(self) -> float:
        """The declared confidence."""
        return float(self.body.get("confidence", 0.0))

    @property
    def evidence(self) -> list[Item]:
        """The computed values behind the answer."""
        return list(self.body.get("evidence", []))

    @property
    def declines(self) -> bool:
        """It asks back, says so by its kind, or claims nothing with little confidence."""
        if self.body.get("choices"):
            return True
        if self.kind:
            return self.kind not in ANSWERED_KINDS
        return self.confidence < LOW_CONFIDENCE and not (self.evidence and self.devices)

    @property
    def named(self) -> list[str]:
        """The devices of the text in the order of their first mention."""
        return list(dict.fromkeys(name for _, _, name in mentions(self.text, self.names)))

    @property
    def counts(self) -> set[float]:
        """Whole numbers of the text, also those that are written as words."""
        words = _WORD.findall(self.text.lower())
        plain = {number.value for number in self.reading.numbers if not number.unit}
        return plain | {float(_NUMBER_WORDS[word]) for word in words if word in _NUMBER_WORDS}

    @property
    def days(self) -> set[str]:
        """The words of the text in lower case."""
        return set(_WORD.findall(self.text.lower()))

    @property
    def polarity(self) -> bool | None:
        """Whether it begins with yes or no; None for neither."""
        opening = _WORD.match(self.text.lower())
        return {"yes": True, "no": False}.get(opening[0]) if opening else None

    def says(self, value: float, unit: str) -> bool:
        """Whether a number of the text is this value, rounded but still informative."""
        return any(
            number.informs(value) and (number.unit == unit or not number.unit or not unit)
            for number in self.reading.numbers
        ) or (float(value).is_integer() and value in self.counts)

    def has(self, value: float, unit: str, subject: str | None, what: str = "") -> bool:
        """Whether the evidence holds this value of this subject (None: of anything).

        To six digits, or to three where it says to be `what` ("mean voltage") was asked: the newest reading
        may lie at the very edge of a window that ends now.
        """
        return any(
            same_value(item, value, unit, 2e-3 if what == _what(item) else 2e-6)
            and (subject is None or self.is_of(item, subject))
            for item in self.evidence
        )

    def is_of(self, item: Item, subject: str) -> bool:
        """Whether a piece of evidence is about this device, or else about a group or the site."""
        device = item.get("device")
        if subject in self.names:
            return bool(device == subject)
        return device in (None, "", subject)


def _what(item: Item) -> str:
    return f"{item.get('statistic')} {item.get('quantity')}"


def same_value(item: Item, value: float, unit: str, tolerance: float = 2e-6) -> bool:
    """Whether the evidence's value is this one, within a share of it."""
    given = item.get("value")
    if not isinstance(given, int | float) or isinstance(given, bool):
        return False
    found, found_unit = base_unit(float(given), str(item.get("unit") or "").removesuffix("/day"))
    if unit and found_unit and found_unit != unit:
        return False
    return abs(found - value) <= tolerance * abs(value) + 1e-6


def parse_moment(text: object) -> datetime | None:
    """An RFC 3339 time of a body; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


# --- support ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What any answer may say without evidence of its own: edges of the record, limits of what is normal."""

    moments: tuple[datetime, ...] = ()
    numbers: tuple[float, ...] = ()


def unsupported(said: Said, asked: str, known: Known) -> list[str]:
    """Numbers, times and dates of the text that neither evidence, window nor question stand behind.

    Counts of the evidence's rows and devices count as supported; `asked` is what the user has said so far.
    """
    question = read_answer(asked, said.names)
    values = [*_values(said), *((number, "") for number in known.numbers)]
    moments = [*_moments(said), *(moment.astimezone(said.zone) for moment in known.moments)]
    label = str((said.body.get("window") or {}).get("label") or "")
    label_numbers = {number.value for number in read_answer(label, ()).numbers}
    loose = [
        number.text
        for number in said.reading.numbers
        if not _supported(number, values)
        and number.value not in label_numbers
        and not any(number.value == o.value and _same_unit(number, o) for o in question.numbers)
    ]
    clocks = {moment.strftime("%H:%M") for moment in moments} | set(question.clocks) | {"24:00", "00:00"}
    loose += [clock for clock in said.reading.clocks if clock not in clocks and not clock.endswith(":00")]
    days = {(day.month, day.day) for at in moments for day in (at, at - timedelta(seconds=1))}
    days |= {date[1:] for date in question.dates}
    return loose + [str(date) for date in said.reading.dates if date[1:] not in days]


def _same_unit(number: Spoken, other: Spoken) -> bool:
    return not number.unit or not other.unit or number.unit == other.unit


def _supported(number: Spoken, values: list[tuple[float, str]]) -> bool:
    """Whether a value rounds to the number; one without unit may be in thousands, as in a list of kW."""
    scales = (1.0,) if number.unit else (1.0, 1000.0)
    return any(
        number.agrees(sign * value / scale)
        for value, unit in values
        if unit == number.unit or not (number.unit and unit)
        for scale in scales
        for sign in (1, -1)
    )


def _values(said: Said) -> list[tuple[float, str]]:
    found = [(float(len(said.evidence)), ""), (float(len(said.devices)), "")]
    found += [(float(count), "") for count in (*range(len(said.evidence) + 1), len(said.names))]
    for item in said.evidence:
        value = item.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append(base_unit(float(value), str(item.get("unit") or "").removesuffix("/day")))
        found += [(100 * float(item.get("coverage") or 0.0), "%"), (float(item.get("samples") or 0), "")]
        start, end = parse_moment(item.get("start")), parse_moment(item.get("end"))
        at, until = parse_moment(item.get("at")), parse_moment(item.get("until"))
        for first, last in ((start, end), (at, until), (at, end)):
            if first and last:
                found.append(((last - first).total_seconds(), "s"))
    return found


def _moments(said: Said) -> list[datetime]:
    found = []
    for item in (*said.evidence, said.body.get("window") or {}):
        for key in ("start", "end", "at", "until"):
            moment = parse_moment(item.get(key))
            if moment is not None:
                found.append(moment.astimezone(said.zone))
    return found + [end.astimezone(said.zone) for item in said.evidence if (end := _end_of_run(item))]


def _end_of_run(item: Item) -> datetime | None:
    """Where a stretch ends whose beginning and length in seconds the evidence has."""
    at, value = parse_moment(item.get("at")), item.get("value")
    length, unit = (
        base_unit(float(value), str(item.get("unit"))) if isinstance(value, int | float) else (0.0, "")
    )
    return at + timedelta(seconds=length) if at and unit == "s" else None
