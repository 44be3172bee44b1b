"""Times of day: "3 pm", "half past six", "18:00", "noon"."""

from collections.abc import Sequence

from api_service.assistant.time.atoms.lexicon import number_of, table
from api_service.assistant.time.atoms.rules import INVALID, Readings, Rule, RuleMatch
from api_service.assistant.time.parts import MINUTES_PER_DAY, Alone, Hours, Parts

INSTANT_MINUTES = 15
"""A single time of day stands for so long a window, so that slow meters have a reading in it."""

NOON = MINUTES_PER_DAY // 2
_LIKELY_HALF = 0.55
_ROUGH = 0.9
_LAST_DAY = 0.65
_BEFORE_CLOCKS = frozenset("after before by until till since from between around about and to".split())  # noqa: SIM905
_BEFORE_LENGTHS = frozenset(
    "for run runs ran running take takes took last lasts lasted least most about than over under".split()  # noqa: SIM905
)
_SMALL_HOURS = frozenset({12, 1, 2, 3, 4, 5})


def clock(minute: int, certainty: float = 1.0) -> Parts:
    """A single time of day, in minutes after midnight."""
    return Parts(hours=Hours(((minute, minute + INSTANT_MINUTES),), is_point=True), certainty=certainty)


def both_halves(minute: int) -> Readings:
    """A time on a twelve-hour dial that names no half of the day: from 7 on the morning is likelier."""
    early = minute % NOON
    first, second = (early, early + NOON) if early >= 7 * 60 else (early + NOON, early)
    return clock(first, _LIKELY_HALF), clock(second, 1 - _LIKELY_HALF)


def bare_hour(hour: int) -> Readings:
    """A number that stands for a full hour."""
    if hour > 24:
        return INVALID
    return (clock(hour * 60),) if hour > 12 or hour == 0 else both_halves(hour * 60)


def in_half(hour: int, minute: int, half: str) -> int | None:
    """Minutes after midnight of a twelve-hour time, `half` "am" or "pm"; None where no dial shows it."""
    if not 1 <= hour <= 12 or minute > 59:
        return None
    return (hour % 12 + (12 if half == "pm" else 0)) * 60 + minute


def _half(hit: RuleMatch, hour: int) -> str:
    """ "am", "pm", or "" where it is left open."""
    part = hit.group("part")
    if part == "night":
        return "am" if hour in _SMALL_HOURS else "pm"
    return hit.group("half").replace(".", "").replace(" ", "") or {"": "", "morning": "am"}.get(part, "pm")


def _minute_of(hit: RuleMatch) -> int | None:
    hour, minute = int(number_of(hit.group("hour"))), int(hit.group("minute") or 0)
    half = _half(hit, hour)
    if half:
        return in_half(hour, minute, half)
    return None if hour > 24 or minute > 59 or (hour == 24 and minute) else hour * 60 + minute


