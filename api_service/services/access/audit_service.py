"""The audit log: who changed what, when and from where."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models.audit import AuditEntry
from api_service.repositories.access.audit_repository import list_entries, set_outcome
from api_service.schemas.access.audit import AuditQuery, AuditRow
from api_service.schemas.page import Page, decode_cursor, encode_cursor
from api_service.site_names import DEFAULT_SITE
from shared.errors import AskWattError
from shared.logs import get_logger

log = get_logger(__name__)

LONGEST_TARGET = 500
COMMAND = "COMMAND"
# What a command that did what it was told counts as, and one that did not.
DONE, NOT_DONE = 200, 500


@dataclass(frozen=True)
class Attempt:
    """A change that somebody is about to make; the fields are those of `AuditEntry`."""

    action: str
    target: str
    address: str
    owner: str | None = None
    key_id: str | None = None
    request_id: str | None = None
    site: str = DEFAULT_SITE


class AuditService:
    """Writes an entry before a change, and its outcome after it."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions

    async def begin(self, attempt: Attempt) -> int:
        """Note what is about to be changed; the entry's id."""
        entry = AuditEntry(
            at=datetime.now(UTC),
            owner=attempt.owner,
            key_id=attempt.key_id,
            address=attempt.address,
            request_id=attempt.request_id,
            action=attempt.action,
            target=attempt.target[:LONGEST_TARGET],
            site=attempt.site,
        )
        async with transaction(self._sessions) as session:
            session.add(entry)
        return entry.id

    async def end(self, entry_id: int, status: int, details: dict[str, Any] | None = None) -> None:
        """Note how it was answered.

        Where that fails its entry stays without an outcome: the change is made and is not told as failed.
        """
        try:
            async with transaction(self._sessions) as session:
                await set_outcome(session, entry_id, status, details)
        except (AskWattError, SQLAlchemyError) as error:
            log.warning("audit_outcome_lost", entry_id=entry_id, status=status, reason=str(error))

    @asynccontextmanager
    async def command(self, target: str, site: str = DEFAULT_SITE) -> AsyncIterator[None]:
        """A change by a command of this machine; the user of the system is its owner."""
        owner = system_user()[:100]
        entry_id = await self.begin(Attempt(COMMAND, target, "command line", owner=owner, site=site))
        status = NOT_DONE
        try:
            yield
            status = DONE
        finally:
            await self.end(entry_id, status)

    async def entries(self, query: AuditQuery, site: str = DEFAULT_SITE) -> Page[AuditRow]:
        """A page of a site's entries, newest first; raises `InvalidInput` for a foreign cursor."""
        before_id = decode_cursor(query.cursor)
        async with snapshot(self._sessions) as session:
            rows = await list_entries(session, site, query, before_id, query.limit + 1)
        more = encode_cursor(rows[query.limit - 1].id) if len(rows) > query.limit else None
        items = [AuditRow.model_validate(row) for row in rows[: query.limit]]
        return Page(items=items, next_cursor=more, limit=query.limit)


def system_user() -> str:
    """Who runs this process; by number where the system has no name, as in containers of any uid."""
    try:
        return getuser()
    except (KeyError, OSError, ImportError):  # which one depends on Python's version
        return f"uid {os.getuid()}"
