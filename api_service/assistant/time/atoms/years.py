"""Parts of the year: "in March", "Q1", "last summer", "in 2019", "week 11", "the first half of March"."""

from collections.abc import Sequence
from datetime import date

from api_service.assistant.time.atoms.lexicon import number_of, ordinal_of, table
from api_service.assistant.time.atoms.rules import CUES, INVALID, Readings, Rule, RuleMatch
from api_service.assistant.time.calendar import MONTHS
from api_service.assistant.time.parts import Alone, DaySpan, Grain, Parts, Portion, Yearly, YearlyKind

_WORDLIKE_CUES = CUES - {"and", "than", "with", "or", "to", "all", "before", "after", "by"}
_AMOUNTS = frozenset(
    "above below exceed exceeds exceeded least most under reach reached passed € $ £".split()  # noqa: SIM905
)
_YEAR_CUES = CUES | {"year"}
_ROUND_YEAR_CUES = _YEAR_CUES - {"over", "about", "than", "between", "by", "and", "or", "to", "of", "all"}
"""What makes a year of a round number, which may be an amount as well: "in 2000", but not "over 2000"."""
_APART = frozenset(
    {"", "?", ".", ",", "!", "-", "–", "vs", "versus", "and", "or", "to", "compared", "by", "list"}
)
"""What follows a "may" or "mon" that stands alone in a line of keywords."""
_SUBJECTS = frozenset("i we you they he she it one that this who which what".split())  # noqa: SIM905
_VERB_OF_FALLING = frozenset(
    {"below", "under", "beneath", "to", "short", "from", "by", "out", "off", "this", "low"}
)
_ROUGH = 0.7


def year_span(year: int) -> DaySpan:
    """A whole year."""
    return DaySpan(date(year, 1, 1), date(year, 12, 31), f"in {year}", Grain.YEAR)


def _in_year(hit: RuleMatch, yearly: Yearly, certainty: float = 1.0) -> Readings:
    """`yearly`, in the year that is written, before or after this one, or open."""
    if not yearly.is_ever:
        return INVALID
    which, written = hit.group("which"), hit.group("year")
    if written:
        return (Parts(yearly=yearly, days=year_span(int(written)), certainty=certainty),)
    if which in ("next", "coming"):
        return _next(hit, yearly)
    if which == "this":
        return (Parts(yearly=yearly, days=year_span(hit.calendar.today.year), certainty=certainty),)
    if which in ("last", "past", "previous"):
        return _last(hit, yearly)
    return (Parts(yearly=yearly, certainty=certainty),)


def _next(hit: RuleMatch, yearly: Yearly) -> Readings:
    today = hit.calendar.today
    spans = (yearly.in_year(year) for year in (today.year, today.year + 1))
    first, last = next(span for span in spans if span and span[0] > today)
    return (Parts(days=DaySpan(first, last, yearly.label(hit.calendar, first), yearly.grain)),)


def _last(hit: RuleMatch, yearly: Yearly) -> Readings:
    """The last one that is over: "last March" in March is that of last year."""
    today = hit.calendar.today
    spans = (yearly.in_year(today.year - back) for back in range(3))
    first, last = next(span for span in spans if span and span[1] < today)
    return (Parts(days=DaySpan(first, last, yearly.label(hit.calendar, first), yearly.grain)),)


def _month(hit: RuleMatch) -> Readings:
    word = hit.group("month")
    is_cued = bool(hit.group("which") or hit.group("year")) or hit.words_before() in _WORDLIKE_CUES
    is_cued = is_cued or hit.word_after() in ("last", "this", "next")
    is_cued = is_cued or _ends_a_range(hit) or _is_keyword(hit)
    if word in table("months_like_words") and not is_cued:
        return ()
    yearly = Yearly(YearlyKind.MONTHS, table("months", "months_like_words")[word], 1)
    return _in_year(hit, yearly)


def _ends_a_range(hit: RuleMatch) -> bool:
    """ "from february to march", "between feb and march", "june vs may"."""
    before = hit.match.string[: hit.match.start()].split()
    if not before or before[-1] not in ("to", "and", "vs", "versus", "than", "with"):
        return False
    return not {"from", "between"}.isdisjoint(before) or before[-2:-1][:1] in [[m] for m in table("months")]


