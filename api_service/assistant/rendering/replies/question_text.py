"""A whole question made from a query: what could be answered in place of one that is not understood; pure.

It is made from what was understood and never from the words that were typed, so that it is a sentence and
says all that the query holds. A query that has no plain question gives none.
"""

from collections.abc import Callable, Mapping, Sequence

from api_service.assistant.entities.entity import Entity
from api_service.assistant.query.query import (
    PERIODS,
    Ask,
    Bound,
    End,
    Order,
    Per,
    Query,
    RelationKind,
    Request,
    Summary,
)
from api_service.assistant.rendering.replies.question_words import SITE, NoWords, QuestionWords
from api_service.assistant.rendering.results.texts.nouns import UNITS_OF_LISTS, noun_phrase, plural
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES

_EXTREMES = {Statistic.MIN: "lowest", Statistic.MAX: "highest"}
_DIRECTED = (RelationKind.MORE, RelationKind.LESS)


def question_text(request: Request, entities: Sequence[Entity]) -> str:
    """The question that a request answers, its slot N being `entities[N]`; "" where there is no plain one."""
    if isinstance(request, Summary) and not request.devices.slots and request.windows is None:
        return "How is the power quality?" if request.quality else "How are things?"
    if not isinstance(request, Query):
        return ""
    try:
        text = _FORMS[request.ask](QuestionWords(request, entities))
    except NoWords:
        return ""
    return f"{text[0].upper()}{' '.join(text[1:].split())}?"


def _value(words: QuestionWords) -> str:
    query = words.query
    if query.relation is not None or query.usual or query.having is not None:
        return _share(words)
    if query.order is not None:
        raise NoWords
    per = f" per {UNITS_OF_LISTS[query.per]}" if query.per and query.statistic is Statistic.SUM else ""
    if query.per not in (None, *PERIODS):
        raise NoWords
    special = _AMOUNTS.get(query.measure) if query.statistic is Statistic.SUM else None
    if special is not None:
        return special.format(who=words.who, be=words.be, per=per, when=words.when)
    if query.measure in ("duration", "state", "gaps", "last_seen") or query.statistic is Statistic.COUNT:
        return _happening(words)
    be = "is" if words.is_now else "was"
    now = " right now" if words.is_now else ""
    return f"what {be} the {_noun(query)}{words.of}{per}{now}{words.when}"


_AMOUNTS: Mapping[str, str] = {
    "energy": "how much energy did {who} use{per}{when}",
    "cost": "what did the electricity for {who} cost{per}{when}",
    "on_time": "how long {be} {who} on{per}{when}",
    "switch_ons": "how often {be} {who} switched on{per}{when}",
}


def _share(words: QuestionWords) -> str:
    query = words.query
    relation = query.relation
    is_plain = not (query.usual or query.having or query.order or query.per)
    if (
        relation is None
        or relation.kind is not RelationKind.SHARE
        or relation.slot is not None
        or not is_plain
    ):
        raise NoWords
    return f"what share of the total {_noun(query)} {words.be} that of {words.who}{words.when}"


def _happening(words: QuestionWords) -> str:
    """How often, for how long or in which state something was."""
    query = words.query
    if query.measure == "state" and query.statistic is Statistic.LATEST and not query.where.bounds:
        if query.where or words.who == SITE or len(words.names) != 1:
            raise NoWords
        return f"which state {words.be} {words.who} in{words.when}"
    opening = {Statistic.COUNT: "how often", Statistic.SUM: "for how long"}.get(query.statistic)
    if opening is None or query.per is not None or query.measure in ("gaps", "last_seen"):
        raise NoWords
    return f"{opening} {_claim(words)}"


def _claim(words: QuestionWords) -> str:
    """A condition as a question's clause: "was the oven on yesterday", "was the voltage below 210 V"."""
    where, times = words.query.where, _times(words)
    if len(words.times) > 1:
        raise NoWords
    if where.state is not None and not where.bounds:
        who = "anything" if words.who == SITE else words.who
        return f"{words.be} {who} {words.state(where.state)}{times}"
    if len(where.bounds) != 1 or where.state is not None:
        raise NoWords
    one = where.bounds[0]
    be = "is" if words.is_now else "was"
    noun = MEASURES[one.measure or words.query.measure].noun
    return f"{be} the {noun}{words.of} {words.bound(one.bound, one.measure)}{times}"


def _when(words: QuestionWords) -> str:
    query = words.query
    if query.per in PERIODS:
        return f"which {_chosen(words)}"
    if query.per is not None or query.relation is not None or query.usual or query.having is not None:
        raise NoWords
    if query.measure == "state" or (query.where.bounds and query.statistic not in _EXTREMES):
        return _when_claimed(words)
    if query.statistic not in _EXTREMES or not MEASURES[query.measure].columns:
        raise NoWords
    return f"when was the {MEASURES[query.measure].noun}{words.of} {_EXTREMES[query.statistic]}{words.when}"


def _when_claimed(words: QuestionWords) -> str:
    query, state = words.query, words.query.where.state
    place = {Statistic.FIRST: "first", Statistic.LAST: "last"}.get(query.statistic)
    if place is None:
        return f"when {_claim(words)}"
    if state is None or query.where.bounds or words.who == SITE:
        raise NoWords
    times = _times(words)
    return f"when {words.be} {words.who} {place} {words.state(state)}{times}"


