"""Keys: every statement about them; nothing here commits."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.keys import ApiKey


async def list_keys(session: AsyncSession) -> Sequence[ApiKey]:
    """All keys, the newest first, revoked ones too."""
    return (await session.scalars(select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.key_id))).all()


async def find_by_digest(session: AsyncSession, digest: str, now: datetime) -> ApiKey | None:
    """The key that is neither revoked nor expired at `now`, or None.

    The digest before a rotation counts until its grace ends.
    """
    row = await session.scalar(
        select(ApiKey).where(or_(ApiKey.digest == digest, ApiKey.previous_digest == digest))
    )
    if row is None or row.revoked_at is not None:
        return None
    if row.digest != digest and (row.previous_until is None or row.previous_until <= now):
        return None
    return None if row.expires_at is not None and row.expires_at <= now else row


def ends_at(row: ApiKey, digest: str) -> datetime | None:
    """When the secret of that digest stops opening anything by itself; None: never."""
    ends = [row.expires_at, None if row.digest == digest else row.previous_until]
    return min((end for end in ends if end is not None), default=None)


async def find_key(session: AsyncSession, key_id: str) -> ApiKey | None:
    """The key of that id, held by this transaction until it ends, or None."""
    return await session.get(ApiKey, key_id, with_for_update=True)