def _is_keyword(hit: RuleMatch) -> bool:
    """ "cost may vs june", "days above 25 kwh march": a month without any preposition."""
    before = hit.words_before()
    return bool(before) and before not in _SUBJECTS and hit.word_after() in _APART


def _season(hit: RuleMatch) -> Readings:
    word = hit.group("season")
    is_cued = hit.words_before() in {"in", "during", "since", "the", "until"} or hit.group("which")
    if word == "fall" and hit.words_before() != "in" and hit.word_after() in _VERB_OF_FALLING:
        return ()  # "when did the voltage last fall below 210 V"
    if word in table("seasons_like_words") and not (is_cued or hit.group("year")):
        return ()
    yearly = Yearly(YearlyKind.MONTHS, table("seasons", "seasons_like_words")[word], 3, f"in {word}")
    return _in_year(hit, yearly)


def _quarter(hit: RuleMatch) -> Readings:
    number = ordinal_of(hit.group("number"))
    if not 1 <= number <= 4:
        return INVALID
    return _in_year(hit, Yearly(YearlyKind.MONTHS, 3 * number - 2, 3, f"in Q{number}"))


def _half_year(hit: RuleMatch) -> Readings:
    number = ordinal_of(hit.group("number"))
    if number not in (1, 2):
        return INVALID
    return _in_year(hit, Yearly(YearlyKind.MONTHS, 6 * number - 5, 6, f"in H{number}"))


def _week(hit: RuleMatch) -> Readings:
    number = int(hit.group("number"))
    if not 1 <= number <= 53:
        return INVALID
    yearly = Yearly(YearlyKind.ISO_WEEK, number, 0, f"in week {number}")
    if hit.group("year") and yearly.in_year(int(hit.group("year"))) is None:
        return INVALID
    return _in_year(hit, yearly) if number < 53 else _week_53(hit, yearly)


def _week_53(hit: RuleMatch, yearly: Yearly) -> Readings:
    written = hit.group("year")
    return (Parts(yearly=yearly, days=year_span(int(written)) if written else None),)


def _iso_week(hit: RuleMatch) -> Readings:
    year, week = hit.match.group().split("-w")
    span = Yearly(YearlyKind.ISO_WEEK, int(week)).in_year(int(year))
    if span is None:
        return INVALID
    return (Parts(days=DaySpan(*span, f"in week {int(week)} of {year}", Grain.WEEK)),)


def _year(hit: RuleMatch) -> Readings:
    is_round = int(hit.group("year")) % 50 == 0
    cues = _ROUND_YEAR_CUES if is_round else _YEAR_CUES
    is_cued = hit.words_before() in cues | {""} or (not is_round and hit.word_after() in cues)
    is_cued = is_cued or (not is_round and hit.words_before() not in _AMOUNTS)
    alone = Alone.PAST if is_cued else Alone.NOTHING
    return (Parts(days=year_span(int(hit.group("year"))), alone=alone),)


def _week_around(hit: RuleMatch) -> Readings:
    """ "the week of 9 March"."""
    unit = hit.group("unit")
    around = "ending" if hit.group("how") == "ending" else unit
    return (Parts(portion=Portion(1, f"in the {unit} {hit.group('how')}", around=around)),)


def _end_of(hit: RuleMatch) -> Readings:
    """ "the end of March", "the beginning of last week": a third of it."""
    word = hit.group("which")
    nth = {"beginning": 1, "start": 1, "middle": 2, "end": 3}[word]
    return (Parts(portion=Portion(nth, f"in the {word} of", parts=3), certainty=_ROUGH),)


def _rough_portion(hit: RuleMatch) -> Readings:
    """ "early March": a third of the span."""
    nth = {"early": 1, "mid": 2, "late": 3}[hit.group("which")]
    month = table("months", "months_like_words")[hit.group("month")]
    yearly = Yearly(YearlyKind.MONTHS, month, 1)
    portion = Portion(nth, f"in {hit.group('which')} {MONTHS[month - 1]}", parts=3)
    written = hit.group("year")
    days = year_span(int(written)) if written else None
    return (Parts(yearly=yearly, days=days, portion=portion, certainty=_ROUGH),)


def _nth(words: str) -> int:
    return -1 if words in ("last", "final") else ordinal_of(words)


