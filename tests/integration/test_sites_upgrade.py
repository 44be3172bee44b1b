"""The gateway of the version before beside sites: it goes on writing, and lets no key of a site in."""

from datetime import UTC, datetime

from sqlalchemy import or_, select, text

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models import ApiKey
from api_service.repositories.access.key_repository import stored_digest
from api_service.schemas.access.audit import AuditQuery
from api_service.schemas.access.keys import KeyRequest, KeyRotation
from api_service.services.access.audit_service import AuditService
from api_service.services.access.key_service import KeyService, digest_of

# As version 0013 writes and reads them.
OLD_KEY = (
    "INSERT INTO api_keys (key_id, digest, name, scopes, created_at) "
    "VALUES ('k', :digest, 'old', :scopes, :at)"
)
OLD_ENTRY = "INSERT INTO audit_log (at, address, action, target) VALUES (:at, 'here', 'POST', '/api/keys/')"


async def test_old_gateway_goes_on_writing_keys_and_entries(sessions: SessionFactory) -> None:
    on_sqlite = sessions.writers is not None
    at = 1_770_000_000_000_000 if on_sqlite else datetime(2026, 2, 2, tzinfo=UTC)
    digest = digest_of("of the old version")
    async with transaction(sessions) as session:
        await session.execute(text(OLD_KEY), {"digest": digest, "scopes": '["read"]', "at": at})
        await session.execute(text(OLD_ENTRY), {"at": at})
    caller = await KeyService(sessions).find(digest)
    assert caller is not None
    assert caller.site == "default"
    assert len((await AuditService(sessions).entries(AuditQuery())).items) == 1
    assert (await AuditService(sessions).entries(AuditQuery(), "roof")).items == []


async def test_old_gateway_finds_no_key_of_a_site(sessions: SessionFactory) -> None:
    keys = KeyService(sessions)
    made = await keys.create(KeyRequest(name="Bea"), "roof")
    rotated = await keys.rotate(made.key_id, KeyRotation(grace_s=3600), "roof")
    for key in (made.key, rotated.key):
        digest = digest_of(key)
        caller = await keys.find(digest)
        assert caller is not None
        assert caller.site == "roof"
        async with snapshot(sessions) as session:  # the old version's statement
            old = or_(ApiKey.digest == digest, ApiKey.previous_digest == digest)
            assert (await session.scalars(select(ApiKey).where(old))).all() == []
        # Nor is what is stored a way in: neither as a key's digest, nor for the default site.
        assert await keys.find(stored_digest(digest, "roof")) is None
