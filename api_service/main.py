"""The gateway as an ASGI application; `python -m api_service.main` serves it on HOST and PORT."""

import resource
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from api_service.dependencies import build_services
from api_service.edge.api_keys import ApiKeys, RequireKey
from api_service.edge.audit import RecordChanges
from api_service.edge.connections import guarded_protocol
from api_service.edge.media_types import JsonBodies
from api_service.edge.methods import Methods
from api_service.edge.middleware import LimitBodies, RequestIds, TrailingSlashes
from api_service.edge.origins import KnownHosts, SameOriginWrites, is_address
from api_service.edge.rate_limits import LimitRates
from api_service.edge.wrong_keys import WrongKeys
from api_service.metrics import CountRequests
from api_service.pages import api_docs, home
from api_service.pages.description import describe
from api_service.problems import install_problem_handlers
from api_service.routers import (
    chat,
    devices,
    health,
    imports,
    openai,
    plots,
    readings,
    sessions,
    site,
    tariffs,
)
from api_service.routers.access import audit, keys, login
from api_service.services.access.request_limits import rates_of, wrong_key_rates_of
from api_service.sites import Sites
from shared.errors import InvalidInput
from shared.logs import configure_logs, get_logger
from shared.settings import EXIT_BAD_SETTINGS, Settings, exposure_fault, load_settings_or_exit
from shared.tracing import configure_traces_or_exit

log = get_logger(__name__)

# An idle connection is closed after this long; api_service.edge.connections bounds the others.
KEEP_ALIVE_S = 15
SHUTDOWN_GRACE_S = 10
# As `uvicorn.run` exits when the application or the port cannot be had.
EXIT_NOT_STARTED = 3
# A smaller answer fits into one packet as it is.
SMALLEST_COMPRESSED = 1200


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the gateway; without `settings` they are read from the environment (exit code 2 if bad)."""
    settings = settings or load_settings_or_exit()
    configure_logs(settings.log_level, settings.log_format)
    app = FastAPI(
        title="AskWatt",
        description="Ask your electrical data.",
        lifespan=_lifespan,
        redirect_slashes=False,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    install_problem_handlers(app)
    modules = (
        home,
        api_docs,
        chat,
        sessions,
        devices,
        plots,
        readings,
        imports,
        health,
        site,
        tariffs,
        keys,
        audit,
        login,
        openai,
    )
    routers = [*(module.router for module in modules), readings.points_router]
    for router in routers:
        app.include_router(router)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's way to extend it
    _add_middleware(app, settings, [route for router in routers for route in router.routes])
    return app


def _add_middleware(app: FastAPI, settings: Settings, routes: Sequence[BaseRoute]) -> None:
    slashed = frozenset(
        route.path
        for route in routes
        if isinstance(route, APIRoute) and route.path.endswith("/") and route.path != "/"
    )
    # The last one added is the outermost.
    app.add_middleware(JsonBodies, routes=routes)
    app.add_middleware(Methods, routes=routes)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_COMPRESSED, compresslevel=4)
    app.add_middleware(
        LimitBodies, max_bytes=settings.max_request_bytes, max_upload_bytes=settings.max_upload_bytes
    )
    app.add_middleware(RecordChanges)
    if any(rates_of(settings)):
        app.add_middleware(LimitRates, by_address=not settings.asks_for_keys)
    app.add_middleware(
        RequireKey,
        keys=_keys_or_exit(settings),
        looks_up=settings.asks_for_keys,
        wrong_keys=WrongKeys() if wrong_key_rates_of(settings) else None,
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=["*"], allow_headers=["*"]
        )
    app.add_middleware(SameOriginWrites, origins=settings.cors_origins)
    app.add_middleware(KnownHosts, names=_own_names(settings))
    app.add_middleware(CountRequests)
    app.add_middleware(TrailingSlashes, slashed=slashed)
    app.add_middleware(RequestIds)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.services = build_services(app.state.settings)
    app.state.sites = sites = Sites(app.state.services)
    await sites.start()
    try:
        yield
    finally:
        await sites.close()


def _keys_or_exit(settings: Settings) -> ApiKeys | None:
    try:
        return ApiKeys.read(settings.api_keys_file) if settings.api_keys_file else None
    except InvalidInput as error:
        _exit(f"API_KEYS_FILE: {error}")


def _exit(line: str) -> NoReturn:
    sys.stderr.write(f"askwatt: bad setting: {line}\n")
    raise SystemExit(EXIT_BAD_SETTINGS)


def _own_names(settings: Settings) -> list[str]:
    """ALLOWED_HOSTS and HOST, where that is a name."""
    own = [] if is_address(settings.host) else [settings.host]
    return [*own, *settings.allowed_hosts]


def _raise_file_limit() -> None:
    """Each connection is an open file, and shells allow 1,024: take all that this user may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class _Server(uvicorn.Server):
    """uvicorn, which first ends the streams that would last for ever."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or Ctrl-C."""
        if (sites := getattr(self._app.state, "sites", None)) is not None:
            sites.end_streams()
        super().handle_exit(sig, frame)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    settings = load_settings_or_exit()
    if fault := exposure_fault(settings):
        _exit(fault)
    configure_traces_or_exit(settings, "askwatt-gateway")
    # uvicorn raises the signal once more after it has shut down in order; that is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    _raise_file_limit()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        http=guarded_protocol(settings.max_connections_per_address),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        ws="none",  # nothing here speaks it, and an upgraded connection would be out of the guard's sight
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
    )
    server = _Server(config, app)
    server.run()
    if not server.started:
        sys.exit(EXIT_NOT_STARTED)


if __name__ == "__main__":
    main()
