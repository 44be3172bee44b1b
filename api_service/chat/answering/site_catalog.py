"""The site as questions may speak of it: its devices' names and states, kept while they stay the same."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api_service.assistant.entities.catalog import Catalog, CatalogDevice
from api_service.assistant.entities.mask import prepare
from api_service.assistant.execution.site import Site, SiteDevice, load_site
from api_service.assistant.rendering.replies.examples import DeviceRecord, QuestionTerms, example_questions
from api_service.assistant.types import DeviceRef, Moment
from api_service.metering.devices.device_names import is_descriptive


@dataclass(frozen=True)
class KnownSite:
    """The site in one snapshot, and its catalogue."""

    site: Site
    catalog: Catalog
    moment: Moment

    @property
    def devices(self) -> tuple[DeviceRef, ...]:
        """All devices, by cluster."""
        return tuple(device.ref for device in self.catalog.devices)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(device.name for device in self.devices)

    @property
    def examples(self) -> tuple[str, ...]:
        """Questions that work on these data."""
        return self.examples_about(QuestionTerms())

    def examples_about(self, terms: QuestionTerms) -> tuple[str, ...]:
        """Questions that work on these data, near to what was terms."""
        statuses = [device.status for device in self.site.devices.values()]
        records = [DeviceRecord(s.name, s.first_seen, s.last_seen, s.last_power_w) for s in statuses]
        return example_questions(records, self.moment, terms)


class SiteCatalogs:
    """Loads the site; the index of its names is built in a thread when they change."""

    def __init__(self) -> None:
        self._latest = Catalog(())

    async def load(self, session: AsyncSession, moment: Moment) -> KnownSite:
        """The site as it stands."""
        site = await load_site(session, moment)
        catalog = catalog_of(site)
        if catalog == self._latest:
            catalog = self._latest
        else:
            await asyncio.to_thread(prepare, catalog)
            self._latest = catalog
        return KnownSite(site, catalog, moment)


def catalog_of(site: Site) -> Catalog:
    """Names, other names, groups and states of all devices."""
    devices = [_catalog_device(site.devices[cluster]) for cluster in sorted(site.devices)]
    states = {state for device in site.devices.values() for state in device.states}
    return Catalog(tuple(devices), tuple(sorted(states)))


def _catalog_device(device: SiteDevice) -> CatalogDevice:
    """A device that is named after one of its states may be called by the other descriptive ones too."""
    name, other = device.status.name, device.status.file_name
    aliases = [other] if other and other != name else []
    if name in device.states:
        aliases += [state for state in device.states if is_descriptive(state) and state != name]
    return CatalogDevice(DeviceRef(device.cluster, name), tuple(aliases), device.groups)
