"""Logins: every statement about them; nothing here commits."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.logins import Login


async def find_login(session: AsyncSession, digest: str, now: datetime) -> Login | None:
    """The login of that token's digest, if it has not ended at `now`."""
    return await session.scalar(select(Login).where(Login.digest == digest, Login.expires_at > now))


async def delete_login(session: AsyncSession, digest: str) -> None:
    """End a login."""
    await session.execute(delete(Login).where(Login.digest == digest))


async def delete_ended(session: AsyncSession, now: datetime) -> None:
    """Remove the logins that have ended by themselves."""
    await session.execute(delete(Login).where(Login.expires_at <= now))
