"""What a database holds, in figures that two equal databases share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from api_service.site_names import schema_of, site_url

PARTITION = "electrical_data_y"  # counted with the table that they are parts of
LIVES = "SELECT cluster, device_state, n, energy_wh, power_sum_w FROM rollups WHERE resolution = 'life'"
SITES = "SELECT name FROM sites"
ROLLUPS = "SELECT resolution, count(*), sum(n) FROM rollups GROUP BY resolution"


@dataclass(frozen=True)
class Figures:
    """Schema revision, rows of each table, and the rollups.

    `rollups`: resolution, rows, readings. `lives`: each device's sums over its whole life: cluster, state,
    readings, energy in Wh, sum of powers in W; exact, since both databases keep doubles as they are. `sites`:
    the same of each further site.
    """

    revision: str | None
    rows: dict[str, int]
    rollups: list[list[Any]]
    lives: list[list[Any]]
    sites: dict[str, "Figures"] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether each site has a schema."""
        return self.revision is not None and all(site.is_whole for site in self.sites.values())

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Figures":
        """The inverse of `to_json`."""
        sites = {name: cls.from_json(site) for name, site in values.get("sites", {}).items()}
        return cls(**{**values, "sites": sites})

    def to_json(self) -> dict[str, Any]:
        """As the manifest holds it; without further sites as one that knows none reads it."""
        own = {name: value for name, value in vars(self).items() if name != "sites"}
        return own | (
            {"sites": {name: site.to_json() for name, site in self.sites.items()}} if self.sites else {}
        )

    def differences(self, other: "Figures") -> list[str]:
        """What is different in `other`, in words; empty where both are equal."""
        found = []
        if self.revision != other.revision:
            found.append(f"schema revision {self.revision} became {other.revision}")
        for table in sorted({*self.rows, *other.rows}):
            before, after = self.rows.get(table), other.rows.get(table)
            if before != after:
                found.append(f"{table}: {before} rows became {after}")
        if not _same_rows(self.rollups, other.rollups):
            found.append("the rollups count other readings")
        if not _same_rows(self.lives, other.lives):
            found.append("the sums over devices' lives differ")
        for name in sorted({*self.sites, *other.sites}):
            one, another = self.sites.get(name), other.sites.get(name)
            if one is None or another is None:
                found.append(f"site {name} is in one of both alone")
            else:
                found += [f"site {name}: {difference}" for difference in one.differences(another)]
        return found


async def figures_of(connection: AsyncConnection, database_url: str) -> Figures:
    """Count everything, of all sites; on PostgreSQL within the connection's transaction."""
    main = await _figures(connection)
    names = [row[0] for row in await _all(connection, SITES)] if "sites" in main.rows else []
    sites = {}
    for name in names:
        if connection.dialect.name == "sqlite":
            async with _connected(site_url(database_url, name)) as own:
                sites[name] = await _figures(own)
        else:
            await connection.execute(text(f"SET LOCAL search_path TO {schema_of(name)}"))
            sites[name] = await _figures(connection)
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL search_path TO DEFAULT"))
    return replace(main, sites=sites)


async def _figures(connection: AsyncConnection) -> Figures:
    """Count what the connection sees."""
    tables = sorted(await connection.run_sync(_tables))
    rows = {name: await _one(connection, f"SELECT count(*) FROM {name}") for name in tables}  # noqa: S608
    has_rollups = "rollups" in tables
    return Figures(
        revision=await _one(connection, "SELECT version_num FROM alembic_version")
        if "alembic_version" in tables
        else None,
        rows=rows,
        rollups=await _all(connection, ROLLUPS) if has_rollups else [],
        lives=await _all(connection, LIVES) if has_rollups else [],
    )


async def figures_at(database_url: str) -> Figures:
    """Count everything in a database that nobody changes, of all its sites."""
    async with _connected(database_url) as connection:
        return await figures_of(connection, database_url)


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(database_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _same_rows(rows: list[list[Any]], others: list[list[Any]]) -> bool:
    """Whether both hold the same rows; in which order depends on a database's collation."""
    return sorted(map(repr, rows)) == sorted(map(repr, others))


def _tables(connection: Connection) -> list[str]:
    names = inspect(connection).get_table_names()
    return [name for name in names if not name.startswith(PARTITION)]


async def _one(connection: AsyncConnection, statement: str) -> Any:
    return await connection.scalar(text(statement))


async def _all(connection: AsyncConnection, statement: str) -> list[list[Any]]:
    rows = (await connection.execute(text(statement))).all()
    # PostgreSQL's sum of integers is a Decimal.
    return [[int(v) if type(v).__name__ == "Decimal" else v for v in row] for row in rows]
