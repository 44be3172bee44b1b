"""Logins of the page: a random token in a cookie that no script can read, instead of the key."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from api_service.database.sessions import SessionFactory, snapshot, transaction
from api_service.models.logins import Login
from api_service.repositories.access.login_repository import delete_ended, delete_login, find_login
from api_service.services.access.key_service import KEY_BYTES, digest_of
from api_service.services.access.remembered import Remembered

KEPT_S = 30 * 24 * 3600
# Of a login that ends with the browser: one that never closes is asked again the next day.
UNKEPT_S = 12 * 3600


class LoginService:
    """Makes, finds and ends logins; only the tokens' SHA-256 digests are stored."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions
        self._key_digests: Remembered[str] = Remembered()

    async def begin(self, key_digest: str, *, keep: bool, instead_of: str | None = None) -> str:
        """Log in with the key of that digest; the token. The login of another token ends with it."""
        token, now = secrets.token_urlsafe(KEY_BYTES), datetime.now(UTC)
        lasts = timedelta(seconds=KEPT_S if keep else UNKEPT_S)
        row = Login(digest=digest_of(token), key_digest=key_digest, created_at=now, expires_at=now + lasts)
        async with transaction(self._sessions) as session:
            await delete_ended(session, now)
            if instead_of is not None:
                await delete_login(session, digest_of(instead_of))
            session.add(row)
        self._key_digests.forget()
        return token

    async def find(self, token: str) -> str | None:
        """The digest of the key that was logged in with; None for a token that is unknown or has ended."""
        digest = digest_of(token)

        async def look_up() -> tuple[str, datetime] | None:
            async with snapshot(self._sessions) as session:
                row = await find_login(session, digest, datetime.now(UTC))
            return None if row is None else (row.key_digest, row.expires_at)

        return await self._key_digests.find(digest, look_up)

    async def end(self, token: str) -> None:
        """Log out: at once here, within `REMEMBERED_S` at other gateways."""
        async with transaction(self._sessions) as session:
            await delete_login(session, digest_of(token))
        self._key_digests.forget()


def csrf_token_of(token: str) -> str:
    """What a page must send with its changes. A foreign page cannot read the cookie, so it cannot know it."""
    return hashlib.sha256(f"csrf:{token}".encode()).hexdigest()


def is_csrf_token(given: str, token: str) -> bool:
    """Whether `given` is the one of that login, compared in constant time."""
    return hmac.compare_digest(given.encode(), csrf_token_of(token).encode())
