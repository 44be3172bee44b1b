"""Parts of the day and what recurs: "this morning", "last night", "in the evening", "at weekends"."""

from collections.abc import Sequence
from datetime import timedelta

from api_service.assistant.time.atoms.lexicon import part_hours, table
from api_service.assistant.time.atoms.rules import Readings, Rule, RuleMatch
from api_service.assistant.time.parts import Alone, DaySpan, Grain, Hours, Parts

_HABIT, _ONCE = 0.7, 0.3
_WORKDAYS = frozenset(range(5))


def hours_of(word: str) -> Hours:
    """The hours of a part of the day, in the singular or plural."""
    minutes = [int(60 * hour) for hour in part_hours(word)]
    name = word if word in table("day_parts", "habitual_parts") else word.removesuffix("s")
    name = "night" if name == "nite" else name
    return Hours(tuple(zip(minutes[::2], minutes[1::2], strict=True)), name)


def _bare(hit: RuleMatch) -> Readings:
    """ "evening": a time only beside a day ("Monday evening")."""
    if hit.words_before() == "good":
        return ()
    return (Parts(hours=hours_of(hit.group("part")), alone=Alone.NOTHING),)


def _in_the(hit: RuleMatch) -> Readings:
    """ "in the evening": of the day that stands beside it, else of every day or of the last one."""
    hours = hours_of(hit.group("part"))
    return (
        Parts(hours=hours, alone=Alone.REPEATS, certainty=_HABIT),
        Parts(hours=hours, alone=Alone.PAST, certainty=_ONCE),
    )


def _habit(hit: RuleMatch) -> Readings:
    if hit.group("part") in ("by day", "in the day") and "night" not in hit.match.string:
        return ()  # "usage by day" is one value a day
    if hit.words_before() == "many":
        return ()  # "how many nights"
    return (Parts(hours=hours_of(hit.group("part")), alone=Alone.REPEATS),)


def _on_day(hit: RuleMatch, back: int, word: str, label: str) -> Parts:
    day = hit.calendar.today - timedelta(days=back)
    return Parts(days=DaySpan(day, day, label, Grain.DAY), hours=hours_of(word))


def _this_part(hit: RuleMatch) -> Readings:
    part, is_this = hit.group("part"), hit.group("which") == "this"
    if part in ("night", "nite"):
        return _tonight(hit) if is_this else (_on_day(hit, 1, "night", "last night"),)
    back = 0 if is_this else 1
    return (_on_day(hit, back, part, f"{'this' if is_this else 'yesterday'} {part}"),)


def _tonight(hit: RuleMatch) -> Readings:
    return (_on_day(hit, 0, "evening", "tonight"),)


def _earlier_night(hit: RuleMatch) -> Readings:
    evening = hit.calendar.today - timedelta(days=2)
    return (_on_day(hit, 2, "night", f"in the night of {hit.calendar.date_words(evening)}"),)


def _overnight(hit: RuleMatch) -> Readings:
    once = _on_day(hit, 1, "night", "last night")
    return (
        Parts(days=once.days, hours=once.hours, certainty=_HABIT),
        Parts(hours=once.hours, alone=Alone.REPEATS, certainty=_ONCE),
    )


def _weekdays(hit: RuleMatch) -> Readings:
    word = hit.group("weekday").removesuffix("s")
    if hit.words_before() == "many":
        return ()
    return (Parts(weekdays=frozenset({table("weekdays")[word]}), alone=Alone.REPEATS),)


def _weekday_parts(hit: RuleMatch) -> Readings:
    number = table("weekdays", "short_weekdays")[hit.group("weekday")]
    hours = hours_of(hit.group("part"))
    return (Parts(weekdays=frozenset({number}), hours=hours, alone=Alone.REPEATS),)


def _two_weekday_parts(hit: RuleMatch) -> Readings:
    """ "Sat and Sun mornings": those of both days."""
    days = table("weekdays", "short_weekdays")
    both = frozenset({days[hit.group("weekday")], days[hit.group("other")]})
    return (Parts(weekdays=both, hours=hours_of(hit.group("part")), alone=Alone.REPEATS),)


def _night_into(hit: RuleMatch) -> Readings:
    """ "over night into Friday": the night that began on the evening before the last one."""
    names = table("weekdays", "short_weekdays")
    number, first = names[hit.group("weekday")], names.get(hit.group("first"))
    if first is not None and number != (first + 1) % 7:
        return ()  # "from Friday night to Sunday"
    calendar = hit.calendar
    is_today = number == calendar.today.weekday()
    morning = calendar.today if is_today else calendar.past_weekday(number)
    back = (calendar.today - morning).days + 1
    evening = calendar.today - timedelta(days=back)
    label = "last night" if back == 1 else f"in the night of {calendar.date_words(evening)}"
    return (_on_day(hit, back, "night", label),)