def _which(words: QuestionWords) -> str:
    return f"which {_chosen(words)}"


def _how_many(words: QuestionWords) -> str:
    if words.query.order is not None:
        raise NoWords
    return f"how many {_chosen(words)}"


def _chosen(words: QuestionWords) -> str:
    """The groups that an order or a condition chooses: "day had the highest energy of the oven last week"."""
    query = words.query
    if query.relation is not None or query.usual or query.measure == "last_seen":
        raise NoWords
    if query.grouping is Per.DEVICE and words.is_one_device:
        raise NoWords  # nothing is chosen among one
    if query.order is not None:
        return _first(words, query.order)
    return _above(words, query.having) if query.having is not None else _in_state(words)


def _first(words: QuestionWords, order: Order) -> str:
    query = words.query
    if order.rank is not None or order.limit is not None or query.having is not None:
        raise NoWords
    end = "highest" if order.end is End.MOST else "lowest"
    noun = _noun(query).removeprefix("highest ").removeprefix("lowest ")
    unit, among, of = _unit_among(words)
    return f"{unit}{among} {'has' if words.is_now else 'had'} the {end} {noun}{of}{words.when}"


def _above(words: QuestionWords, having: Bound) -> str:
    if not having.numbers:
        raise NoWords
    noun = _noun(words.query)
    if not noun.startswith(("energy", "time", "switch")):
        noun = f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"
    unit, among, of = _unit_among(words)
    have = "have" if words.is_now else "had"
    return f"{plural(unit)}{among} {have} {noun}{of} {words.bound(having)}{words.when}"


def _in_state(words: QuestionWords) -> str:
    query = words.query
    if query.measure != "state" or query.grouping in PERIODS or query.where.state is None:
        raise NoWords
    unit, among, _ = _unit_among(words)
    times = _times(words)
    return (
        f"{plural(unit)}{among} {'are' if words.is_now else 'were'} {words.state(query.where.state)}{times}"
    )


def _unit_among(words: QuestionWords) -> tuple[str, str, str]:
    """What is chosen, among which, and whose value is meant: the devices stand in one of the two places."""
    grouping = words.query.grouping or Per.DEVICE
    in_periods = grouping in PERIODS
    return UNITS_OF_LISTS[grouping], "" if in_periods else words.among, words.of if in_periods else ""


def _list(words: QuestionWords) -> str:
    query = words.query
    if query.relation is not None or query.usual or query.having is not None:
        raise NoWords
    if query.order is not None and (query.order.rank is not None or query.order.limit is not None):
        raise NoWords
    order = f", {'highest' if query.order.end is End.MOST else 'lowest'} first" if query.order else ""
    be = "is" if words.is_now else "was"
    if query.measure in ("last_seen", "state"):
        raise NoWords
    by = f" by {UNITS_OF_LISTS[query.grouping or Per.DEVICE]}"
    of = words.of
    if query.grouping is Per.DEVICE:
        by, of = ("", of) if words.is_one_device else (by, "" if words.who == SITE else of)
    return f"what {be} the {_noun(query)}{of}{by}{words.when}{order}"


def _compared(words: QuestionWords) -> str:
    query, times = words.query, words.times
    if query.relation is not None or query.usual or query.per is not None or query.where:
        raise NoWords
    if len(times) == 2:
        return f"how does the {_noun(query)}{words.of} {times[0]} compare with that {times[1]}"
    if len(words.names) != 2:
        raise NoWords
    first, second = words.names
    return f"how does the {_noun(query)} of {first} compare with that of {second}{words.when}"


def _whether(words: QuestionWords) -> str:
    query = words.query
    if query.per is not None or query.every:
        raise NoWords
    be = "is" if words.is_now else "was"
    if query.relation is not None and query.relation.kind in _DIRECTED:
        return f"{be} {_directed(words)}"
    if query.relation is not None or query.usual:
        raise NoWords
    if query.having is not None:
        return f"{be} the {_noun(query)}{words.of} {words.bound(query.having)}{words.when}"
    return _claim(words)


def _directed(words: QuestionWords) -> str:
    query, times = words.query, words.times
    assert query.relation is not None  # noqa: S101 - the caller looked
    than = "higher" if query.relation.kind is RelationKind.MORE else "lower"
    if query.usual:
        return f"the {_noun(query)}{words.of} {than} than usual{words.when}"
    if len(times) == 2 and not query.where:
        return f"the {_noun(query)}{words.of} {than} {times[0]} than {times[1]}"
    if len(words.names) != 2:
        raise NoWords
    first, second = words.names
    return f"the {_noun(query)} of {first} {than} than that of {second}{words.when}"


def _times(words: QuestionWords) -> str:
    """All times and hours, a blank before each."""
    return "".join(f" {time}" for time in (*words.times, *words.hours))


def _noun(query: Query) -> str:
    return noun_phrase(query.measure, query.statistic, query.per)


_FORMS: Mapping[Ask, Callable[[QuestionWords], str]] = {
    Ask.VALUE: _value,
    Ask.WHEN: _when,
    Ask.WHICH: _which,
    Ask.WHETHER: _whether,
    Ask.HOW_MANY: _how_many,
    Ask.LIST: _list,
    Ask.COMPARE: _compared,
}
