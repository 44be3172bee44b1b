"""The words and patterns by which people name times. Patterns run over folded words, see `words.Line`."""

import re
from collections.abc import Iterable, Mapping

_NUMBER_WORDS: Mapping[str, float] = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "ninety": 90, "couple of": 2, "a couple of": 2, "couple": 2, "a couple": 2,
    "few": 3, "a few": 3, "half": 0.5, "half a": 0.5, "half an": 0.5, "a half": 0.5, "a dozen": 12,
    "twenty four": 24, "forty eight": 48, "forty five": 45, "seventy two": 72, "one and a half": 1.5,
}  # fmt: skip
UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_UNITS = {
    "s": "second", "sec": "second", "second": "second", "m": "minute", "min": "minute", "minute": "minute",
    "h": "hour", "hr": "hour", "hour": "hour", "d": "day", "day": "day", "w": "week", "week": "week",
    "month": "month", "year": "year",
}  # fmt: skip
WEEKDAY_NUMBERS = {
    "monday": 0, "mon": 0, "tuesday": 1, "tue": 1, "tues": 1, "wednesday": 2, "wed": 2, "thursday": 3,
    "thu": 3, "thur": 3, "thurs": 3, "friday": 4, "fri": 4, "saturday": 5, "sat": 5, "sunday": 6, "sun": 6,
}  # fmt: skip
MONTH_NUMBERS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5,
    "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9,
    "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10}
DAY_PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
NIGHT_FROM_H, NIGHT_TO_H = 22, 6


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_N = rf"(?P<n>\d+(?:[.,]\d+)?|{_any(_NUMBER_WORDS)})"
_UNIT = r"(?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?|years?)"
_WEEKDAY = rf"(?P<weekday>{_any(WEEKDAY_NUMBERS)})"
_FULL_WEEKDAY = r"(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = rf"(?P<month>{_any(MONTH_NUMBERS)})"
_DAY = rf"(?P<day>\d{{1,2}}|{_any(_ORDINALS)})(?: (?:st|nd|rd|th))?"
_YEAR = r"(?: (?:in |of )?(?P<year>(?:19|20)\d\d))?"
_SOFT_WEEKDAY = rf"(?:(?:{_any(WEEKDAY_NUMBERS)}) )?"
_LEAD = (
    r"(?:(?:so far|all|all of|all day|during|throughout|for|in|over|the whole of|the whole|of"
    r"|the day of) )*"
)
_ON_LEAD = _LEAD + "(?:on )?"


def _compile(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<!\S){pattern}(?!\S)") for pattern in patterns)


def _one(pattern: str) -> re.Pattern[str]:
    return _compile(pattern)[0]


NOW = _one(
    r"(?:(?:right|just|even) now|now|(?:at|in) (?:the|this)(?: very| exact| present)? (?:moment|instant)"
    r"|at present|"
    r"presently|currently|as we speak|at this (?:point|time|point in time)|this (?:very )?(?:second"
    r"|instant|moment)|"
    r"live|instantaneous|instantaneously|real ?time|in real ?time)"
)

# Single days; their resolvers are in `time_window`.
RELATIVE_DAY = _one(
    rf"{_LEAD}(?P<name>day before yesterday|yesterday|today|this day|the current day)(?: so far)?"
)
BEFORE_YESTERDAY = _one(rf"{_LEAD}(?:the )?day before yesterday")
DAYS_AGO = _one(rf"{_LEAD}(?P<n>\d+|{_any(_NUMBER_WORDS)}) (?P<unit>days?|weeks?) (?:ago|before today)")
ISO_DATE = _one(rf"{_ON_LEAD}(?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})")
NUMERIC_DATE = _one(rf"{_ON_LEAD}(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./](?P<year>\d{{4}}|\d\d)")
DAY_MONTH = _one(rf"{_ON_LEAD}{_SOFT_WEEKDAY}(?:the )?{_DAY}(?: day)?(?: of)? {_MONTH}{_YEAR}")
MONTH_DAY = _one(rf"{_ON_LEAD}{_SOFT_WEEKDAY}(?:the )?{_MONTH} (?:the )?{_DAY}{_YEAR}")
NTH = _one(
    rf"(?:on |since |for |during ){_SOFT_WEEKDAY}the (?P<day>\d{{1,2}}|{_any(_ORDINALS)})"
    r"(?: (?:st|nd|rd|th))?(?: of (?:the|this) month)?(?! \S*(?:most|est|power|device)\b)"
)
WEEKDAY_OF_WEEK = _one(
    rf"{_ON_LEAD}(?:(?P<which>last|this|previous) weeks? {_WEEKDAY}"
    rf"|{_WEEKDAY.replace('weekday', 'weekday2')} "
    r"(?:of )?(?P<which2>last|this|previous) week)"
)
WEEKDAY = _one(
    rf"{_ON_LEAD}(?:(?P<which>last|this past|past|the past|this|the previous|previous|the last) {_WEEKDAY}|"
    rf"{_FULL_WEEKDAY.replace('weekday', 'weekday2')}|on {_WEEKDAY.replace('weekday', 'weekday3')})"
)

# Times of day.
CLOCK = _one(
    r"(?:(?P<h12>\d{1,2})(?::(?P<m12>\d\d))? (?P<half>am|pm)|(?P<h24>\d{1,2}):(?P<m24>\d\d)"
    r"|(?P<oclock>\d{1,2}) oclock|(?P<word>noon|midday|midnight))"
)

