"""Keys: made, listed, rotated, revoked, and found for whoever presents one."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models.keys import ApiKey
from api_service.repositories.access.key_repository import (
    ends_at,
    find_by_digest,
    find_key,
    list_keys,
    stored_digest,
)
from api_service.schemas.access.keys import KeyDetails, KeyList, KeyRequest, KeyRotation, KeyScope, NewKey
from api_service.services.access.remembered import Remembered
from api_service.site_names import DEFAULT_SITE
from shared.errors import Conflict, NotFound

KEY_BYTES = 32


@dataclass(frozen=True)
class Caller:
    """Who presents a key, what it allows, and in which site. `key_id` is None for a key of API_KEYS_FILE."""

    owner: str
    scopes: frozenset[KeyScope]
    key_id: str | None = None
    site: str = DEFAULT_SITE

    def may(self, scope: KeyScope) -> bool:
        """`admin` allows everything."""
        return scope in self.scopes or KeyScope.ADMIN in self.scopes


class KeyService:
    """The keys of the database; only their SHA-256 digests are stored.

    `site` is the one whose keys are meant; None, which commands of this machine say: those of every site.
    """

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions
        self._callers: Remembered[Caller] = Remembered()

    async def create(self, request: KeyRequest, site: str = DEFAULT_SITE) -> NewKey:
        """Make a 256-bit key of a site that there is; the answer alone ever holds it."""
        key = secrets.token_urlsafe(KEY_BYTES)
        row = ApiKey(
            key_id=str(uuid4()),
            digest=stored_digest(digest_of(key), site),
            site=site,
            name=request.name,
            given_owner=request.owner or request.name,
            scopes=sorted(scope.value for scope in set(request.scopes)),
            created_at=datetime.now(UTC),
            expires_at=request.expires_at,
        )
        async with transaction(self._sessions) as session:
            session.add(row)
        return NewKey(**KeyDetails.model_validate(row).model_dump(), key=key)

    async def keys(self, site: str | None = DEFAULT_SITE) -> KeyList:
        """All keys, revoked ones too."""
        async with snapshot(self._sessions) as session:
            rows = await list_keys(session, site)
        return KeyList(items=[KeyDetails.model_validate(row) for row in rows])

    async def rotate(self, key_id: str, request: KeyRotation, site: str | None = DEFAULT_SITE) -> NewKey:
        """Give a key a new secret; the old one is honoured for the grace, one before that no longer.

        Raises `NotFound`, and `Conflict` for a key that has ended.
        """
        key, now = secrets.token_urlsafe(KEY_BYTES), datetime.now(UTC)
        async with transaction(self._sessions) as session:
            row = await find_key(session, key_id, site)
            if row is None:
                raise NotFound(f"There is no key {key_id}.")
            if row.revoked_at or (row.expires_at and row.expires_at <= now):
                raise Conflict(f"The key {key_id} has ended; make a new one.")
            row.previous_digest, row.digest = row.digest, stored_digest(digest_of(key), row.site)
            row.previous_until = now + timedelta(seconds=request.grace_s)
            row.rotated_at = now
        self._callers.forget()
        return NewKey(**KeyDetails.model_validate(row).model_dump(), key=key)

    async def revoke(self, key_id: str, site: str | None = DEFAULT_SITE) -> None:
        """End a key, at once here and within `REMEMBERED_S` elsewhere; raises `NotFound`."""
        async with transaction(self._sessions) as session:
            row = await find_key(session, key_id, site)
            if row is None:
                raise NotFound(f"There is no key {key_id}.")
            row.revoked_at = row.revoked_at or datetime.now(UTC)
        self._callers.forget()

    async def find(self, digest: str) -> Caller | None:
        """Who presents the key of that digest; None for one that is unknown, revoked or expired."""

        async def look_up() -> tuple[Caller, datetime | None] | None:
            async with snapshot(self._sessions) as session:
                row = await find_by_digest(session, digest, datetime.now(UTC))
            if row is None:
                return None
            scopes = frozenset(KeyScope(scope) for scope in row.scopes)
            return Caller(row.owner, scopes, row.key_id, row.site), ends_at(row, digest)

        return await self._callers.find(digest, look_up)


def digest_of(key: str) -> str:
    """What is stored of a key. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
