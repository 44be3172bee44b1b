"""The only `Depends` wiring: routes name the service they need by type and nothing else."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from api_service.chat.chat_service import ChatService
from api_service.chat.session_service import SessionService
from api_service.database.sessions import create_engine, session_factory
from api_service.inference_client import InferenceClient
from api_service.repositories.access.ownership import Viewer
from api_service.schemas.access.keys import KeyScope
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import KeyService
from api_service.services.access.login_service import LoginService
from api_service.services.access.request_limits import RequestLimits
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
from shared.settings import Settings


@dataclass(frozen=True)
class Services:
    """Everything that lives as long as the gateway does."""

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
    live: LiveService
    retention: RetentionService


def build_services(settings: Settings) -> Services:
    """Construct the services; nothing connects before it is used."""
    engine = create_engine(settings)
    sessions = session_factory(engine)
    inference = InferenceClient(settings)
    imports = ImportService(sessions, settings)
    return Services(
        settings=settings,
        engine=engine,
        inference=inference,
        chat=ChatService(sessions, settings, inference),
        sessions=SessionService(sessions, inference),
        data=DataService(sessions, settings),
        devices=DeviceService(sessions, settings),
        plots=PlotService(sessions, settings),
        exports=ExportService(sessions, settings),
        readings=ReadingsService(sessions, settings),
        imports=imports,
        import_jobs=ImportJobs(sessions, settings, imports),
        health=HealthService(sessions, inference),
        site=SiteService(sessions, settings),
        tariffs=TariffService(sessions),
        keys=KeyService(sessions),
        audit=AuditService(sessions),
        logins=LoginService(sessions),
        limits=RequestLimits(settings),
        live=LiveService(sessions),
        retention=RetentionService(sessions, settings),
    )


def services(request: Request) -> Services:
    """The gateway's services."""
    found: Services = request.app.state.services
    return found


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