def _side(hit: RuleMatch) -> Readings:
    """ "daytime vs night", "night against day": each side recurs."""
    if hit.words_before() in ("per", "a", "every", "each"):
        return ()
    word = {"day": "by day"}.get(hit.group("part"), hit.group("part"))
    return (Parts(hours=hours_of(word), alone=Alone.REPEATS),)


def _working_days(hit: RuleMatch) -> Readings:
    """ "monday through friday": the working days, where a habit or the weekend is spoken of."""
    words = hit.match.string.split()
    is_habit = {"through", "thru"} & {*hit.match.group().split()} or {"weekend", "weekends", "saturdays"} & {
        *words
    }
    is_once = hit.words_before() in ("from", "between", "last", "this") or hit.word_after() in (
        "last",
        "this",
    )
    return () if is_once or not is_habit else (Parts(weekdays=_WORKDAYS, alone=Alone.REPEATS),)


def _day_group(hit: RuleMatch) -> Readings:
    word = hit.group("group")
    days = table("weekday_groups", "weekday_groups_single")[word]
    return (Parts(weekdays=frozenset(days), alone=Alone.REPEATS),)


def _group_parts(hit: RuleMatch) -> Readings:
    days = table("weekday_groups_single")[hit.group("group")]
    hours = hours_of(hit.group("part"))
    return (Parts(weekdays=frozenset(days), hours=hours, alone=Alone.REPEATS),)


def _working_week(_scene: RuleMatch) -> Readings:
    return (Parts(weekdays=_WORKDAYS, alone=Alone.REPEATS, certainty=_HABIT),)


def _all_night(hit: RuleMatch) -> Readings:
    return (_on_day(hit, 1, "night", "last night"),)


_SIDE = r"(?P<part>night|day|daytime)"
_OTHER_SIDE = r"(?: (?:vs|versus|against|or) (?:the )?(?:night|day|daytime)(?!\S))"
_AFTER_SIDE = "|".join(
    f"(?<={one} {joint} )"
    for one in ("day", "daytime", "night")
    for joint in ("vs", "versus", "against", "or")
)
RULES: Sequence[Rule] = (
    (_SIDE + f"(?={_OTHER_SIDE})", _side),
    (f"(?:{_AFTER_SIDE})" + _SIDE, _side),
    (r"(?P<part>{PART})", _bare),
    (r"(?:in|during|through|throughout|over) the (?P<part>{PART})", _in_the),
    (r"(?:at|around) (?P<part>lunchtime|lunch time|lunch|breakfast|dinner|dinner time|dinnertime)", _in_the),
    (r"(?:every|each) (?P<part>{PART})", _habit),
    (r"(?:(?:in|during|on|at) )?(?:the )?(?P<part>{PARTS})", _habit),
    (r"(?:(?:in|during|at) )?(?P<part>{HABIT})", _habit),
    (r"(?P<which>this|last) (?P<part>{PART})", _this_part),
    (r"tonight", _tonight),
    (r"(?:the )?night before last", _earlier_night),
    (r"(?:overnight|over night)", _overnight),
    (r"(?:on )?(?P<weekday>{WEEKDAYS})", _weekdays),
    (r"(?:every|each|on a|on any) (?P<weekday>{WEEKDAY})", _weekdays),
    (r"(?:(?:on|every|each) )?(?P<weekday>{SHORT_WEEKDAY}) (?P<part>{PARTS})", _weekday_parts),
    (
        r"(?:(?:on|every|each) )?(?P<weekday>{SHORT_WEEKDAY}) (?:and|&) (?P<other>{SHORT_WEEKDAY})"
        r" (?P<part>{PARTS})",
        _two_weekday_parts,
    ),
    (
        r"(?:(?:on )?(?P<first>{SHORT_WEEKDAY}) |(?:in |during )?the |over )?(?:night|overnight) (?:in)?to"
        r" (?P<weekday>{SHORT_WEEKDAY})",
        _night_into,
    ),
    (r"(?:every|each|on an?) (?P<weekday>{SHORT_WEEKDAY}) (?P<part>{PART})", _weekday_parts),
    (r"(?:(?:on|at|during) )?(?:the )?(?P<group>{DAYGROUP})", _day_group),
    (r"(?:on )?(?:every|a|any) (?P<group>{DAYGROUP1})", _day_group),
    (r"(?:(?<=normal )|(?<=usual ))(?P<group>{DAYGROUP1})", _day_group),
    (r"(?:(?<=typical )|(?<=average ))(?P<group>{DAYGROUP1})", _day_group),
    (r"(?:(?:on|during|every|each) )?(?P<group>{DAYGROUP1}) (?P<part>{PARTS})", _group_parts),
    (r"(?:on )?(?:every|each|a) (?P<group>{DAYGROUP1}) (?P<part>{PART})", _group_parts),
    (r"during the (?:working )?week", _working_week),
    (r"(?:on )?(?:mon|monday) (?:to|through|thru|-|–) (?:fri|friday)", _working_days),
    (r"(?:all|the whole|throughout the|through the|during last) night(?: long)?", _all_night),
)
