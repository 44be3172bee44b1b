"""A query as the type rules look at it."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_service.assistant.query.query import Bound, DeviceScope, Per, Query, RelationKind, WindowForm
from api_service.metering.measures import Measure


@dataclass(frozen=True)
class View:
    """A query with the rows of its measures; what the rules look at."""

    query: Query
    measure: Measure
    measures: Mapping[str, Measure]

    @property
    def relation(self) -> RelationKind | None:
        """Its relation's kind."""
        return self.query.relation.kind if self.query.relation else None

    @property
    def rows(self) -> list[tuple[Measure, Bound]]:
        """The conditions on readings, each with its measure."""
        return [
            (self.measure if bound.measure is None else self.measures[bound.measure], bound.bound)
            for bound in self.query.where.bounds
        ]

    @property
    def sides(self) -> dict[str, int]:
        """How many sides each part has that a comparison may be made of; parts with one are left out."""
        query, windows, hours = self.query, self.query.windows, self.query.where.hours
        around = windows is not None and windows.form is WindowForm.AROUND
        counts = {
            "devices": len(query.devices.slots) if query.grouping is not Per.DEVICE else 0,
            "windows": 2 if around else len(windows.slots) if windows else 0,
            "hours": len(hours.slots) if hours else 0,
            "usual": 2 if query.usual else 0,
            "day kinds": 2 if query.per is Per.WEEKDAY_OR_WEEKEND else 0,
        }
        if query.devices.scope is not DeviceScope.THESE:
            counts["devices"] = 0
        return {part: count for part, count in counts.items() if count > 1}

    @property
    def is_number(self) -> bool:
        """Whether the result can be reckoned with."""
        return bool(self.measure.scales)
