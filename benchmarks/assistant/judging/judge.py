"""Compares an answer with the gold: exact, misread, declined, false answer or broken, with reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from api_service.assistant.query.query import Ask, Per, Query, RelationKind
from api_service.metering.measures import MEASURES
from benchmarks.assistant.gold.bound_answers import Gold
from benchmarks.assistant.judging.period_words import names_period
from benchmarks.assistant.judging.said import Said, parse_moment
from tests.support.query_meaning import PERIODS, Place

EXACT, MISREAD, DECLINED, FALSE_ANSWER, BROKEN = "exact", "misread", "declined", "false answer", "broken"
_LESS = frozenset({"less", "lower", "lowest", "fewer", "smaller", "shorter", "smallest"})
_MORE = frozenset({"more", "higher", "highest", "larger", "longer", "largest"})
MOST_LISTED = 6
_NONE_WORDS = frozenset(("no", "none", "nothing", "never", "not", "nobody", "didn", "wasn", "zero", "any"))
Row = tuple[Place, Any]


@dataclass(frozen=True)
class Judgement:
    """`verdict` is one of the five; `reasons` say what was missing or too much."""

    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass
class _Case:
    said: Said
    gold: Gold
    query: Query
    rows: list[Row]
    faults: list[str] = field(default_factory=list)

    @property
    def unit(self) -> str:
        kind = self.query.relation.kind if self.query.relation else None
        if kind is RelationKind.SHARE:
            return "%"
        if kind is RelationKind.RATIO or self.query.statistic == "count" or self.query.measure == "cost":
            return ""
        return MEASURES[self.query.measure].unit.replace("¤", "")

    def has(self, value: float, place: Place | None) -> bool:
        """Whether the evidence holds the value of this row."""
        subject = _subject(self, place) if place else None
        quantity = f"{self.query.statistic.value} {self.query.measure}"
        if self.said.has(value, self.unit, subject, quantity):
            return True
        return (
            self._is_difference
            and self._tells(-value)
            and self.said.has(-value, self.unit, subject, quantity)
        )

    @property
    def _is_difference(self) -> bool:
        relation = self.query.relation
        return relation is not None and relation.kind is RelationKind.DIFFERENCE

    def _tells(self, difference: float) -> bool:
        """Whether the words say which side of a difference is more: "2 kWh less than"."""
        return bool((_LESS if difference < 0 else _MORE).intersection(self.said.text.lower().split()))


def judge(said: Said, gold: Gold) -> Judgement:
    """The verdict on one answer. `said.declines` decides what counts as a refusal."""
    if not said.text.strip():
        return Judgement(BROKEN, ("no text",))
    if gold.form == "decline":
        reasons = () if said.declines else (f"must decline: {gold.reason}",)
        return Judgement(FALSE_ANSWER if reasons else EXACT, reasons)
    if gold.form == "talk":
        reasons = ("small talk was answered with data",) if said.evidence else ()
        return Judgement(MISREAD if reasons else EXACT, reasons)
    if gold.form == "explain":
        return _explained(said)
    faults = _summary_faults(said) if gold.form == "summary" else _row_faults(said, gold)
    if faults and said.declines:
        return Judgement(DECLINED, ("declined", *faults))
    return Judgement(MISREAD if faults else EXACT, tuple(faults))


def _explained(said: Said) -> Judgement:
    """An explanation is a sentence or more that claims no data."""
    if said.kind and said.declines and said.kind not in ("explained", "explain", "glossary"):
        return Judgement(DECLINED, (said.kind,))
    if said.evidence:
        return Judgement(MISREAD, ("an explanation was asked for",))
    if not said.kind and said.declines:
        return Judgement(DECLINED, ("declined",))
    return Judgement(EXACT if len(said.text.split()) >= 8 else MISREAD)


def _summary_faults(said: Said) -> list[str]:
    return [] if len(said.evidence) >= 2 else ["a summary has several values"]


def _row_faults(said: Said, gold: Gold) -> list[str]:
    query, expected = gold.query, gold.expected
    assert query is not None
    assert expected is not None
    rows = [((name, state, max(key, 0) if key != -2 else -2), v) for (name, state, key), v in expected.rows]
    case = _Case(said, gold, query, rows)
    _check_windows(case)
    if query.ask is Ask.WHETHER:
        _check_whether(case, bool(expected.verdict))
    elif query.ask is Ask.HOW_MANY:
        _check_count(case, expected.count or 0)
    elif not rows:
        _check_nothing(case)
    elif query.ask is Ask.WHEN:
        _check_when(case)
    elif query.ask is Ask.WHICH:
        _check_which(case)
    else:
        _check_values(case)
    return case.faults


# --- each form of an answer -------------------------------------------------------------------------------


def _check_whether(case: _Case, verdict: bool) -> None:
    said = case.said.polarity
    if said is None:
        case.faults.append("no yes or no")
    elif said is not verdict:
        case.faults.append(f"says {'yes' if said else 'no'}")
    shown = [row for row in case.rows if _is_number(row[1])]
    if not shown or not case.said.evidence:
        return
    if not any(case.has(value, place) for place, value in shown):
        case.faults.append("evidence without the value that decides")


def _check_count(case: _Case, count: int) -> None:
    if float(count) not in case.said.counts and not (count == 0 and case.said.days & _NONE_WORDS):
        case.faults.append(f"lacks the count {count}")
    elif case.query.per in (None, Per.DEVICE) and 0 < count <= MOST_LISTED:
        named = {name for name in case.said.devices if name in {place[0] for place, _ in case.rows}}
        if case.said.devices and len(named) < count:
            case.faults.append(f"counts other devices than {[place[0] for place, _ in case.rows]}")


def _check_nothing(case: _Case) -> None:
    if not case.said.days & _NONE_WORDS:
        case.faults.append("nothing fulfils it, and the answer does not say so")


def _check_which(case: _Case) -> None:
    """Names of devices, groups or states and, where there is one, the value of each."""
    faults = case.faults
    wanted = [place for place, _ in case.rows]
    values = {value for _, value in case.rows}
    if case.query.per is Per.STATE:
        text = case.said.text.lower()
        faults += [f"lacks the state {p[1]}" for p in wanted if p[1] and p[1].lower() not in text]
        return
    names = list(dict.fromkeys(place[0] for place in wanted))
    listed = case.said.devices if case.query.per in (None, Per.DEVICE) else _spoken(case, names)
    missing = [name for name in names if name not in listed]
    if missing and len(names) - len(missing) < MOST_LISTED:
        faults.append(f"lacks {missing}")
    if case.query.order is not None and len(names) == 1 and listed and listed[0] != names[0]:
        faults.append(f"names {listed[0]} first, not {names[0]}")
    if case.query.order is None and case.query.per in (None, Per.DEVICE):
        extra = [name for name in listed if name not in names]
        if extra:
            faults.append(f"names {extra} too")
    numbers = [value for value in values if _is_number(value)]
    if numbers and case.said.evidence and not any(case.has(v, None) for v in numbers):
        faults.append(f"evidence lacks {numbers[:3]}")


def _spoken(case: _Case, names: Sequence[str]) -> list[str]:
    text = case.said.text.lower()
    return [name for name in names if name.lower() in text]


def _check_values(case: _Case) -> None:
    """Each row's value with its subject in the evidence; those that a list shows also in the words."""
    if case.query.ask is Ask.LIST and case.query.measure == "last_seen":
        _check_which(case)  # a list of the devices: their names are the answer
        return
    silent = 0
    for number, (place, value) in enumerate(case.rows):
        if isinstance(value, datetime):
            _check_moments(case, [value], needs_evidence=False)
        elif isinstance(value, str):
            if value.lower() not in case.said.text.lower():
                case.faults.append(f"lacks the state {value}")
        elif not case.has(value, place):
            case.faults.append(f"evidence lacks {value:.6g} {case.unit} of {place}")
        else:
            silent += not _check_words(case, number, value)
    if case.query.ask is Ask.LIST and len(case.rows) - silent < min(len(case.rows), 3):
        case.faults.append("the list shows too little")
    case.faults[:] = case.faults[:8]


