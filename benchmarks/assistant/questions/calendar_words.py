"""What words of time mean at a moment in a zone, by a small table; what is not in it has no meaning.

Conventions are those of the user's documents: a week begins on Monday, the morning is 06 to 12, the afternoon
12 to 18, the evening 18 to 24, the night 22 to 06; "last 3 days" ends now and begins on a full second; a
weekday is the last one gone by.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (22, 30)}
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "fourteen": 14}
_DAY = (
    "(?P<day>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?"
)
_DAY += "|sun(?:day)?)"
_MONTH = "(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in MONTHS)
_MONTH += "|sept)"
_NUMBER = rf"(?P<number>\d+|{'|'.join(NUMBERS)})"
_CLOCK = r"{0}(?P<{1}>\d{{1,2}})(?::(?P<{1}_minute>\d\d))?\s*(?P<{1}_half>[ap]\.?\s?m\.?)?"


@dataclass(frozen=True)
class Clock:
    """A moment and its zone, to count from."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.astimezone(self.zone).date()

    def at(self, day: date, hours: float = 0) -> datetime:
        """A local time of day in UTC; hours beyond 24 are the next day's."""
        whole = day + timedelta(days=int(hours // 24))
        minutes = round(hours % 24 * 60)
        return datetime.combine(whole, time(minutes // 60, minutes % 60), self.zone).astimezone(UTC)

    def days(self, first: date, after: date) -> Span:
        """From one local midnight to another."""
        return self.at(first), self.at(after)


def _until_now(first: date, clock: Clock) -> Span:
    return clock.at(first), clock.now


def _weekday(text: str, clock: Clock) -> date:
    """The last such day before today."""
    wanted = next(place for place, name in enumerate(DAYS) if name.startswith(text[:3]))
    back = (clock.today.weekday() - wanted) % 7 or 7
    return clock.today - timedelta(days=back)


def _month(text: str, clock: Clock) -> tuple[date, date]:
    number = next(place for place, name in enumerate(MONTHS, start=1) if name.startswith(text[:3]))
    year = clock.today.year - (number > clock.today.month)
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def _count(match: re.Match[str]) -> int:
    return NUMBERS.get(match["number"]) or int(match["number"])


def _rolling(match: re.Match[str], clock: Clock) -> Span:
    """So many hours before now; a day is 24 of them, also where the clock changes."""
    hours = {"m": 1 / 60, "h": 1, "d": 24, "w": 168}[match["unit"][0]]
    start = clock.now - timedelta(hours=hours * _count(match))
    return start.replace(microsecond=0), clock.now


def _part(match: re.Match[str], clock: Clock) -> Span:
    start, end = PARTS[match["part"]]
    named = match["day"]
    day = {"yesterday": clock.today - timedelta(days=1), "this": clock.today}.get(named)
    day = day or _weekday(named, clock)
    return clock.at(day, start), clock.at(day, end)


def _hour(match: re.Match[str], name: str, half: str | None) -> float:
    hour, minute = int(match[name]), int(match[f"{name}_minute"] or 0)
    half = (match[f"{name}_half"] or half or "")[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour + minute / 60


def _between(match: re.Match[str], clock: Clock) -> Span | None:
    day = {"today": clock.today, "yesterday": clock.today - timedelta(days=1)}.get(match["when"])
    if not (match["b_half"] or match["b_minute"]):
        return None  # "between 2 and 4": of the morning or of the afternoon
    day = day or _weekday(match["day"], clock)
    start, end = _hour(match, "a", match["b_half"]), _hour(match, "b", None)
    return (clock.at(day, start), clock.at(day, end)) if start < end else None


def _date(match: re.Match[str], clock: Clock) -> Span | None:
    first, _ = _month(match["month"], clock)
    try:
        day = first.replace(day=int(match["date"]))
    except ValueError:
        return None
    return clock.days(day, day + timedelta(days=1)) if day < clock.today else None


def _since_day(match: re.Match[str], clock: Clock) -> Span:
    return _until_now(_weekday(match["day"], clock), clock)


def _named_month(match: re.Match[str], clock: Clock) -> Span:
    return clock.days(*_month(match["month"], clock))


def _back(text: str, days: int, length: int = 1) -> tuple[str, Callable[[re.Match[str], Clock], Span]]:
    def meaning(_: re.Match[str], clock: Clock) -> Span:
        first = clock.today - timedelta(days=days)
        return clock.days(first, first + timedelta(days=length))

    return text, meaning


def _week(text: str, back: int) -> tuple[str, Callable[[re.Match[str], Clock], Span]]:
    def meaning(_: re.Match[str], clock: Clock) -> Span:
        monday = clock.today - timedelta(days=clock.today.weekday() + 7 * back)
        return clock.days(monday, monday + timedelta(days=7))

    return text, meaning


def _calendar(unit: str, back: int) -> Callable[[re.Match[str], Clock], Span]:
    def meaning(_: re.Match[str], clock: Clock) -> Span:
        today, length = clock.today, {"month": 1, "quarter": 3, "year": 12}[unit]
        start = today.year * 12 + (today.month - 1) // length * length - back * length
        first, after = (date(months // 12, months % 12 + 1, 1) for months in (start, start + length))
        return clock.days(first, after)

    return meaning


def _weekend(_: re.Match[str], clock: Clock) -> Span | None:
    if clock.today.weekday() >= 5:
        return None  # one is still on
    saturday = clock.today - timedelta(days=clock.today.weekday() + 2)
    return clock.days(saturday, saturday + timedelta(days=2))


_SO_FAR = r"(?:so far )?{0}(?: so far| until now)?"
_RULES: tuple[tuple[str, Callable[[re.Match[str], Clock], Span | None]], ...] = (
    _back(_SO_FAR.format("today") + "|since midnight", 0),
    _back("yesterday|yday|yest|the whole of yesterday|all day yesterday", 1),
    _back("the day before yesterday|day before yesterday", 2),
    _back("tomorrow", -1),
    _week(_SO_FAR.format("this (?:week|wk)") + "|wtd", 0),
    _week("(?:all of |the whole of )?(?:last|the previous) (?:week|wk)", 1),
    _week("(?:the )?week before last", 2),
    _week("next week", -1),
    (_SO_FAR.format("this month") + "|mtd|month to date", _calendar("month", 0)),
    ("last month|the previous month", _calendar("month", 1)),
    ("next month", _calendar("month", -1)),
    ("this quarter", _calendar("quarter", 0)),
    ("last quarter", _calendar("quarter", 1)),
    (_SO_FAR.format("this (?:year|yr)") + "|ytd|year to date", _calendar("year", 0)),
    ("last (?:year|yr)", _calendar("year", 1)),
    ("(?:over |at )?(?:the|last) weekend", _weekend),
    (
        "last (?:night|nite)|overnight",
        lambda _, clock: (clock.at(clock.today, -2), clock.at(clock.today, 6)),
    ),
    (
        "(?:in |over |for |during )?(?:the )?(?:last|past|previous) "
        rf"{_NUMBER}\s?(?P<unit>minutes?|mins?|hours?|hrs?|h|days?|d|weeks?)",
        _rolling,
    ),
    (f"(?:on )?{_DAY}", lambda match, clock: clock.days(
        _weekday(match["day"], clock), _weekday(match["day"], clock) + timedelta(days=1)
    )),
    (rf"(?:on )?(?P<day>this|yesterday|{_DAY[7:]} (?P<part>morning|afternoon|evening)", _part),
    (rf"(?:on )?{_DAY} (?P<part>night)", _part),
    (rf"since {_DAY}", _since_day),
    ("since yesterday", lambda _, clock: _until_now(clock.today - timedelta(days=1), clock)),
    (rf"(?:in )?{_MONTH}", _named_month),
    (rf"since {_MONTH}", lambda match, clock: (clock.at(_month(match["month"], clock)[0]), clock.now)),
    (rf"(?:on )?(?:the )?(?P<date>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}", _date),
    (rf"(?:on )?{_MONTH} (?P<date>\d{{1,2}})(?:st|nd|rd|th)?", _date),
    (
        rf"(?:between|from) {_CLOCK.format('', 'a')}\s*(?:and|to|until|till)\s*{_CLOCK.format('', 'b')}"
        rf" (?P<when>today|yesterday|on {_DAY})",
        _between,
    ),
    (
        rf"(?P<when>today|yesterday) (?:between|from) {_CLOCK.format('', 'a')}\s*(?:and|to|until|till)\s*"
        rf"{_CLOCK.format('', 'b')}(?P<day>)",
        _between,
    ),
)  # fmt: skip
_TABLE = tuple((re.compile(pattern), meaning) for pattern, meaning in _RULES)


def span_of(words: str, clock: Clock) -> Span | None:
    """The span that the words mean, `[start, end)` in UTC, cut at now if it has begun; None if unknown."""
    text = re.sub(r"^of ", "", " ".join(words.lower().replace(",", "").split()))
    for pattern, meaning in _TABLE:
        match = pattern.fullmatch(text)
        if match:
            found = meaning(match, clock)
            if found is None or found[0] >= found[1]:
                return None
            return (found[0], min(found[1], clock.now)) if found[0] < clock.now else found
    return None


HOURS: dict[str, tuple[int, int, frozenset[int]]] = {
    "at night": (22, 6, frozenset(range(7))),
    "by night": (22, 6, frozenset(range(7))),
    "on weekends": (0, 24, frozenset((5, 6))),
    "at weekends": (0, 24, frozenset((5, 6))),
    "at the weekend": (0, 24, frozenset((5, 6))),
    "weekends": (0, 24, frozenset((5, 6))),
    "on weekdays": (0, 24, frozenset(range(5))),
    "weekdays": (0, 24, frozenset(range(5))),
    "in the mornings": (6, 12, frozenset(range(7))),
    "in the evenings": (18, 24, frozenset(range(7))),
    "in the evening": (18, 24, frozenset(range(7))),
    "in the afternoons": (12, 18, frozenset(range(7))),
    "weekday mornings": (6, 12, frozenset(range(5))),
    "on weekday mornings": (6, 12, frozenset(range(5))),
    "on weekday evenings": (18, 24, frozenset(range(5))),
    "before noon": (0, 12, frozenset(range(7))),
    "between 2 and 4 pm": (14, 16, frozenset(range(7))),
    "between 4 and 7 pm": (16, 19, frozenset(range(7))),
    "between midnight and 6 am": (0, 6, frozenset(range(7))),
    "after 10 pm": (22, 24, frozenset(range(7))),
}
"""Recurring times: first hour, hour after the last, weekdays. `on mondays` and the like come below."""
HOURS |= {f"{on}{name}s": (0, 24, frozenset((at,))) for at, name in enumerate(DAYS) for on in ("on ", "")}
