"""Keys: every statement about them; nothing here commits."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.models.keys import ApiKey
from api_service.site_names import DEFAULT_SITE


def stored_digest(digest: str, site: str | None) -> str:
    """What is stored of a key with this digest, by its site (None: of a row not stored yet, the default one).

    Keys of further sites are stored by another digest: a gateway that knows no sites would find them
    otherwise, and let them in to the default one.
    """
    if site in {None, DEFAULT_SITE}:
        return digest
    return hashlib.sha256(f"site:{digest}".encode()).hexdigest()


async def list_keys(session: AsyncSession, site: str | None) -> Sequence[ApiKey]:
    """All keys of a site (None: of every one), the newest first, revoked ones too."""
    statement = select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.key_id)
    if site is not None:
        statement = statement.where(ApiKey.site == site)
    return (await session.scalars(statement)).all()


async def find_by_digest(session: AsyncSession, digest: str, now: datetime) -> ApiKey | None:
    """The key that is neither revoked nor expired at `now`, or None.

    The digest before a rotation counts until its grace ends.
    """
    both = (digest, stored_digest(digest, "any"))
    row = await session.scalar(
        select(ApiKey).where(or_(ApiKey.digest.in_(both), ApiKey.previous_digest.in_(both)))
    )
    if row is None or row.revoked_at is not None:
        return None
    stored = stored_digest(digest, row.site)
    if stored not in {row.digest, row.previous_digest}:
        return None
    if row.digest != stored and (row.previous_until is None or row.previous_until <= now):
        return None
    return None if row.expires_at is not None and row.expires_at <= now else row


def ends_at(row: ApiKey, digest: str) -> datetime | None:
    """When the secret of that digest stops opening anything by itself; None: never."""
    is_newest = row.digest == stored_digest(digest, row.site)
    ends = [row.expires_at, None if is_newest else row.previous_until]
    return min((end for end in ends if end is not None), default=None)


async def find_key(session: AsyncSession, key_id: str, site: str | None) -> ApiKey | None:
    """The key of that id, held by this transaction until it ends; None without one in that site.

    `site` None: of whatever site it is.
    """
    row = await session.get(ApiKey, key_id, with_for_update=True)
    return row if row is not None and site in {None, row.site} else None
