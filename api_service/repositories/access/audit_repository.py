"""The audit log: every statement about it; nothing here commits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.audit import AuditEntry
from api_service.schemas.access.audit import AuditQuery


async def set_outcome(
    session: AsyncSession, entry_id: int, status: int, details: dict[str, Any] | None
) -> None:
    """Note how a change was answered, and what it was in detail."""
    await session.execute(
        update(AuditEntry).where(AuditEntry.id == entry_id).values(status=status, details=details)
    )


async def list_entries(
    session: AsyncSession, site: str, query: AuditQuery, before_id: int | None, limit: int
) -> Sequence[AuditEntry]:
    """Up to `limit` entries of a site that `query` wants, newest first, before the one with that row id."""
    statement = select(AuditEntry).where(AuditEntry.site == site).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    if query.owner is not None:
        statement = statement.where(AuditEntry.owner == query.owner)
    if query.address is not None:
        statement = statement.where(AuditEntry.address == query.address)
    if query.target is not None:
        statement = statement.where(AuditEntry.target.startswith(query.target, autoescape=True))
    if query.start is not None:
        statement = statement.where(AuditEntry.at >= query.start)
    if query.end is not None:
        statement = statement.where(AuditEntry.at < query.end)
    return (await session.scalars(statement)).all()