# Whole windows, over a line in which days stand as <day> and times as <clock>.
_EDGE = r"(?:<clock>|\d{1,2})"
CLOCK_RANGE = _one(
    rf"(?:(?P<before><day>) )?(?:between|from) (?P<from>{_EDGE}) (?:and|to|until|till"
    rf"|up to) (?P<to>{_EDGE})"
    r"(?: (?P<after><day>|this morning|this afternoon|this evening))?"
)
DAY_RANGE = _one(r"(?:between|from) (?P<from><day>) (?:and|to|until|till|up to|through) (?P<to><day>)")
_UNTIL_NOW = r"(?: (?:until|till|to|up to) <now>| on(?:wards)?)?"
SINCE_UNIT = _one(
    r"(?:since|starting|from|beginning) (?:(?:the )?(?:start|beginning) of )?"
    r"(?:(?P<part>this morning|last night)|(?P<unit>(?:this|last) (?:week|month|year)))" + _UNTIL_NOW
)
SINCE = _one(
    r"(?:since|starting|from|beginning) (?:(?:the )?(?:start|beginning) of )?"
    r"(?:(?P<day><day>)(?: at)?(?: (?P<clock><clock>))?|(?P<clock2><clock>)(?: (?P<day2><day>))?)"
    + _UNTIL_NOW
)
DAY_PART = _one(
    r"(?:(?:in|during|over) )?(?:(?P<day><day>)(?: in the| during the| at)? (?P<part>morning|afternoon"
    r"|evening|night)"
    r"|(?:the )?(?P<part2>morning|afternoon|evening|night) (?:of )?(?P<day2><day>)"
    r"|(?P<which>this|last) (?P<part3>morning|afternoon|evening|night)|(?P<tonight>tonight)"
    r"|(?P<over>overnight)|(?:the )?(?P<earlier>night before last))"
)
AT_CLOCK = _one(
    r"(?:(?P<day><day>) )?(?:at|around|about) (?:around |about )?(?P<clock><clock>)(?: (?P<after><day>))?"
)
AGO = _one(rf"(?:about |around )?{_N} (?P<unit>minutes?|mins?|hours?|hrs?|h) ago")
ROLLING = _one(
    rf"(?P<lead>(?:(?:so far|in|over|during|within|for|throughout|across|from|of) )*)(?P<the>the |these "
    rf"|this )?"
    rf"(?P<which>last|past|previous|preceding|latest|recent)(?: {_N})? ?{_UNIT}"
)
CALENDAR = _one(
    rf"{_LEAD}(?:at )?(?:the )?"
    r"(?:(?P<which>this|current|last|previous) (?P<unit>week|month|year|weekend|hour)"
    r"|(?<=the )(?P<weekend>weekend))"
    r"(?: so far| to date)?"
)
TO_DATE = _one(r"(?P<unit>week|month|year) to date")
MONTH = _one(
    rf"(?:in|during|for|throughout|over|all|of) (?:the month of |of |last |this )?{_MONTH}"
    r"(?: (?:of )?(?P<year>(?:19|20)\d\d))?"
)
ALL_DAY = _one(r"(?:all day(?: long)?|so far)")
WHOLE_DAY = _one(r"(?P<day><day>)(?: so far)?")

STRANGE_SPAN = _one(r"(?:(?:in|over|during) )?(?:the )?(?:last|past|previous) \d\S* \S+")
STRANGE_TIME = _one(
    r"(?:(?:on|in|at|since|during|this|the|next|last|over) )*(?:mornings?|afternoons?|evenings?|nights?|noon"
    r"|midnight|weekends?|weeks?|months?|years?|minutes?|days?|(?<!watt )hours?|spring|summer|autumn|winter"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|august"
    r"|september|october|november|december|christmas|easter|dawn|dusk|sunrise|sunset)"
)
UNRESOLVED = (ISO_DATE, NUMERIC_DATE, DAY_MONTH, MONTH_DAY, STRANGE_SPAN, STRANGE_TIME)
"""What speaks of a time; where it is left over in a line, that time was not understood."""

FUTURE = _one(
    rf"(?:in |over |during |for |until |by )?(?:the )?(?:day after )?(?:tomorrow(?: (?:morning|evening"
    rf"|night|afternoon))?"
    rf"|(?:next|coming|following|upcoming)(?: {_N})? "
    rf"(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?|weekend|{_any(WEEKDAY_NUMBERS)}"
    rf"|summer|winter)"
    rf"|later (?:today|on|this week)|in {_N.replace('(?P<n>', '(?P<m>')} (?:minutes?|hours?|days?|weeks?"
    rf"|months?)"
    r"(?: time)?|the rest of (?:the|this) (?:day|week|month|year)|in (?:the )?future|soon)"
)


def number(text: str) -> float:
    """3 for "3" and "three", 0.5 for "half an"."""
    return float(_NUMBER_WORDS.get(text) or text.replace(",", "."))


def is_vague(text: str) -> bool:
    """Whether a number is one that people round by: "a few", "a couple of"."""
    return "few" in text or "couple" in text


def unit(text: str) -> str:
    """ "hour" for "h", "hrs" and "hours"."""
    return _UNITS.get(text) or _UNITS[text.removesuffix("s")]


def day_number(text: str) -> int:
    """3 for "3" and "third"."""
    return _ORDINALS.get(text) or int(text)
