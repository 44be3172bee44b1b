"""The sites of this gateway: each with services, connections and background work of its own."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError

from api_service.dependencies import Services, build_site
from api_service.site_names import DEFAULT_SITE
from api_service.timeouts import DATABASE_RETRY_S
from shared.errors import Unavailable
from shared.logs import get_logger
from shared.tasks import cancel_and_wait

log = get_logger(__name__)


class Sites:
    """Opens sites: at the start those that there are, later ones with their first request."""

    def __init__(self, main: Services) -> None:
        self._main = main
        self._open: dict[str, Services] = {}
        self._opening = asyncio.Lock()
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve the default site, and open all others as soon as the database tells them."""
        await self._main.start()
        self._starting = asyncio.create_task(self._open_all())

    async def close(self) -> None:
        """End everything, what all sites share last."""
        if self._starting is not None:
            await cancel_and_wait([self._starting])
        for services in [*self._open.values(), self._main]:
            await services.close()
        await self._main.inference.close()
        await self._main.limits.close()

    def end_streams(self) -> None:
        """End the streams that would last for ever. May be called by a signal handler."""
        for services in [*self._open.values(), self._main]:
            services.live.end()

    @property
    def are_several(self) -> bool:
        """Whether further sites are open."""
        return bool(self._open)

    def opened(self, name: str) -> Services:
        """The services of a further site that is open; raises `KeyError`."""
        return self._open[name]

    async def open(self, name: str) -> None:
        """Let requests at a site. Raises `NotFound` where there is none, `Unavailable`."""
        if name == DEFAULT_SITE or name in self._open:
            return
        async with self._opening:
            if name not in self._open:
                await self._main.registry.check(name)
                self._open[name] = await self._started(name)

    async def _started(self, name: str) -> Services:
        services = build_site(self._main, name, await self._role(name))
        try:
            await services.start()
        except BaseException:
            await services.close()
            raise
        return services

    async def _role(self, name: str) -> str | None:
        role = await self._main.registry.role(name)
        if role is None and self._main.engine.dialect.name == "postgresql":
            log.warning(
                "site_without_role",
                site=name,
                help="`make db-init` by a role with CREATEROLE; docs/access.md",
            )
        return role

    async def _open_all(self) -> None:
        """Questions, uploads and old readings of a site wait for nobody's request."""
        while True:
            try:
                for name in await self._main.registry.names():
                    await self.open(name)
            except (Unavailable, SQLAlchemyError):  # away, or not migrated yet: health tells
                await asyncio.sleep(DATABASE_RETRY_S)
            except Exception:
                log.exception("sites_not_opened")
                return
            else:
                if self._open and not self._main.settings.asks_for_keys:
                    log.warning(
                        "sites_without_keys", help="the default one alone is served: REQUIRE_KEYS=true"
                    )
                return
