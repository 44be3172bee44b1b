"""Keys that open the gateway; the keys themselves are stored nowhere."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base, UtcDateTime
from api_service.site_names import DEFAULT_SITE, LONGEST_NAME


class ApiKey(Base):
    """One key by its SHA-256 digest; a revoked one stays, for the record.

    `name` says which key it is, `owner` to whom conversations held with it belong. `site` is the one whose
    data it opens; keys of further sites are stored by another digest (`key_repository.stored_digest`). After
    a rotation the digest before is honoured until `previous_until`.
    """

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    previous_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(String(100))
    # Nullable, so that a gateway of the version before can still make keys while it is being replaced.
    given_owner: Mapped[str | None] = mapped_column("owner", String(100))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # With a default of the database's own, so that a gateway of the version before can still make keys.
    site: Mapped[str] = mapped_column(String(LONGEST_NAME), default=DEFAULT_SITE, server_default=DEFAULT_SITE)

    @property
    def owner(self) -> str:
        """Whose key it is: its name where nobody was named."""
        return self.given_owner or self.name
