"""From conversations and households to questions with gold; asks them and judges the answers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api_service.assistant.query.query import Query, SlotKind, WindowForm
from benchmarks.assistant.gold.bound_answers import POORLY_SET_UP, Gold, gold_of
from benchmarks.assistant.households.served import Served
from benchmarks.assistant.judging.judge import BROKEN, Judgement, judge
from benchmarks.assistant.judging.said import Known, Said, unsupported
from benchmarks.assistant.questions.filling import LIMITS, Filler, Unfit
from benchmarks.assistant.questions.sources import Chain
from simulator.rng import Rng
from tests.support.query_oracle import at

SEED = 20261127


@dataclass(frozen=True)
class Item:
    """A conversation to be asked somewhere. `twist` says what is changed so that it must be declined."""

    source: str
    chain: Chain
    twist: str = ""

    @property
    def identity(self) -> str:
        """File and line, and the twist."""
        return f"{self.source}:{self.chain[0].line}{':' if self.twist else ''}{self.twist}"


@dataclass(frozen=True)
class Case:
    """A conversation with its right answers at one household."""

    item: Item
    golds: tuple[Gold, ...]


@dataclass(frozen=True)
class Answered:
    """One asked turn with its judgement. `explained` is what the service tells of the way to its answer."""

    household: str
    case: str
    turn: int
    turns: int
    gold: Gold
    judgement: Judgement
    loose: tuple[str, ...]
    body: dict[str, Any]
    explained: dict[str, Any]
    latency_s: float


def items(found: dict[str, list[Chain]]) -> list[Item]:
    """Every conversation, and now and then a single question with a twist; in a fixed mixed order."""
    all_items: list[Item] = []
    for source, chains in found.items():
        for number, chain in enumerate(chains):
            all_items.append(Item(source, chain))
            twist = _twist(chain, number)
            if twist:
                all_items.append(Item(source, chain, twist))
    return Rng(SEED, 1).sample(all_items, len(all_items))


def _twist(chain: Chain, number: int) -> str:
    request = chain[0].request
    if len(chain) > 1 or not isinstance(request, Query) or chain[0].senseless:
        return ""
    kinds = [bracket.kind for bracket in chain[0].brackets]
    if number % 6 == 0 and SlotKind.DEVICE in kinds:
        return "unknown_device"
    has_window = request.windows is not None and request.windows.form is WindowForm.IN
    if number % 9 == 1 and has_window and kinds.count(SlotKind.TIME) == 1:
        return "empty_window" if number % 3 else "future"
    return ""


def prepared(household: Served, pool: Sequence[Item], *, last: bool) -> tuple[list[Case], list[Item]]:
    """The conversations that this household can be asked, and those that must be asked elsewhere."""
    cases, elsewhere = [], []
    for item in pool:
        golds = _golds(household, item)
        poor = golds is not None and not item.twist and any(gold.reason in POORLY_SET_UP for gold in golds)
        if golds is not None and not (poor and not last):
            cases.append(Case(item, golds))
        else:
            elsewhere.append(item)
    return cases, elsewhere


def _golds(household: Served, item: Item) -> tuple[Gold, ...] | None:
    dice = Rng(SEED, 2, len(item.identity), item.chain[0].line)
    try:
        turns = Filler(household.site, dice, item.twist).conversation(item.chain)
    except Unfit:
        return None
    return tuple(gold_of(turn, household.forms) for turn in turns)


def asked(household: Served, cases: Iterable[Case]) -> Iterator[Answered]:
    """One result for each turn, in order; a conversation has one session."""
    names = tuple(household.site.names.values())
    zone, known = household.site.clock.zone, _known(household)
    for case in cases:
        session, history = None, ""
        for place, gold in enumerate(case.golds):
            reply = household.client.ask(gold.turn.text, session)
            session = reply.body.get("session_id") or session
            history += f"\n{gold.turn.text}"
            explained = household.client.explanation(str(reply.body.get("message_id", "")))
            said = Said(reply.body, names, zone, str(explained.get("kind") or ""))
            judgement = Judgement(BROKEN, (reply.error,)) if reply.error else judge(said, gold)
            loose = tuple(unsupported(said, history, known)) if gold.form not in ("explain", "talk") else ()
            yield Answered(
                household.name, case.item.identity, place, len(case.golds), gold, judgement, loose,
                reply.body, explained, reply.latency_s,
            )  # fmt: skip


def _known(household: Served) -> Known:
    rows = household.forms.world.readings.values()
    moments = tuple(at(us) for own in rows for us in (own[0].us, own[-1].us))
    return Known(moments, tuple(side for limit in LIMITS.values() for side in (limit.low, limit.high)))
