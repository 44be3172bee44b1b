"""Leases on unfinished answers: who works on a message, and until when. Nothing here commits.

A lease is two columns of the message, `claimed_by` and `lease_until`. Moments are the database's, so that
gateways whose clocks differ agree on when a lease has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.clock import database_time
from api_service.models.chat import ChatMessage, Role
from api_service.repositories.chat_repository import MESSAGES, UNFINISHED


@dataclass(frozen=True)
class ClaimedMessage:
    """A message whose lease was obtained, and the database's moment at which that was."""

    row: ChatMessage
    claimed_at: datetime


async def claim_messages(
    session: AsyncSession, holder: str, lease_s: float, limit: int
) -> list[ClaimedMessage]:
    """Obtain the lease on up to `limit` unfinished answers that nobody holds one on, oldest first.

    One conditional update: two gateways never obtain the same one. On PostgreSQL rows that another gateway is
    just claiming are passed over (`SKIP LOCKED`); on SQLite writers exclude each other anyway.
    """
    free = (
        select(MESSAGES.c.id)
        .where(
            MESSAGES.c.status.in_(UNFINISHED),
            MESSAGES.c.role == Role.ASSISTANT.value,
            or_(MESSAGES.c.lease_until.is_(None), MESSAGES.c.lease_until < database_time()),
        )
        .order_by(MESSAGES.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    claimed = await session.execute(
        update(ChatMessage)
        .where(ChatMessage.id.in_(select(free.c.id)))
        .values(claimed_by=holder, lease_until=database_time(lease_s))
        .returning(ChatMessage, database_time())
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    found = [ClaimedMessage(row, moment) for row, moment in claimed]
    return sorted(found, key=lambda claim: claim.row.id)


async def renew_leases(
    session: AsyncSession, holder: str, lease_s: float, message_ids: Sequence[str]
) -> frozenset[str]:
    """Extend the leases that `holder` has on these messages; the ids of those that it still has."""
    renewed = await session.execute(
        update(MESSAGES)
        .where(MESSAGES.c.message_id.in_(message_ids), *_held_by(holder))
        .values(lease_until=database_time(lease_s))
        .returning(MESSAGES.c.message_id)
    )
    return frozenset(renewed.scalars())


async def release_leases(session: AsyncSession, holder: str) -> None:
    """End every lease of `holder`: the messages are free to be claimed at once."""
    await session.execute(update(MESSAGES).where(*_held_by(holder)).values(claimed_by=None, lease_until=None))


def _held_by(holder: str) -> tuple[ColumnElement[bool], ...]:
    return MESSAGES.c.claimed_by == holder, MESSAGES.c.status.in_(UNFINISHED)
