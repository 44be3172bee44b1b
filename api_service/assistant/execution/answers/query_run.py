"""One query over one snapshot: its tables of values, and what is true where there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.answers.parts import is_searched, is_settled, parts_of
from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.execution.cells import Cell
from api_service.assistant.execution.compute.at_moment import moment_table
from api_service.assistant.execution.compute.beside import trend_table, with_moment
from api_service.assistant.execution.compute.evaluate import Evaluator, Table
from api_service.assistant.execution.compute.latest import last_seen_table, latest_table
from api_service.assistant.execution.compute.source import Source
from api_service.assistant.execution.refusals import CannotAnswer, Reason, Refused
from api_service.assistant.execution.site import Site
from api_service.assistant.execution.spec import Span, Spec
from api_service.assistant.execution.time_forms import reads_moment
from api_service.assistant.query.query import RelationKind
from api_service.metering.measure import Statistic
from api_service.repositories.queries.reading_columns import first_and_last


@dataclass(frozen=True)
class QueryRun:
    """What every step of the execution needs."""

    session: AsyncSession
    site: Site
    spec: Spec
    bindings: Bindings

    @property
    def source(self) -> Source:
        """Reads values."""
        return Source(self.session, self.site)

    @property
    def relation(self) -> RelationKind | None:
        """The kind of the query's relation."""
        return self.spec.query.relation.kind if self.spec.query.relation else None

    async def tables(self, spec: Spec | None = None) -> list[Table]:
        """One table per span; one of now where there is none."""
        spec = spec or self.spec
        if spec.measure.key == "last_seen":
            span = spec.spans[0] if spec.spans else None
            return [await last_seen_table(self.session, self.site, spec, span)]
        if not spec.spans:
            return [await latest_table(self.session, self.site, spec)]
        if spec.statistic is Statistic.TREND:
            return [await trend_table(self.source, self.site, spec, spec.spans[0])]
        evaluator = Evaluator(self.source, self.site, spec)
        if is_searched(spec) and not self._is_at_moment(spec, spec.spans[0]):
            return [await self._searched(evaluator, spec)]
        return [await self._over(evaluator, spec, span) for span in spec.spans]

    def _is_at_moment(self, spec: Spec, span: Span) -> bool:
        return span.is_moment and reads_moment(spec.query)

    async def _over(self, evaluator: Evaluator, spec: Spec, span: Span) -> Table:
        if self._is_at_moment(spec, span):
            return await moment_table(self.source, self.site, spec, span)
        return await evaluator.table(span)

    async def _searched(self, evaluator: Evaluator, spec: Spec) -> Table:
        """The table of the shortest part of the span that settles every group."""
        groups = len(spec.subjects) * max(1, len(spec.states))
        table: Table = {}
        for part in parts_of(spec):
            table = await evaluator.table(part)
            if len(table) == groups and is_settled(list(table.values()), part, spec.spans[0]):
                break
        return table

    def rows(self, table: Table) -> list[Cell]:
        """The cells in order of subjects, states and periods."""
        place = {subject: number for number, subject in enumerate(self.spec.subjects)}
        groups = sorted(table, key=lambda group: (place[group.subject], group.state or "", group.key))
        return [table[group] for group in groups]

    async def completed(self, cells: Sequence[Cell]) -> list[Cell]:
        """The cells with the moments of their extremes."""
        if not self.spec.spans or self.spec.statistic is Statistic.TREND:
            return list(cells)
        return [await with_moment(self.source, self.spec, self.spec.spans[0], cell) for cell in cells]

    async def why_nothing(self, subjects: Sequence[Subject]) -> CannotAnswer:
        """Why these have no value: silent by now, no readings in a window, or none that carry the measure."""
        clusters = tuple(sorted({cluster for subject in subjects for cluster in subject.clusters}))
        statuses = [self.site.devices[cluster].status for cluster in clusters]
        found = Refused(
            Reason.NOT_RECORDED,
            subject=subjects[0].name if len(subjects) == 1 else "",
            measure=self.spec.measure.key,
            first=min((status.first_seen for status in statuses), default=None),
            last=max((status.last_seen for status in statuses), default=None),
        )
        if clusters and not self.spec.spans and not any(self._reports(cluster) for cluster in clusters):
            return CannotAnswer(replace(found, reason=Reason.STALE))
        for span in self.spec.spans:
            if not await first_and_last(self.session, clusters, span.edges_us):
                return CannotAnswer(replace(found, reason=Reason.EMPTY_WINDOW, window=span.window))
        return CannotAnswer(replace(found, window=self.spec.spans[0].window if self.spec.spans else None))

    async def missing(self, rows: Sequence[Cell]) -> tuple[Refused, ...]:
        """Why each device or group that the query names has no row, where another one has."""
        if not self.spec.query.devices.slots:
            return ()
        present = {row.subject for row in rows}
        absent = [subject for subject in self.spec.subjects if subject not in present]
        refused = [(subject, (await self.why_nothing([subject])).refused) for subject in absent]
        return tuple(why for subject, why in refused if not self._is_otherwise(subject, why))

    def _is_otherwise(self, subject: Subject, why: Refused) -> bool:
        """Whether a subject has states, only not the one that is asked for: nothing of it is missing."""
        if self.spec.measure.key != "state" or why.reason is not Reason.NOT_RECORDED:
            return False
        return any(self.site.devices[cluster].status.last_state for cluster in subject.clusters)

    def silent(self) -> tuple[Refused, ...]:
        """Of a question about now: each device without a value because its last reading is too old."""
        if self.spec.spans or self.spec.measure.key == "last_seen":
            return ()
        statuses = [self.site.devices[c].status for c in self.spec.clusters if not self._reports(c)]
        return tuple(
            Refused(
                Reason.STALE,
                subject=status.name,
                measure=self.spec.measure.key,
                first=status.first_seen,
                last=status.last_seen,
            )
            for status in statuses
        )

    def _reports(self, cluster: int) -> bool:
        return self.site.is_reporting(cluster, self.site.devices[cluster].status.last_seen_us)
