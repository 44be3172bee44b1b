"""A finding as the wordings look at it: names, windows, conditions and limits in words; pure."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from api_service.assistant.execution.bindings import Subject
from api_service.assistant.execution.cells import Cell, Finding, Result
from api_service.assistant.execution.implied_window import RECORD_LABEL, implied_window
from api_service.assistant.execution.time_forms import collapses, is_at_moments
from api_service.assistant.query.query import (
    PERIODS,
    Bound,
    BoundKind,
    DeviceScope,
    HoursTest,
    Per,
    Query,
    RelationKind,
    Slot,
    StateCondition,
    StateTest,
    WindowForm,
)
from api_service.assistant.rendering.formatting import display_name, format_list, is_plural
from api_service.assistant.rendering.results.plan import Role
from api_service.assistant.rendering.results.texts.quantities import limit_text, limit_words, state_text
from api_service.assistant.rendering.results.texts.times import (
    bare_label,
    filter_text,
    moment_window,
    past_label,
)
from api_service.assistant.types import DeviceRef, Moment, Window
from api_service.metering.analysis.conditions import Limit
from api_service.metering.measure import Statistic
from api_service.metering.measures import MEASURES, measure

EVER_TEXT = "in the whole record"
SITE_TEXT = "the whole site"
REST_TEXT = "the rest that has no meter of its own"


@dataclass(frozen=True)
class View:
    """`finding` at a moment of the site."""

    finding: Finding
    moment: Moment
    devices: tuple[DeviceRef, ...] = ()

    @property
    def query(self) -> Query:
        """The query."""
        return self.finding.query

    @property
    def result(self) -> Result:
        """Its result."""
        return self.finding.result

    # --- subjects --------------------------------------------------------------------------------------

    @cached_property
    def _alike(self) -> frozenset[str]:
        """Spoken names that several devices of the site or subjects of the result have."""
        by_clusters: dict[tuple[int, ...], str] = {}
        by_clusters |= {(device.cluster,): display_name(device.name) for device in self.devices}
        by_clusters |= {
            cell.subject.clusters: _displayed(cell.subject) for cell in self.result.cells if cell.subject.name
        }
        texts = [text.casefold() for text in by_clusters.values()]
        return frozenset(text for text in texts if texts.count(text) > 1)

    def name(self, subject: Subject) -> str:
        """A device or group as it is said; "" for a level of the whole site, which needs no name."""
        if subject.is_site:
            return SITE_TEXT
        if subject.minus:
            return REST_TEXT
        if not subject.name:
            return f"everything except {self.left_out}" if self.is_but else "all of them together"
        text = _displayed(subject)
        if text.casefold() in self._alike and len(subject.clusters) == 1:
            return f"{text} (cluster {subject.clusters[0]})"
        return text

    @property
    def is_but(self) -> bool:
        """Whether the query leaves devices out."""
        return self.query.devices.scope is DeviceScope.BUT

    @property
    def left_out(self) -> str:
        """The devices that a query names, such as to leave them out: "the oven and the fridge"."""
        return format_list(
            [_displayed(self.finding.bindings.devices[slot]) for slot in self.query.devices.slots]
        )

    def device(self, cell: Cell, label: str = "device") -> dict[str, Role]:
        """The role of a cell's subject; none for levels of the whole site, which are said without one."""
        row = MEASURES[cell.measure]
        if cell.subject.is_site and not row.additive_over_devices and row.scales:
            return {}
        return {label: Role(self.name(cell.subject), "device", is_plural=self.takes_plural(cell.subject))}

    @property
    def is_site(self) -> bool:
        """Whether the query is about the whole site."""
        devices = self.query.devices
        return not devices.slots and devices.scope is DeviceScope.ALL

    @property
    def by_period(self) -> bool:
        """Whether the result has a row for each period, and not one over all of them."""
        return self.query.per in PERIODS and not collapses(self.query, measure(self.query.measure))

    def takes_plural(self, subject: Subject) -> bool:
        """Whether a subject's name takes "are"."""
        return bool(subject.name) and is_plural(subject.name)

    # --- times -----------------------------------------------------------------------------------------

    @property
    def is_now(self) -> bool:
        """Whether the newest readings are meant."""
        is_latest = self.query.statistic is Statistic.LATEST or self.query.measure == "last_seen"
        is_open = self.query.windows is None and self.query.where.hours is None
        return is_open and is_latest and not self.query.usual and self.query.per not in PERIODS

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows as far as words are concerned; none for now."""
        windows, now = self.query.windows, self.moment.now
        if windows is None:
            return () if self.is_now or self.query.statistic in _SEARCHED else (self._default(),)
        if windows.form is WindowForm.EVER:
            return (Window(now, now, EVER_TEXT),)
        named = [self.finding.bindings.times[slot].windows for slot in windows.slots]
        if self.is_at_moments:
            return tuple(moment_window(parts[0].start, self.moment) for parts in named)
        if windows.form is WindowForm.AROUND:
            label = bare_label(named[0][0].label)
            return (
                replace(named[0][0], label=f"after {label}"),
                replace(named[0][0], label=f"before {label}"),
            )
        return tuple(Window(parts[0].start, parts[-1].end, past_label(parts[0].label)) for parts in named)

    @property
    def is_at_moments(self) -> bool:
        """Whether values are those of the readings nearest to a moment."""
        return is_at_moments(self.query, self.finding.bindings)

    def _default(self) -> Window:
        now = self.moment.now
        if self.query.usual and self.query.statistic is Statistic.LATEST:
            return Window(now - timedelta(hours=1), now, "in the last hour")
        implied = self.result.implied or implied_window(self.query, self.finding.bindings, now)
        is_record = implied is None or implied.label == RECORD_LABEL
        return Window(now, now, EVER_TEXT) if implied is None or is_record else implied

    @property
    def window(self) -> Window | None:
        """The only window, if there is one that bounds moments."""
        windows = self.windows
        return windows[0] if len(windows) == 1 and windows[0].start < windows[0].end else None

    @property
    def hours(self) -> tuple[str, ...]:
        """The recurring hours in words, one or two sides."""
        condition = self.query.where.hours
        if condition is None:
            return ()
        filters = [self.finding.bindings.hours[slot] for slot in condition.slots]
        if condition.test is HoursTest.OUTSIDE:
            filters = [
                replace(f, terms=tuple(replace(t, negated=not t.negated) for t in f.terms)) for f in filters
            ]
        return tuple(filter_text(condition) for condition in filters)

    def time_roles(self, *, sides: bool = False) -> dict[str, Role]:
        """The role "window", and "first"/"second" in its place where the sides of a comparison are times."""
        windows, hours = [window.label for window in self.windows], list(self.hours)
        if sides and len(windows) == 2:
            both = [f"{label} {hours[0]}" if hours else label for label in windows]
            return {"first_time": Role(both[0], "first time"), "second_time": Role(both[1], "second time")}
        found = {}
        if sides and len(hours) == 2:
            found = {"first_time": Role(hours[0], "first time"), "second_time": Role(hours[1], "second time")}
            hours = []
        windows[1:], hours[1:] = (
            [bare_label(label) for label in windows[1:]],
            [bare_label(label) for label in hours[1:]],
        )
        text = " ".join(filter(None, (" against ".join(windows), " against ".join(hours))))
        return {"window": Role(text, "time"), **found} if text else found

    # --- conditions ------------------------------------------------------------------------------------

    def condition_roles(self, *, skip_state: bool = False, skip_bound: int | None = None) -> dict[str, Role]:
        """The role "cond" of the conditions on readings: "while on", "while the voltage was below 210 V"."""
        where, parts = self.query.where, []
        if where.state is not None and not skip_state and where.state.test not in _REPORTING:
            parts.append(self.state_words(where.state))
        for number, condition in enumerate(where.bounds):
            if number != skip_bound:
                row = measure(condition.measure or self.query.measure)
                parts.append(f"the {row.noun} {self.be} {self.limit_of(condition.bound, row.key)}")
        said = [" and ".join(f"while {part}" for part in parts), self.among]
        text = " ".join(filter(None, said))
        return {"cond": Role(text, "condition")} if text else {}

    @property
    def among(self) -> str:
        """Among which devices is chosen: "apart from the oven", "of the oven and the TV"; "" among all."""
        query = self.query
        if query.grouping is not Per.DEVICE or query.relation is not None or not self.result.rows:
            return ""
        if self.is_but:
            return f"apart from {self.left_out}"
        is_one = query.order is not None and len(self.result.rows) == 1
        return f"of {self.left_out}" if is_one and len(query.devices.slots) > 1 else ""

    @property
    def be(self) -> str:
        """ "is" of now, else "was"."""
        return "is" if self.is_now else "was"

    def state_words(self, condition: StateCondition) -> str:
        """ "on", "off", "in the state “heating”", "not in the state “heating”"."""
        if condition.test in (StateTest.ON, StateTest.OFF):
            return condition.test.value
        state = self.finding.bindings.states[condition.slot] if condition.slot is not None else ""
        text = f"in the state {state_text(state)}"
        return text if condition.test is StateTest.IS else f"not {text}"

    def limit(self, bound: Bound, key: str) -> Limit:
        """The values that a bound lets through."""
        numbers = [self.finding.bindings.numbers[Slot(slot)] for slot in bound.numbers]
        if bound.kind is BoundKind.ABOVE:
            return Limit(low=numbers[0])
        if bound.kind is BoundKind.BELOW:
            return Limit(high=numbers[0])
        if bound.kind is BoundKind.BETWEEN:
            return Limit(min(numbers), max(numbers), closed=True)
        normal = self.finding.bindings.limits[key]
        return normal if bound.kind is BoundKind.NORMAL else replace(normal, outside=not normal.outside)

    def limit_of(self, bound: Bound, key: str) -> str:
        """A bound in words and numbers: "above 2 kW"."""
        limit = self.limit(bound, key)
        return f"{limit_words(key, limit)} {limit_text(key, limit, MEASURES[key].unit)}"

    def limit_roles(self, bound: Bound, key: str) -> tuple[str, dict[str, Role]]:
        """The words of a bound on readings ("above"), and the role "limit" of its numbers."""
        limit = self.limit(bound, key)
        return limit_words(key, limit), {"limit": Role(limit_text(key, limit, MEASURES[key].unit), "limit")}

    def result_limit_roles(self, bound: Bound) -> tuple[str, dict[str, Role]]:
        """The words of the bound on results, and the role "limit" of its numbers."""
        key = self.query.measure
        limit, unit = self.limit(bound, key), self._limit_unit(key)
        words = limit_words(key, limit)
        if self.query.relation is not None and unit in ("%", "times"):
            words = {"above": "more than", "below": "less than"}.get(words, words)
        return words, {"limit": Role(limit_text(key, limit, unit), "limit")}

    @property
    def result_limits(self) -> tuple[float, ...]:
        """The ends of the bound on results, in the measure's unit; none where it bounds something else."""
        query = self.query
        if query.having is None or query.relation is not None or query.statistic is Statistic.COUNT:
            return ()
        limit = self.limit(query.having, query.measure)
        return tuple(end for end in (limit.low, limit.high) if math.isfinite(end))

    def _limit_unit(self, key: str) -> str:
        kind = self.query.relation.kind if self.query.relation else None
        if kind is RelationKind.SHARE:
            return "%"
        if kind is RelationKind.RATIO:
            return "times"
        if self.query.statistic is Statistic.COUNT:
            return "times"
        currency = next((cell.unit for cell in self.result.cells if cell.measure == "cost"), "\u00a4")
        return currency if key == "cost" else MEASURES[key].unit


_SEARCHED = (Statistic.FIRST, Statistic.LAST)
_REPORTING = (StateTest.SILENT, StateTest.REPORTING)


def _displayed(subject: Subject) -> str:
    return display_name(subject.name) or f"Device {subject.clusters[0]}"
