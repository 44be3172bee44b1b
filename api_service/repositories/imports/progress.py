"""The table `imports`: how far each file has come."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.metering.moments import epoch_us
from api_service.models import Device, ElectricalData, Import, ImportState, Rollup
from api_service.repositories.imports.device_sources import lock_numbers
from shared.errors import Conflict

# An import that has told nothing for so long has stopped.
IMPORT_PATIENCE = timedelta(hours=1)


@dataclass(frozen=True)
class Progress:
    """What is committed with the rows of a block: the place after it, and all that is known there."""

    byte_offset: int
    line: int
    accepted: int
    duplicates: int
    rejected: int
    report: dict[str, Any]
    state: ImportState = ImportState.RUNNING


async def has_tables(session: AsyncSession) -> bool:
    """Whether the schema is there."""
    connection = await session.connection()
    names = {table.__tablename__ for table in (Import, ElectricalData, Rollup)}
    found = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    return names <= found


async def find_unfinished(session: AsyncSession, digest: str) -> Import | None:
    """The newest import with this digest that did not come to its end."""
    statement = (
        select(Import)
        .where(Import.digest == digest, Import.state == ImportState.RUNNING)
        .order_by(Import.updated_at.desc())
        .limit(1)
    )
    return (await session.execute(statement)).scalar_one_or_none()


async def newest_reading_us(session: AsyncSession) -> int | None:
    """The newest moment of all devices; None where there are none."""
    newest = await session.scalar(select(func.max(Device.last_seen)))
    return None if newest is None else epoch_us(newest)


async def add_import(
    session: AsyncSession, file_name: str, digest: str, size_bytes: int, import_id: str | None = None
) -> Import:
    """A new import that stands before the first line."""
    now = datetime.now(UTC)
    await lock_numbers(session)
    number = (await session.scalar(select(func.max(Import.number))) or 0) + 1
    row = Import(
        id=import_id or str(uuid4()),
        number=number,
        file_name=file_name,
        digest=digest,
        size_bytes=size_bytes,
        byte_offset=0,
        line=0,
        accepted=0,
        duplicates=0,
        rejected=0,
        state=ImportState.RUNNING,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    return row


async def resume_import(session: AsyncSession, import_id: str) -> None:
    """Say that an import goes on: `is_importing` from now on, for whoever holds `lock_numbers`."""
    await lock_numbers(session)
    await session.execute(update(Import).where(Import.id == import_id).values(updated_at=datetime.now(UTC)))


async def is_importing(session: AsyncSession) -> bool:
    """Whether a file is being imported."""
    recently = datetime.now(UTC) - IMPORT_PATIENCE
    running = select(Import.id).where(Import.state == ImportState.RUNNING, Import.updated_at > recently)
    return (await session.scalar(running.limit(1))) is not None


async def load_import(session: AsyncSession, import_id: str) -> Import | None:
    """One import."""
    return await session.get(Import, import_id)


async def list_imports(session: AsyncSession, before: int | None, limit: int) -> list[Import]:
    """The newest imports, those numbered below `before`."""
    statement = select(Import).where(Import.number.is_not(None)).order_by(Import.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Import.number < before)
    return list((await session.execute(statement)).scalars())


async def end_import(
    session: AsyncSession, import_id: str, state: ImportState, error: str | None = None
) -> None:
    """Set how an import ended, with the reason where it failed."""
    row = await session.get(Import, import_id, with_for_update=True)
    if row is not None:
        row.state, row.updated_at = state, datetime.now(UTC)
        row.report = {**(row.report or {}), **({"error": error} if error else {})}


async def save_progress(session: AsyncSession, import_id: str, before: int, progress: Progress) -> None:
    """Move an import on from byte offset `before`; `Conflict` when somebody else has moved it already."""
    statement = (
        update(Import)
        .where(Import.id == import_id, Import.byte_offset == before, Import.state == ImportState.RUNNING)
        .values(
            byte_offset=progress.byte_offset,
            line=progress.line,
            accepted=progress.accepted,
            duplicates=progress.duplicates,
            rejected=progress.rejected,
            report=progress.report,
            state=progress.state,
            updated_at=datetime.now(UTC),
        )
        .returning(Import.id)
        .execution_options(synchronize_session=False)
    )
    if (await session.execute(statement)).scalar_one_or_none() is None:
        raise Conflict("Another process is importing the same file; wait for it to end.")
