"""Empty databases for single tests: the schema is migrated once, then copied."""

import shutil
import sqlite3
from itertools import count
from pathlib import Path

import asyncpg

from tests.support.servers import PostgresServer

TEMPLATE = "askwatt_template"
KNOWS_STRATEGIES = 15  # older versions only copy files


class PostgresDatabases:
    """Databases of one server; a migrated one is a copy of a template's files, some 30 ms each.

    Written through the log, as is the way since version 15, a copy takes 70 ms, its removal twice as long.
    """

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = count(1)
        self._has_template = False

    async def create(self, *, migrated: bool) -> str:
        """Make a database and return its URL."""
        template = await self._template() if migrated else "template1"
        name = f"test_{next(self._numbers)}"
        strategy = "STRATEGY FILE_COPY" if self._server.version >= KNOWS_STRATEGIES else ""
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
        return self._server.url(name)

    async def drop(self, url: str) -> None:
        """Remove a database, cutting off whoever is still connected."""
        await self._execute(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    async def _template(self) -> str:
        if not self._has_template:
            await self._execute(f"CREATE DATABASE {TEMPLATE}")
            from migrations import upgrade_to_head

            await upgrade_to_head(self._server.url(TEMPLATE))
            self._has_template = True
        return TEMPLATE

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server.url().replace("+asyncpg", ""))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


class SqliteDatabases:
    """SQLite files; a migrated one is a copy of a template file."""

    def __init__(self, folder: Path) -> None:
        self._template_path = folder / "template.db"
        self._has_template = False

    async def create(self, folder: Path, *, migrated: bool) -> str:
        """Make a database file in `folder` and return its URL."""
        path = folder / "askwatt.db"
        if migrated:
            shutil.copy(await self._template(), path)
        return f"sqlite+aiosqlite:///{path}"

    async def _template(self) -> Path:
        if not self._has_template:
            from migrations import upgrade_to_head

            await upgrade_to_head(f"sqlite+aiosqlite:///{self._template_path}")
            connection = sqlite3.connect(self._template_path)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the copy is of this one file
            connection.close()
            self._has_template = True
        return self._template_path