def _check_words(case: _Case, number: int, value: float) -> bool:
    """Whether the words say the value of this row; only a list may leave out all but its first."""
    if _says(case, value):
        return True
    if number == 0 or case.query.ask is not Ask.LIST:
        case.faults.append(f"the words lack {value:.6g} {case.unit}")
    return False


def _says(case: _Case, value: float) -> bool:
    said = case.said
    return (
        said.says(value, case.unit)
        or (value < 0 and said.says(-value, case.unit))
        or (value == 0 and bool(said.days & _NONE_WORDS))
    )


def _check_when(case: _Case) -> None:
    expected = case.gold.expected
    assert expected is not None
    if expected.spans is not None:
        starts = [_moment(start) for start, _ in expected.spans]
        ends = [_moment(end) for _, end in expected.spans]
        _check_moments(case, [*starts, *ends] if len(starts) == 1 else starts)
    elif case.query.per and case.query.per.value in PERIODS:
        for place, value in case.rows[:MOST_LISTED]:
            if not names_period(case.said, case.query.per, place[2]):
                case.faults.append(f"does not name the {case.query.per.value} {place[2]}")
            if _is_number(value) and not case.has(value, place):
                case.faults.append(f"evidence lacks {value:.6g} {case.unit}")
    elif case.gold.moments_us:
        _check_moments(case, [_moment(us) for us in case.gold.moments_us])
    elif isinstance(case.rows[0][1], datetime):
        _check_moments(case, [value for _, value in case.rows], needs_evidence=False)
    else:
        _check_values(case)


