"""The grammar of the linear form: ONE table, from which parser, printer, automaton, sampler and docs derive.

A linear query is the words of its parts in the order of `parts`; what has its default value is left out.
A new measure or statistic needs a row of the registry only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from api_service.assistant.query.query import (
    Ask,
    Bound,
    BoundKind,
    Devices,
    DeviceScope,
    End,
    Explain,
    HoursCondition,
    HoursTest,
    MeasureCondition,
    Order,
    Outcome,
    Per,
    Query,
    Relation,
    RelationKind,
    SlotKind,
    StateCondition,
    StateTest,
    Summary,
    Where,
    WindowForm,
    Windows,
)
from api_service.assistant.query.syntax.nodes import Many, Maybe, Node, Pick, SlotOf, Tagged
from api_service.assistant.query.syntax.records import Keyed, OneOf, Record, Variants
from api_service.metering.measures import MEASURES, Measure, Statistic

CONCEPTS = (
    "sag",
    "swell",
    "harmonics",
    "power_quality",
    "kwh",
    "standby",
    "base_load",
    "peak_load",
    "phase",
    "mains",
    "cluster",
    "tariff",
    "confidence",
)
"""Terms of the glossary that are no measures."""


@dataclass(frozen=True)
class Part:
    """One part of a query: the field it fills, its syntax, what it means."""

    field: str
    node: Node
    meaning: str


@dataclass(frozen=True)
class QueryGrammar:
    """The whole language over some measures. `root` reads a `Request`."""

    measures: Mapping[str, Measure]
    parts: tuple[Part, ...]
    root: Node


def _flag(word: str, chance: float) -> Node:
    return Maybe(Pick({word: True}), default=False, chance=chance)


def _words(members: Iterable[StrEnum]) -> dict[str, Any]:
    return {member.value: member for member in members}


_NUMBER = SlotOf(frozenset({SlotKind.NUMBER}))
_STATE = SlotOf(frozenset({SlotKind.STATE}))
_TIME = SlotOf(frozenset({SlotKind.TIME}))
_HOURS = SlotOf(frozenset({SlotKind.HOURS}))
_DEVICE = SlotOf(frozenset({SlotKind.DEVICE, SlotKind.GROUP}))

_BOUND = Variants(
    Bound,
    "kind",
    {
        BoundKind.ABOVE: {"numbers": Many(_NUMBER, 1, 1)},
        BoundKind.BELOW: {"numbers": Many(_NUMBER, 1, 1)},
        BoundKind.BETWEEN: {"numbers": Many(_NUMBER, 2, 2)},
        BoundKind.NORMAL: {},
        BoundKind.POOR: {},
    },
    {BoundKind.ABOVE: 3.0, BoundKind.BELOW: 2.0},
)
_DEVICES = Variants(
    Devices,
    "scope",
    {
        DeviceScope.THESE: {"slots": Many(_DEVICE)},
        DeviceScope.BUT: {"slots": Many(_DEVICE)},
        DeviceScope.REST: {},
    },
    {DeviceScope.THESE: 12.0, DeviceScope.BUT: 1.5, DeviceScope.REST: 0.4},
)
_WINDOWS = Variants(
    Windows,
    "form",
    {
        WindowForm.IN: {"slots": Many(_TIME, 1, 2)},
        WindowForm.AROUND: {"slots": Many(_TIME, 1, 1)},
        WindowForm.EVER: {},
    },
    {WindowForm.IN: 20.0, WindowForm.AROUND: 0.6, WindowForm.EVER: 1.0},
)
_ONE_WINDOW = Variants(
    Windows,
    "form",
    {WindowForm.IN: {"slots": Many(_TIME, 1, 1)}, WindowForm.EVER: {}},
    {WindowForm.IN: 20.0},
)
_STATE_TEST = Variants(
    StateCondition,
    "test",
    {
        StateTest.ON: {},
        StateTest.OFF: {},
        StateTest.IS: {"slot": _STATE},
        StateTest.NOT: {"slot": _STATE},
        StateTest.SILENT: {},
        StateTest.REPORTING: {},
    },
    {StateTest.ON: 5.0, StateTest.OFF: 2.0},
)
_HOURS_TEST = Variants(
    HoursCondition,
    "test",
    {
        HoursTest.DURING: {"slots": Many(_HOURS, 1, 2)},
        HoursTest.OUTSIDE: {"slots": Many(_HOURS, 1, 1)},
    },
    {HoursTest.DURING: 5.0},
)
_ORDER = Record(
    Order,
    {
        "end": Pick(_words(End), {"most": 2.0}),
        "limit": Maybe(Tagged("limit", _NUMBER), chance=0.3),
        "rank": Maybe(Tagged("rank", _NUMBER), chance=0.1),
    },
)
_RELATION = Variants(
    Relation,
    "kind",
    {
        RelationKind.SHARE: {"slot": Maybe(_DEVICE)},
        RelationKind.DIFFERENCE: {},
        RelationKind.RATIO: {},
        RelationKind.TIMES: {"slot": _NUMBER},
        RelationKind.MORE: {},
        RelationKind.LESS: {},
    },
    {RelationKind.SHARE: 2.0},
)
_ASKS = {
    "value": 5.0,
    "when": 2.5,
    "which": 2.5,
    "whether": 3.0,
    "how_many": 1.2,
    "list": 2.5,
    "compare": 1.5,
}
_MEASURES = {
    "power": 5.0,
    "energy": 6.0,
    "voltage": 2.0,
    "state": 2.0,
    "on_time": 2.0,
    "cost": 2.0,
    "thd": 2.0,
}
_PERS = {"day": 3.0, "hour_of_day": 2.0, "state": 0.5, "weekday_or_weekend": 1.5}


def _measured(measures: Mapping[str, Measure], statistics: Iterable[Statistic]) -> Node:
    """A measure, then the statistic where it is not the measure's own default."""
    every = list(statistics)
    nodes: dict[str, Node] = {}
    for key, row in measures.items():
        others = {word: member for word, member in _words(every).items() if member != row.default_statistic}
        sensible = {word: 20.0 if member in row.statistics else 1.0 for word, member in others.items()}
        nodes[key] = Maybe(Pick(others, sensible), row.default_statistic, chance=0.4)
    return Keyed(nodes, _MEASURES)


