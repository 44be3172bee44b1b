"""The only `Depends` wiring: routes name the service they need by type and nothing else."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.chat.chat_service import ChatService
from api_service.chat.session_service import SessionService
from api_service.database.sessions import create_engine, session_factory
from api_service.inference_client import InferenceClient
from api_service.repositories.access.ownership import Viewer
from api_service.schemas.access.keys import KeyScope, SiteName
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import KeyService
from api_service.services.access.login_service import LoginService
from api_service.services.access.request_limits import RequestLimits
from api_service.services.access.site_registry import SiteRegistry
from api_service.services.data_service import DataService
from api_service.services.device_service import DeviceService
from api_service.services.export_service import ExportService
from api_service.services.health_service import HealthService
from api_service.services.import_service import ImportService
from api_service.services.imports.jobs import ImportJobs
from api_service.services.live_service import LiveService
from api_service.services.plot_service import PlotService
from api_service.services.readings_service import ReadingsService
from api_service.services.site_service import SiteService
from api_service.services.tariff_service import TariffService
from api_service.services.upkeep.retention import RetentionService
from api_service.site_names import DEFAULT_SITE
from shared.errors import Forbidden
from shared.settings import Settings

_SITE_MEANT = "Another site, for keys of the default one; without it the site of the key that is shown."


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the gateway does, for one site.

    All sites share the queue, and what lies in the main database: keys, logins, the audit log, the registry.
    """

    settings: Settings
    engine: AsyncEngine
    inference: InferenceClient
    chat: ChatService
    sessions: SessionService
    data: DataService
    devices: DeviceService
    plots: PlotService
    exports: ExportService
    readings: ReadingsService
    imports: ImportService
    import_jobs: ImportJobs
    health: HealthService
    site: SiteService
    tariffs: TariffService
    keys: KeyService
    audit: AuditService
    logins: LoginService
    limits: RequestLimits
    registry: SiteRegistry
    live: LiveService
    retention: RetentionService

    async def start(self) -> None:
        """Take up what this site's data wait for: questions, uploads, old readings."""
        await self.chat.start()
        await self.import_jobs.start()
        await self.retention.start()

    async def close(self) -> None:
        """End what `start` began, and the connections; what all sites share stays."""
        await self.live.close()
        await self.retention.close()
        await self.import_jobs.close()
        await self.chat.close()
        await self.engine.dispose()


@dataclass(frozen=True)
class _Shared:
    """What there is one of, however many sites."""

    inference: InferenceClient
    keys: KeyService
    audit: AuditService
    logins: LoginService
    limits: RequestLimits
    registry: SiteRegistry


def build_services(settings: Settings) -> Services:
    """Construct the services of the default site; nothing connects before it is used."""
    engine = create_engine(settings)
    sessions = session_factory(engine)
    shared = _Shared(
        inference=InferenceClient(settings),
        keys=KeyService(sessions),
        audit=AuditService(sessions),
        logins=LoginService(sessions),
        limits=RequestLimits(settings),
        registry=SiteRegistry(sessions),
    )
    return _services(settings, engine, shared)


def build_site(main: Services, name: str, role: str | None) -> Services:
    """Construct those of a further site beside the default one's, acting as `role` on PostgreSQL."""
    folder = main.settings.uploads_folder / f"site_{name}"
    shared = _Shared(main.inference, main.keys, main.audit, main.logins, main.limits, main.registry)
    settings = main.settings.model_copy(update={"uploads_folder": folder})
    return _services(settings, create_engine(main.settings, name, role), shared)


def _services(settings: Settings, engine: AsyncEngine, shared: _Shared) -> Services:
    sessions = session_factory(engine)
    imports = ImportService(sessions, settings)
    return Services(
        settings=settings,
        engine=engine,
        inference=shared.inference,
        chat=ChatService(sessions, settings, shared.inference),
        sessions=SessionService(sessions, shared.inference),
        data=DataService(sessions, settings),
        devices=DeviceService(sessions, settings),
        plots=PlotService(sessions, settings),
        exports=ExportService(sessions, settings),
        readings=ReadingsService(sessions, settings),
        imports=imports,
        import_jobs=ImportJobs(sessions, settings, imports),
        health=HealthService(sessions, shared.inference),
        site=SiteService(sessions, settings),
        tariffs=TariffService(sessions),
        keys=shared.keys,
        audit=shared.audit,
        logins=shared.logins,
        limits=shared.limits,
        registry=shared.registry,
        live=LiveService(sessions),
        retention=RetentionService(sessions, settings),
    )