def _check_moments(case: _Case, moments: Sequence[datetime], *, needs_evidence: bool = True) -> None:
    """One of the moments is told by its clock time, and the evidence has it."""
    zone = case.said.zone
    clocks = {moment.astimezone(zone).strftime("%H:%M") for moment in moments}
    clocks |= {(moment.astimezone(zone) + timedelta(seconds=30)).strftime("%H:%M") for moment in moments}
    midnight = {"00:00", "24:00"}
    told = set(case.said.reading.clocks)
    if not (clocks & told or (clocks & midnight and told & midnight)):
        case.faults.append(f"lacks the time {' or '.join(sorted(clocks)[:3])}")
    found = list(_evidence_moments(case.said))
    near = any(abs((at - moment).total_seconds()) <= 1.5 for at in found for moment in moments)
    if needs_evidence and not near:
        case.faults.append(f"evidence lacks {moments[0].isoformat()}")


def _evidence_moments(said: Said) -> Iterator[datetime]:
    for item in said.evidence:
        for key in ("at", "until", "start", "end", "value"):
            moment = parse_moment(item.get(key))
            if moment is not None:
                yield moment


# --- parts ------------------------------------------------------------------------------------------------


def _check_windows(case: _Case) -> None:
    """A stated window must be (one of) those asked for; a whole minute apart is the rounding of now."""
    window = case.said.body.get("window") or {}
    start, end = parse_moment(window.get("start")), parse_moment(window.get("end"))
    spans = case.gold.spans
    if not spans or start is None or end is None or case.said.declines or case.query.windows is None:
        return
    near = 61.0
    if any(
        abs((start - _moment(a)).total_seconds()) <= near and (end - _moment(b)).total_seconds() >= -near
        for a, b in spans
    ):
        return
    case.faults.append(f"window {window.get('start')} to {window.get('end')}")


def _subject(case: _Case, place: Place) -> str | None:
    relation = case.query.relation.kind if case.query.relation else None
    return None if relation in (RelationKind.DIFFERENCE, RelationKind.RATIO) else place[0]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