def _where(measures: Mapping[str, Measure]) -> Node:
    measure = Pick({key: key for key in measures}, _MEASURES)
    condition = Record(MeasureCondition, {"measure": Maybe(measure, chance=0.4), "bound": _BOUND})
    fields = {
        "state": Maybe(_STATE_TEST, chance=0.4),
        "bounds": Maybe(Many(condition, 1, 2), (), chance=0.4),
        "hours": Maybe(_HOURS_TEST, chance=0.25),
    }
    return Maybe(Tagged("where", Record(Where, fields, some=True)), Where(), chance=0.3)


def _parts(measures: Mapping[str, Measure], statistics: Iterable[Statistic]) -> tuple[Part, ...]:
    grouped = [per for per in Per if per is not Per.DEVICE]
    return (
        Part("ask", Pick(_words(Ask), _ASKS), "the form of the answer"),
        Part(
            "measured",
            _measured(measures, statistics),
            "the measure, and the statistic unless it is the measure's own",
        ),
        Part(
            "per",
            Maybe(Tagged("per", Pick(_words(grouped), _PERS)), chance=0.25),
            "groups other than devices; `which`, `list` and `how_many` go by device without it",
        ),
        Part("every", _flag("every", 0.03), "a yes/no question about all groups, not about any"),
        Part("devices", Maybe(_DEVICES, Devices(), chance=0.65), "the devices or groups; all without it"),
        Part("where", _where(measures), "conditions on single readings"),
        Part(
            "having",
            Maybe(Tagged("having", _BOUND), chance=0.2),
            "a condition on the result, or on each group's",
        ),
        Part(
            "order",
            Maybe(_ORDER, chance=0.35),
            "which end comes first, and how many or which place is meant",
        ),
        Part(
            "windows", Maybe(_WINDOWS, chance=0.75), "the time: one span, two to compare, or around a moment"
        ),
        Part("usual", _flag("usual", 0.08), "against what is usual for that time"),
        Part("relation", Maybe(_RELATION, chance=0.2), "what is made of the results"),
    )


def _query(measured: tuple[str, Statistic], where: Where, **fields: Any) -> Query:
    """A query in its normal form, so that what means the same is the same.

    Conditions leave the query's own measure out; several winners make a list; a last reading is a moment.
    """
    measure, statistic = measured
    order: Order | None = fields["order"]
    chooses = fields["ask"] is Ask.WHICH or (fields["ask"] is Ask.WHEN and fields["per"] is not None)
    if chooses and order and order.limit is not None:
        fields["ask"] = Ask.LIST
    if fields["ask"] is Ask.VALUE and measure == "last_seen":
        fields["ask"] = Ask.WHEN
    bounds = tuple(
        MeasureCondition(None, bound.bound) if bound.measure == measure else bound for bound in where.bounds
    )
    where = replace(where, bounds=bounds)
    return Query(measure=measure, statistic=statistic, where=where, **fields)


def build_grammar(
    measures: Mapping[str, Measure] = MEASURES, statistics: Iterable[Statistic] = Statistic
) -> QueryGrammar:
    """The grammar over these measures and statistics."""
    parts = _parts(measures, statistics)
    terms = {term: term for term in (*measures, *CONCEPTS)}
    explain = Record(Explain, {"term": Pick(terms), "value": Maybe(_NUMBER)})
    summary = {
        "quality": _flag("quality", 0.4),
        "devices": Maybe(_DEVICES, Devices(), chance=0.4),
        "windows": Maybe(_ONE_WINDOW, chance=0.6),
    }
    root = OneOf(
        {
            Query: Record(_query, {part.field: part.node for part in parts}),
            Explain: Tagged("explain", explain),
            Summary: Tagged("summary", Record(Summary, summary)),
            Outcome: Pick(_words(Outcome)),
        },
        {Query: 30.0, Explain: 1.5, Summary: 1.0, Outcome: 3.0},
    )
    return QueryGrammar(measures, parts, root)


GRAMMAR = build_grammar()