def services(request: Request) -> Services:
    """The services of the caller's site: the one place where a request gets at data."""
    caller = request.scope.get("caller")
    if caller is None or caller.site == DEFAULT_SITE:
        found: Services = request.app.state.services
        return found
    # Opened by whoever let the caller in; there is nothing to fall back to.
    own: Services = request.app.state.sites.opened(caller.site)
    return own


# All of them are coroutines: FastAPI takes a plain function to a thread and back at each request.
async def _settings(request: Request) -> Settings:
    return services(request).settings


async def _chat(request: Request) -> ChatService:
    return services(request).chat


async def _sessions(request: Request) -> SessionService:
    return services(request).sessions


async def _data(request: Request) -> DataService:
    return services(request).data


async def _devices(request: Request) -> DeviceService:
    return services(request).devices


async def _plots(request: Request) -> PlotService:
    return services(request).plots


async def _exports(request: Request) -> ExportService:
    return services(request).exports


async def _readings(request: Request) -> ReadingsService:
    return services(request).readings


async def _import_jobs(request: Request) -> ImportJobs:
    return services(request).import_jobs


async def _health(request: Request) -> HealthService:
    return services(request).health


async def _tariffs(request: Request) -> TariffService:
    return services(request).tariffs


async def _keys(request: Request) -> KeyService:
    return services(request).keys


async def _audit(request: Request) -> AuditService:
    return services(request).audit


async def _logins(request: Request) -> LoginService:
    return services(request).logins


async def _registry(request: Request) -> SiteRegistry:
    return services(request).registry


async def _live(request: Request) -> LiveService:
    return services(request).live


async def _site(request: Request) -> SiteService:
    return services(request).site


def viewer_of(request: Request) -> Viewer:
    """Whose key was presented; nobody's where none is asked for."""
    caller = request.scope.get("caller")
    return Viewer() if caller is None else Viewer(caller.owner, caller.may(KeyScope.ADMIN))


async def _viewer(request: Request) -> Viewer:
    return viewer_of(request)


def site_of(request: Request) -> str:
    """The site of the key that was presented; the default one where none is asked for."""
    caller = request.scope.get("caller")
    return DEFAULT_SITE if caller is None else str(caller.site)


def site_meant(request: Request, named: str | None) -> str:
    """The site whose keys or changes are meant: one's own, and of the default site's keys also another."""
    own = site_of(request)
    if named in {None, own}:
        return own
    if own != DEFAULT_SITE:
        raise Forbidden("Keys of the default site alone see and manage those of other sites.")
    return str(named)


async def _for_operators(request: Request) -> None:
    if site_of(request) != DEFAULT_SITE:
        raise Forbidden("This tells of the whole installation: it needs a key of the default site.")


async def _keys_site(
    request: Request, site: Annotated[SiteName | None, Query(description=_SITE_MEANT)] = None
) -> str:
    return site_meant(request, site)


FOR_OPERATORS = Depends(_for_operators)
SiteOfKeys = Annotated[str, Depends(_keys_site)]
RegistryDep = Annotated[SiteRegistry, Depends(_registry)]
SettingsDep = Annotated[Settings, Depends(_settings)]
ChatServiceDep = Annotated[ChatService, Depends(_chat)]
SessionServiceDep = Annotated[SessionService, Depends(_sessions)]
DataServiceDep = Annotated[DataService, Depends(_data)]
DeviceServiceDep = Annotated[DeviceService, Depends(_devices)]
PlotServiceDep = Annotated[PlotService, Depends(_plots)]
ExportServiceDep = Annotated[ExportService, Depends(_exports)]
ReadingsServiceDep = Annotated[ReadingsService, Depends(_readings)]
ImportJobsDep = Annotated[ImportJobs, Depends(_import_jobs)]
HealthServiceDep = Annotated[HealthService, Depends(_health)]
TariffServiceDep = Annotated[TariffService, Depends(_tariffs)]
KeyServiceDep = Annotated[KeyService, Depends(_keys)]
LoginServiceDep = Annotated[LoginService, Depends(_logins)]
AuditServiceDep = Annotated[AuditService, Depends(_audit)]
LiveServiceDep = Annotated[LiveService, Depends(_live)]
SiteServiceDep = Annotated[SiteService, Depends(_site)]
ViewerDep = Annotated[Viewer, Depends(_viewer)]


async def _own_session(session_id: UUID, viewer: ViewerDep, sessions: SessionServiceDep) -> str:
    await sessions.check_session(str(session_id), viewer)
    return str(session_id)


async def _own_message(message_id: UUID, viewer: ViewerDep, sessions: SessionServiceDep) -> str:
    await sessions.check_message(str(message_id), viewer)
    return str(message_id)


# An id of the path that is the caller's own; another's is not found, as one that there never was.
OwnSessionId = Annotated[str, Depends(_own_session)]
OwnMessageId = Annotated[str, Depends(_own_message)]
