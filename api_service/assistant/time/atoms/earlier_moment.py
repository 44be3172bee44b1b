"""Times that lean on a moment, an hour or a run spoken of before: "then", "in that hour", "an hour later"."""

from collections.abc import Sequence
from datetime import timedelta

from api_service.assistant.time.atoms.day_parts import hours_of
from api_service.assistant.time.atoms.lexicon import number_of, unit_of
from api_service.assistant.time.atoms.rules import Readings, Rule, RuleMatch
from api_service.assistant.time.labels import span_label
from api_service.assistant.time.parts import DaySpan, Grain, Instants, Parts
from api_service.assistant.types import Window

_DAY = timedelta(days=1)
_UNITS = {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_LATER = frozenset({"later", "after", "next", "following"})
_JOINED = frozenset("since by until till now and but before after from ok well so".split())  # noqa: SIM905
"""Words before a "then" that is no time, or makes another one of it."""


def _that_moment(hit: RuleMatch) -> Readings:
    """ "at that moment", "that run": the span itself, where it is a part of a day."""
    earlier = hit.calendar.earlier
    return _instants(earlier) if earlier is not None and earlier.end - earlier.start < _DAY else ()


def _that_hour(hit: RuleMatch) -> Readings:
    """ "in that hour": the span, or the hour in which a moment lies."""
    earlier, calendar = hit.calendar.earlier, hit.calendar
    if earlier is None or earlier.end - earlier.start >= _UNITS["hour"]:
        return _that_moment(hit)
    local = earlier.start.astimezone(calendar.moment.timezone)
    start = earlier.start - timedelta(minutes=local.minute, seconds=local.second)
    end = start + _UNITS["hour"]
    return (Parts(instants=Instants(start, end, span_label(calendar, start, end))),)


def _then(hit: RuleMatch) -> Readings:
    """ "what was on then": what was spoken of, however long it is."""
    earlier = hit.calendar.earlier
    is_time = hit.match.start() > 0 and hit.words_before() not in _JOINED
    return _instants(earlier) if earlier is not None and is_time else ()


def _instants(window: Window) -> Readings:
    return (Parts(instants=Instants(window.start, window.end, window.label)),)


def _that_part(hit: RuleMatch) -> Readings:
    """ "that evening": of the day spoken of."""
    return _part_beside(hit, 0)


def _part_after(hit: RuleMatch) -> Readings:
    """ "the evening after that"."""
    return _part_beside(hit, 1 if hit.group("way") in _LATER else -1)


def _part_beside(hit: RuleMatch, days: int) -> Readings:
    earlier, calendar = hit.calendar.earlier, hit.calendar
    if earlier is None or earlier.end - earlier.start > _DAY + _UNITS["hour"]:
        return ()
    day = earlier.start.astimezone(calendar.moment.timezone).date() + timedelta(days=days)
    if calendar.at(day) > calendar.now:
        return ()
    return (
        Parts(
            days=DaySpan(day, day, calendar.day_label(day), Grain.DAY),
            hours=hours_of(hit.group("part")),
        ),
    )


def _moved_by(hit: RuleMatch) -> Readings:
    """ "an hour later", "ten minutes before that": the span, so much moved."""
    unit = unit_of(hit.group("unit"))
    number = hit.group("number")
    count = 0.5 if number.startswith("half") else number_of(number)
    return _moved(hit, _UNITS[unit] * count)


def _neighbour(hit: RuleMatch) -> Readings:
    """ "the hour before": as long as the span itself, at least an hour of it."""
    return _moved(hit, _UNITS[unit_of(hit.group("unit"))], is_unit=True)


def _moved(hit: RuleMatch, by: timedelta, *, is_unit: bool = False) -> Readings:
    earlier, calendar = hit.calendar.earlier, hit.calendar
    if earlier is None or earlier.end - earlier.start >= _DAY:
        return ()
    is_later = hit.group("way") in _LATER
    step = by if is_later else -by
    start, end = earlier.start + step, earlier.end + step
    if is_unit:  # the unit that touches the span
        start, end = (earlier.end, earlier.end + by) if is_later else (earlier.start - by, earlier.start)
    if start >= calendar.now:
        return ()
    return (Parts(instants=Instants(start, end, span_label(calendar, start, end))),)


_UNIT = r"(?P<unit>seconds?|secs?|minutes?|mins?|hours?|hrs?)"
_SPAN = r"(?:moment|instant|point(?: in time)?|minute|quarter of an hour)"
_RUN = r"(?:run|cycle|session|charge|charging session|stretch|spell|wash|load|use)"
_IN, _SAME = r"(?:at|in|during|within|for|over) ", r"(?:that|the same|that very|that same|the very same) "
_FREE = r"(?! (?:of|as|last|yesterday|today|on)(?!\S))"
_END = r"(?= \?| \.| !| ,|$)"
RULES: Sequence[Rule] = (
    (_IN + _SAME + _SPAN + _FREE, _that_moment),
    (_IN + _SAME + r"hour" + _FREE, _that_hour),
    (r"(?:(?:in|during|for|over|of) )?(?:that|this|the same) " + _RUN, _that_moment),
    (r"that (?:moment|instant)" + _END, _that_moment),
    (r"that hour" + _END, _that_hour),
    (r"(?:right |just |back )?then" + _END, _then),
    (r"(?:(?:in|on|during|over) )?(?:that|the same) (?P<part>{PART})", _that_part),
    (r"(?:on |in )?the (?P<part>{PART}) (?P<way>before|after)(?: that)?(?: one)?" + _END, _part_after),
    (r"(?:on |in )?the (?P<way>previous|following|next) (?P<part>{PART})" + _END, _part_after),
    (r"(?P<number>half an|{N}) " + _UNIT + r" (?P<way>later|earlier|before|after)(?: than)?(?: that)?" + _END,
     _moved_by),
    (r"the " + _UNIT + r" (?P<way>before|after)(?: that)?(?: one)?" + _END, _neighbour),
    (r"the (?P<way>previous|following|next) " + _UNIT + _END, _neighbour),
)  # fmt: skip
