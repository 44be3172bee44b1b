"""What the conditions of a query say: claims of a subject, and predicates of groups; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.cells import Role as CellRole
from api_service.assistant.execution.time_forms import is_throughout
from api_service.assistant.query.query import Bound, RelationKind, StateTest
from api_service.assistant.rendering.results.plan import Role, expand
from api_service.assistant.rendering.results.texts.nouns import noun_of, noun_phrase, with_article
from api_service.assistant.rendering.results.texts.predicates import PREDICATES
from api_service.assistant.rendering.results.view import View
from api_service.metering.measure import Statistic
from api_service.metering.measures import measure


@dataclass(frozen=True)
class Claim:
    """What the conditions of a query say of a subject: "the voltage was below 210 V", and its denial.

    `roles` are those of its slots, `bound` the place of the condition that it speaks of.
    """

    holds: str
    never: str
    roles: dict[str, Role] = field(default_factory=dict)
    bound: int | None = None
    is_state: bool = False

    def rest(self, view: View) -> dict[str, Role]:
        """The role of the conditions that the claim leaves out."""
        return view.condition_roles(skip_state=self.is_state, skip_bound=self.bound)


def claim_of(view: View, has_device: bool) -> Claim | None:
    """The claim about the subject (in the role "device" if it has one); None without conditions.

    Of the whole site's states it says whether any device has them.
    """
    where = view.query.where
    has_device = has_device and not (view.is_site and not where.bounds)
    if where.bounds:
        own = [n for n, condition in enumerate(where.bounds) if condition.measure is None]
        number = own[0] if own else 0
        condition = where.bounds[number]
        return _bound_claim(
            view, condition.measure or view.query.measure, condition.bound, number, has_device
        )
    if where.state is None or where.state.test in (StateTest.SILENT, StateTest.REPORTING):
        return None
    return _state_claim(view, has_device)


def _bound_claim(view: View, key: str, bound: Bound, number: int, has_device: bool) -> Claim:
    words, roles = view.limit_roles(bound, key)
    is_level = view.is_site and not measure(key).additive_over_devices
    noun = f"the {measure(key).noun}" + (" of {device}" if has_device and not is_level else "")
    never = "is not" if view.is_now else "was not" if view.is_at_moments else "was never"
    return Claim(
        f"{noun} {view.be} {words} {{limit}}", f"{noun} {never} {words} {{limit}}", roles, bound=number
    )


def _state_claim(view: View, has_device: bool) -> Claim:
    condition = view.query.where.state
    assert condition is not None  # noqa: S101 - the caller looked
    state = view.state_words(condition)
    if not has_device:
        is_denied = state.startswith("not ")
        return Claim(
            f"at least one device {view.be} {state}",
            f"every device {view.be} always {state.removeprefix('not ')}"
            if is_denied
            else f"no device {view.be} {state}",
            is_state=True,
        )
    is_once = view.is_now or view.is_at_moments
    never = f"{{device:{view.be}}} not" if is_once else "{device:was} never"
    return Claim(f"{{device}} {{device:{view.be}}} {state}", f"{{device}} {never} {state}", is_state=True)


# --- predicates of groups ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Predicate:
    """A verb phrase over `{who}` and its denial, with the roles of its slots and the conditions left over.

    `subject` is what it is said of: `{who}`, or "the electricity for {who}".
    """

    holds: str
    fails: str
    roles: dict[str, Role]
    subject: str = "{who}"

    @property
    def holds_for_any(self) -> str:
        """The verb phrase after "no device"."""
        return self.holds.replace("at some time", "at any time")


def predicate_of(view: View, cell: Cell | None) -> Predicate:
    """What a query selects or tests its groups by; `cell` is one of its values, for what it is called."""
    query = view.query
    noun = (
        noun_of(cell, view.query.per)
        if cell is not None
        else noun_phrase(query.measure, query.statistic, query.per)
    )
    words = {"noun": noun, "a_noun": with_article(noun)}
    return _predicate(view, cell, words)


def _predicate(view: View, cell: Cell | None, words: dict[str, str]) -> Predicate:
    query = view.query
    if any(c.role is CellRole.WITNESS for c in view.result.context):
        # Nothing fulfils the conditions on readings, so that nothing was left to be judged.
        return _by_condition(view, words)
    if query.having is not None and query.measure == "duration" and (query.where.bounds or query.where.state):
        return _of_duration(view, query.having, words)
    if query.having is not None:
        cmp, roles = view.result_limit_roles(query.having)
        return _made(_having_key(view, cell), {**words, "cmp": cmp}, {**roles, **view.condition_roles()})
    if query.usual:
        kind = query.relation.kind if query.relation else None
        words["noun"] = "energy use" if words["noun"] == "energy" else words["noun"]
        key = {RelationKind.MORE: "usual_more", RelationKind.LESS: "usual_less"}.get(kind, "usual")  # type: ignore[arg-type]
        return _made(key, words, view.condition_roles())
    return _by_condition(view, words)


def _by_condition(view: View, words: dict[str, str]) -> Predicate:
    query, now = view.query, "_now" if view.is_now and not view.by_period else ""
    state = query.where.state
    if query.measure == "last_seen" and state is not None:
        return _made(state.test.value + now, words, {})
    if query.measure == "gaps":
        return _made("gaps", words, {})
    claim = claim_of(view, has_device=False)
    if claim is None:
        return _made("any", words, view.condition_roles())
    if claim.bound is None:
        assert state is not None  # noqa: S101 - a claim of states has one
        if is_throughout(view.query, view.finding.bindings):
            return _made("off_periods" if view.by_period else "never_on", {}, claim.rest(view))
        now = "_then" if view.is_at_moments else now
        return _made("state" + now, {"state": view.state_words(state)}, claim.rest(view))
    condition = query.where.bounds[claim.bound]
    key = condition.measure or query.measure
    cmp, roles = view.limit_roles(condition.bound, key)
    bound = {"a_bound": with_article(measure(key).noun), "cmp": cmp}
    return _made("bound" + now, bound, {**roles, **claim.rest(view)})


def _of_duration(view: View, having: Bound, words: dict[str, str]) -> Predicate:
    """How long the conditions held, against a limit."""
    where = view.query.where
    cmp, roles = view.result_limit_roles(having)
    words = {**words, "cmp": cmp}
    if not where.bounds:
        assert where.state is not None  # noqa: S101 - one of both is given
        return _made("duration_state", {**words, "state": view.state_words(where.state)}, roles)
    condition = where.bounds[0]
    key = condition.measure or view.query.measure
    words["bound_cmp"], bound = view.limit_roles(condition.bound, key)
    words["a_bound"] = with_article(measure(key).noun)
    rest = view.condition_roles(skip_bound=0)
    return _made("duration_bound", words, {**roles, **rest, "bound": bound["limit"]})


def _having_key(view: View, cell: Cell | None) -> str:
    relation = view.query.relation
    if relation is not None and relation.kind.value in PREDICATES:
        return relation.kind.value
    if view.is_now:
        return "now"
    is_sum = (cell.statistic if cell is not None else view.query.statistic) == Statistic.SUM
    return view.query.measure if is_sum and view.query.measure in PREDICATES else "level"


def _made(key: str, words: Mapping[str, str], roles: dict[str, Role]) -> Predicate:
    holds, fails = PREDICATES[key]
    subject = "the electricity for {who}" if key == "cost" else "{who}"
    return Predicate(expand(holds, words), expand(fails, words), roles, subject)