def _written(hit: RuleMatch) -> Readings:
    """ "3 pm", "3:30 in the afternoon", "14:30", "6 o'clock"."""
    minute = _minute_of(hit)
    if minute is None:
        return INVALID
    if hit.group("oclock") and not _half(hit, 0):
        return bare_hour(minute // 60)
    return (clock(minute),)


def _in_words(hit: RuleMatch) -> Readings:
    """ "half past six", "quarter to nine", "twenty past five"."""
    offset = {"half": 30, "quarter": 15, "a quarter": 15}.get(hit.group("offset"))
    minutes = int(offset if offset is not None else number_of(hit.group("offset").removesuffix(" minutes")))
    hour = int(number_of(hit.group("hour")))
    if not 1 <= hour <= 24 or minutes > 59:
        return INVALID
    minute = hour * 60 + (-minutes if hit.group("way") in ("to", "before") else minutes)
    half = _half(hit, hour)
    if half:
        found = in_half((minute // 60 - 1) % 12 + 1, minute % 60, half)
        return INVALID if found is None else (clock(found),)
    return (clock(minute),) if hour > 12 else both_halves(minute)


def _hour_and_minutes(hit: RuleMatch) -> Readings:
    """ "at six thirty", "seven fifteen pm"."""
    hour, minutes = int(number_of(hit.group("hour"))), int(number_of(hit.group("minutes")))
    half = _half(hit, hour)
    if half:
        found = in_half(hour, minutes, half)
        return INVALID if found is None else (clock(found),)
    is_clock = hit.group("at") or hit.words_before() in _BEFORE_CLOCKS
    return both_halves(hour * 60 + minutes) if is_clock else ()


def _hour_range(hit: RuleMatch) -> Readings:
    """ "8-18h", "outside 22-6": hours of every day."""
    start, end = int(hit.group("from")) * 60, int(hit.group("to")) * 60
    if hit.words_before() in _BEFORE_LENGTHS:
        return ()  # "did it run for 2-3 h"
    if start > MINUTES_PER_DAY or end > MINUTES_PER_DAY or start == end:
        return ()
    return (
        Parts(hours=Hours(((start, end if end > start else end + MINUTES_PER_DAY),)), alone=Alone.REPEATS),
    )


def _marked_range(hit: RuleMatch) -> Readings:
    """ "18h-21h", "18.00 to 21.00 hrs": of the day beside it, else of the last day or of every day."""
    start, end = (
        int(hit.group(hour)) * 60 + int(hit.group(minute) or 0)
        for hour, minute in (("from", "past"), ("to", "past_to"))
    )
    if hit.words_before() in _BEFORE_LENGTHS or start == end:
        return ()
    if max(start, end) > MINUTES_PER_DAY:
        return INVALID
    hours = Hours(((start, end if end > start else end + MINUTES_PER_DAY),))
    return (
        Parts(hours=hours, alone=Alone.PAST, certainty=_LAST_DAY),
        Parts(hours=hours, alone=Alone.REPEATS, certainty=1 - _LAST_DAY),
    )


def _hour_mark(hit: RuleMatch) -> Readings:
    """ "17h yesterday"; "17 h" elsewhere is a duration."""
    if not {hit.words_before(), *hit.words_before(3).split()[:1]}.isdisjoint(_BEFORE_LENGTHS):
        return ()  # "for 3 h yesterday", "for 2-3 h yesterday"
    is_clock = hit.group("at") or hit.word_after() in table("days_back") or hit.word_after() == "on"
    return _written(hit) if is_clock else ()


def _four_digits(hit: RuleMatch) -> Readings:
    """ "0800 to 1700": the second only after one that begins with a zero."""
    digits = hit.group("digits")
    before = hit.match.string[: hit.match.start()].split()
    is_sure = digits[0] == "0" or hit.group("at") or any(w[0] == "0" and len(w) == 4 for w in before[-2:])
    if not is_sure or int(digits[2:]) > 59:
        return ()
    return (clock(int(digits[:2]) * 60 + int(digits[2:])),)


def _to_the_hour(hit: RuleMatch) -> Readings:
    """ "twenty to six", but not "from ten to four"."""
    return () if hit.words_before() in ("from", "between") else _in_words(hit)


def _half_hour(hit: RuleMatch) -> Readings:
    """ "at half six" is half past six."""
    hour = int(number_of(hit.group("hour")))
    return both_halves(hour * 60 + 30) if 1 <= hour <= 12 else INVALID


def _around_number(hit: RuleMatch) -> Readings:
    """ "at around 3": half an hour to either side, in either half of the day."""
    found = []
    for parts in bare_hour(int(number_of(hit.group("hour")))):
        if parts.hours is None:
            return INVALID
        start = max(0, parts.hours.start - 30)
        hours = Hours(((start, parts.hours.start + 30),))
        found.append(Parts(hours=hours, certainty=parts.certainty * _ROUGH))
    return tuple(found)


def _named(hit: RuleMatch) -> Readings:
    return (clock(table("clocks")[hit.group("name")]),)


def _around(hit: RuleMatch) -> Readings:
    """ "around noon": half an hour to either side."""
    named = table("clocks").get(hit.group("name"))
    minute = _minute_of(hit) if named is None else int(named)
    if minute is None:
        return INVALID
    start = max(0, minute - 30)
    return (Parts(hours=Hours(((start, minute + 30),)), certainty=_ROUGH),)


def _at_number(hit: RuleMatch) -> Readings:
    return bare_hour(int(number_of(hit.group("hour"))))


_NOT_A_NUMBER = (
    r"(?! (?:%|percent|per|kwh|kw|wh|w|watts?|kilowatts?|v|volts?|a|amps?|hz|hertz|va|var|kva|kvar|times"
    r"|devices|degrees|euros?|cents?|p|pence|dollars?|pounds?|quid|bucks|rupees|minutes?|hours?|days?|of"
    r"|and a half)(?!\S))"
)
_HALF = r"(?: (?P<half>am|pm|a\.m\.|p\.m\.|a m|p m)| (?:in the|at) (?P<part>morning|afternoon|evening|night))"
_DIGITS = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)"
RULES: Sequence[Rule] = (
    (r"(?:at )?(?P<hour>{HOURNUM})" + _HALF, _written),
    (r"(?:at )?" + _DIGITS + _HALF, _written),
    (r"(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)?(?: (?:h|hrs|hours|oclock|o'clock))?", _written),
    (r"(?:at )?(?P<hour>\d{1,2}) h (?P<minute>\d\d)", _written),
    (r"(?:at )?(?P<hour>{HOURNUM}) (?P<oclock>oclock|o'clock)" + _HALF + "?", _written),
    (r"(?:at )?(?:12 |twelve )?(?P<name>{CLOCKNAME})", _named),
    (
        r"(?:at )?(?P<offset>half|quarter|a quarter|(?:twenty five|five|ten|twenty|\d{1,2})(?: minutes)?)"
        r" (?P<way>past|after) (?P<hour>{HOURNUM})" + _HALF + "?",
        _in_words,
    ),
    (
        r"(?:at )?(?P<offset>quarter|a quarter) (?P<way>to|before) (?P<hour>{HOURNUM})" + _HALF + "?",
        _in_words,
    ),
    (
        r"at (?P<offset>five|ten|twenty|twenty five|\d{1,2}) (?P<way>to) (?P<hour>{HOURNUM})" + _HALF + "?",
        _in_words,
    ),
    (r"(?:at )?(?:around|about|approximately|circa) (?P<name>{CLOCKNAME})", _around),
    (r"(?:at )?(?:around|about|approximately|circa) (?P<hour>{HOURNUM})" + _HALF, _around),
    (r"(?:at )?(?:around|about|approximately|circa) (?P<hour>\d{1,2}):(?P<minute>\d\d)", _around),
    (r"at (?P<hour>{HOURNUM})" + _NOT_A_NUMBER, _at_number),
    (r"at (?:around|about|roughly|approximately) (?P<hour>{HOURNUM})" + _NOT_A_NUMBER, _around_number),
    (r"(?:at|around|about) (?:about |around )?half (?P<hour>{HOURNUM})" + _NOT_A_NUMBER, _half_hour),
    (r"(?P<at>at )?(?P<hour>\d{1,2}) h", _hour_mark),
    (r"(?P<from>\d{1,2}) [-–] (?P<to>\d{1,2}) h", _hour_range),
    (
        r"(?:from |between )?(?P<from>\d{1,2}) (?:h|hrs) (?:-|–|to|until|till|and) (?P<to>\d{1,2}) (?:h|hrs)",
        _marked_range,
    ),
    (
        r"(?:from |between )?(?P<from>\d{1,2})[.:](?P<past>[0-5]\d)(?: (?:h|hrs))? (?:-|–|to|until|till|and)"
        r" (?P<to>\d{1,2})[.:](?P<past_to>[0-5]\d) (?:h|hrs|hours)",
        _marked_range,
    ),
    (
        r"(?:(?<=outside )|(?<=only ))(?P<from>\d{1,2}) (?:-|–|to) (?P<to>\d{1,2})" + _NOT_A_NUMBER,
        _hour_range,
    ),
    (
        r"(?P<at>at )?(?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
        r" (?P<minutes>fifteen|thirty|forty five)" + _NOT_A_NUMBER,
        _hour_and_minutes,
    ),
    (
        r"(?P<at>at )?(?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
        r" (?P<minutes>fifteen|thirty|forty five)" + _HALF,
        _hour_and_minutes,
    ),
    (r"(?P<at>at )?(?P<digits>(?:[01]\d|2[0-3])\d\d)(?: hours| hrs| h)?" + _NOT_A_NUMBER, _four_digits),
    (
        r"(?P<offset>five|ten|twenty|twenty five) (?P<way>to)"
        r" (?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)" + _HALF + "?",
        _to_the_hour,
    ),
)
