"""An accepted question answered by the data, or by the glossary's limits for this site."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.execution.answers.request import needs_limits, run_request, supply_levels
from api_service.assistant.execution.cells import Findings
from api_service.assistant.execution.site import load_site
from api_service.assistant.query.query import Explain, Outcome
from api_service.assistant.rendering.glossary.explain import judgement_of
from api_service.assistant.rendering.glossary.glossary import glossary
from api_service.assistant.types import Moment
from api_service.chat.answering.decisions import AcceptedQuery, Reply


async def computed(session: AsyncSession, accepted: AcceptedQuery, moment: Moment) -> Findings | Reply:
    """The findings, all of one snapshot. Raises `CannotAnswer` with the true reason where there are none."""
    request = accepted.query.request
    if isinstance(request, Outcome):
        raise TypeError(f"{request!r} asks for no data")
    site = await load_site(session, moment)
    levels = await supply_levels(session, tuple(site.devices)) if needs_limits(request) else {}
    ranges = glossary().normal_ranges(levels)
    if isinstance(request, Explain):
        if request.value is None:
            raise TypeError("a term alone needs no data")
        number = accepted.bindings.numbers[request.value]
        return Reply("explained", judgement_of(request.term, number, ranges), query=accepted.query)
    bindings = replace(accepted.bindings, limits={key: row.limit for key, row in ranges.items()})
    found = await run_request(session, request, bindings, site, moment)
    for other in accepted.others:
        more = await computed(session, other, moment)
        if isinstance(more, Findings):
            found = replace(found, parts=(*found.parts, *more.parts))
    return found
