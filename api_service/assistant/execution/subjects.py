"""Which devices a query is about: the site, devices named or left out, one by one or by group."""

from collections.abc import Iterable

from api_service.assistant.execution.bindings import Bindings, Subject
from api_service.assistant.execution.refusals import Reason, cannot
from api_service.assistant.execution.site import Site
from api_service.assistant.query.query import DeviceScope, Per, Query
from api_service.metering.measure import Measure, MeasureKind

MAX_STATES = 20


def whole_site(site: Site, row: Measure) -> Subject:
    """All devices together: for what adds up over devices the mains, where they are metered."""
    if row.additive_over_devices and site.mains:
        return Subject("", site.mains, is_site=True)
    levels = row.kind is MeasureKind.RECORDED and not row.additive_over_devices
    clusters = tuple(site.devices) if levels else site.parts or site.mains
    return Subject("", clusters, is_site=True)


def subjects_of(query: Query, bindings: Bindings, site: Site, row: Measure) -> tuple[Subject, ...]:
    """The subjects of a query: whole site, named devices, all but these, or one for each device or group."""
    named = [bindings.devices[slot] for slot in query.devices.slots]
    scope = query.devices.scope
    if scope is DeviceScope.REST:
        if not site.mains or not site.parts:
            raise cannot(Reason.NO_MAINS, measure=row.key)
        return (Subject("", (*site.mains, *site.parts), minus=site.parts),)
    chosen = _chosen(scope, named, site)
    if query.grouping is Per.DEVICE:
        return tuple(device_subject(site, cluster) for cluster in chosen)
    if query.grouping is Per.GROUP:
        return _groups(site, chosen)
    if scope is DeviceScope.THESE:
        return tuple(named)
    if scope is DeviceScope.BUT:
        return (Subject("", chosen),)
    return (whole_site(site, row),)


def device_subject(site: Site, cluster: int) -> Subject:
    """One device."""
    return Subject(site.devices[cluster].status.name, (cluster,))


def _chosen(scope: DeviceScope, named: list[Subject], site: Site) -> tuple[int, ...]:
    mentioned = [cluster for subject in named for cluster in subject.clusters]
    if scope is DeviceScope.THESE:
        return tuple(dict.fromkeys(mentioned))
    everything = site.parts or site.mains
    if scope is DeviceScope.BUT:
        return tuple(cluster for cluster in everything if cluster not in mentioned)
    return everything


def _groups(site: Site, chosen: Iterable[int]) -> tuple[Subject, ...]:
    members: dict[str, list[int]] = {}
    for cluster in chosen:
        for group in site.devices[cluster].groups:
            members.setdefault(group, []).append(cluster)
    if not members:
        raise cannot(Reason.NO_GROUPS)
    return tuple(Subject(name, tuple(clusters)) for name, clusters in sorted(members.items()))


def states_of(site: Site, subjects: tuple[Subject, ...]) -> tuple[str, ...]:
    """The states that the subjects have been in, at most `MAX_STATES`."""
    found = {state for s in subjects for c in s.clusters for state in site.devices[c].states}
    if not found:
        name = subjects[0].name if len(subjects) == 1 else ""
        raise cannot(Reason.NOT_RECORDED, measure="state", subject=name)
    return tuple(sorted(found)[:MAX_STATES])