def _half(hit: RuleMatch) -> Readings:
    words = hit.group("nth")
    nth = 2 if _nth(words) == -1 else _nth(words)
    if nth not in (1, 2):
        return INVALID
    return (Parts(portion=Portion(nth, f"in the {'first' if nth == 1 else 'second'} half of", parts=2)),)


def _part_of_span(hit: RuleMatch) -> Readings:
    """ "the first week of", "the last day of"."""
    nth, unit = _nth(hit.group("nth")), hit.group("unit")
    days = {"day": 1, "week": 7, "fortnight": 14}.get(unit, 1)
    label = f"in the {hit.group('nth')} {unit} of"
    return (Parts(portion=Portion(nth, label, of_days=days)),)


def _days_of_span(hit: RuleMatch) -> Readings:
    """ "the first 10 days of", "the last two weeks of"."""
    count = number_of(hit.group("n")) * (7 if hit.group("unit") == "weeks" else 1)
    if not 1 <= count <= 366 or count != int(count):
        return INVALID
    if hit.group("unit") == "months":
        label = f"in the {hit.group('nth')} {count:g} months of"
        return (Parts(portion=Portion(_nth(hit.group("nth")), label, of_months=int(count))),)
    label = f"in the {hit.group('nth')} {count:g} days of"
    return (Parts(portion=Portion(_nth(hit.group("nth")), label, of_days=int(count))),)


def _weekday_of_span(hit: RuleMatch) -> Readings:
    """ "the first Monday of", "the last Sunday in"."""
    nth, word = _nth(hit.group("nth")), hit.group("weekday")
    number = table("weekdays")[word]
    return (Parts(portion=Portion(nth, f"on the {hit.group('nth')} {word.capitalize()} of", weekday=number)),)


_WHICH = r"(?:(?P<which>last|past|previous|this|next|coming) )?"
_IN_YEAR = r"(?: (?:, )?(?:of |in )?(?P<year>{YEAR}))?"
_NTH = r"(?:the )?(?P<nth>first|second|third|fourth|fifth|last|final|1st|2nd|3rd|4th|5th) "
_NO_QUANTITY = (
    r"(?! (?:%|kwh|kw|wh|w|watts?|v|volts?|hz|k?va|k?var|a|amps?|hours?|h|times|devices|readings|rpm|units?"
    r"|euros?|eur|€|dollars?|pounds?|bucks|quid|pence|cents?|rupees)(?!\S))"
)
RULES: Sequence[Rule] = (
    (r"(?:the (?:month|months) of )?" + _WHICH + r"(?P<month>{MONTH})" + _IN_YEAR, _month),
    (r"(?:the )?" + _WHICH + r"(?P<season>{SEASON})" + _IN_YEAR, _season),
    (r"(?:the )?(?P<number>{ORD}) quarter" + _IN_YEAR, _quarter),
    (r"(?:the )?q (?P<number>[0-9])" + _IN_YEAR, _quarter),
    (r"h (?P<number>[12])" + _IN_YEAR, _half_year),
    (r"(?:calendar |iso )?weeks? (?:number |no |nr )?(?P<number>\d{1,2})" + _IN_YEAR, _week),
    (r"cw (?P<number>\d{1,2})" + _IN_YEAR, _week),
    (r"\d{4}-w\d\d", _iso_week),
    (r"(?:the )?(?:year |calendar year )?(?P<year>{YEAR})" + _NO_QUANTITY, _year),
    (r"(?P<which>early|mid|late) (?:- )?(?P<month>{MONTH})" + _IN_YEAR, _rough_portion),
    (
        r"(?:(?:on|at|over|during|in) )?(?:the )?(?P<unit>week|weekend)"
        r" (?P<how>of|commencing|starting|beginning|ending)(?: on)?",
        _week_around,
    ),
    (
        r"(?:(?:at|by|around|towards|near|in) )?(?:the )?(?:very )?(?P<which>beginning|start|middle|end) of"
        r"(?! (?:the (?:night|day|records?|data|recordings?))(?!\S))",
        _end_of,
    ),
    (_NTH + r"half (?:of|in)", _half),
    (_NTH + r"(?P<unit>day|week|fortnight) (?:of|in)", _part_of_span),
    (r"(?:the )?(?P<nth>first|last) (?P<n>{N}) (?P<unit>days|weeks|months) (?:of|in)", _days_of_span),
    (_NTH + r"(?P<weekday>{WEEKDAY}) (?:of|in)", _weekday_of_span),
)
