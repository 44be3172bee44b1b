"""Keys and the audit log beneath their routes: what is remembered, what happens at once, what is lost."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.sessions import SessionFactory, create_engine, session_factory
from api_service.models.keys import ApiKey
from api_service.repositories.access.key_repository import ends_at, find_by_digest
from api_service.schemas.access.audit import AuditQuery
from api_service.schemas.access.keys import KeyRequest, KeyRotation
from api_service.services.access import audit_service, key_service
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import KeyService, digest_of
from api_service.services.access.remembered import REMEMBERED_S
from shared.settings import load_settings

ROOT = Path(__file__).parents[2]
NO_NAME = 54_321
"""A user id that no system gives away."""


@pytest.fixture
async def sqlite_sessions(sqlite_url: str) -> AsyncIterator[SessionFactory]:
    engine = create_engine(load_settings(database_url=sqlite_url))
    yield session_factory(engine)
    await engine.dispose()


async def test_two_rotations_at_once_give_two_secrets_that_open(sessions: SessionFactory) -> None:
    keys = KeyService(sessions)
    made = await keys.create(KeyRequest(name="meter"))
    rotations = (keys.rotate(made.key_id, KeyRotation(grace_s=3600)) for _ in range(2))
    both = await asyncio.gather(*rotations)
    for one in both:
        assert await keys.find(digest_of(one.key)) is not None
    assert await keys.find(digest_of(made.key)) is None


async def test_key_that_ends_is_not_remembered_beyond_its_end(sqlite_sessions: SessionFactory) -> None:
    keys = KeyService(sqlite_sessions)
    ends = datetime.now(UTC) + timedelta(seconds=REMEMBERED_S - 1)
    ends_s = time.monotonic() + REMEMBERED_S - 1
    made = await keys.create(KeyRequest.model_validate({"name": "a", "expires_at": ends.isoformat()}))
    assert await keys.find(digest_of(made.key)) is not None
    (until_s, _) = keys._callers._values[digest_of(made.key)]
    assert time.monotonic() < until_s < ends_s + 0.1


def test_old_secret_ends_with_its_grace_or_with_its_key() -> None:
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    row = ApiKey(digest="new", previous_digest="old", previous_until=noon, expires_at=None)
    assert (ends_at(row, "new"), ends_at(row, "old")) == (None, noon)
    row.expires_at = noon - timedelta(hours=1)
    assert ends_at(row, "old") == row.expires_at
    row.expires_at = noon + timedelta(hours=1)
    assert (ends_at(row, "new"), ends_at(row, "old")) == (row.expires_at, noon)


async def test_key_revoked_while_it_is_looked_up_is_not_remembered(
    sqlite_sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = KeyService(sqlite_sessions)
    made = await keys.create(KeyRequest(name="meter"))

    async def find_then_revoke(session: AsyncSession, digest: str, now: datetime) -> ApiKey | None:
        row = await find_by_digest(session, digest, now)
        await keys.revoke(made.key_id)
        return row

    with monkeypatch.context() as patch:
        patch.setattr(key_service, "find_by_digest", find_then_revoke)
        await keys.find(digest_of(made.key))
    assert await keys.find(digest_of(made.key)) is None


async def test_lost_outcome_is_not_told_as_a_failed_change(
    sqlite_sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OperationalError("UPDATE", {}, OSError("disk I/O error"))

    audit = AuditService(sqlite_sessions)
    monkeypatch.setattr(audit_service, "set_outcome", fails)
    async with audit.command("keys revoke 1"):
        pass
    with pytest.raises(KeyError, match="its own"):
        async with audit.command("keys revoke 2"):
            raise KeyError("its own")
    entries = (await audit.entries(AuditQuery())).items
    assert [(one.target, one.status) for one in entries] == [("keys revoke 2", None), ("keys revoke 1", None)]


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_command_of_a_user_without_a_name_is_told_by_number() -> None:
    """As in a container that runs under any uid: no line of /etc/passwd, no USER."""
    code = (
        "import os; from api_service.services.access.audit_service import system_user; "
        f"os.setuid({NO_NAME}); print(system_user())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == f"uid {NO_NAME}", done.stderr
