"""What was changed, by whom, when and from where."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base, UtcDateTime
from api_service.site_names import DEFAULT_SITE, LONGEST_NAME


class AuditEntry(Base):
    """One attempt to change something; written before it is made, so that no change goes without.

    `owner` and `key_id` are those of the key (None where no key is asked for, or for keys of a file), `site`
    is the key's, `address` the client's. `status` is that of the answer; None where the process ended before
    it.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_owner_id", "owner", "id"),
        Index("ix_audit_log_site_id", "site", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    owner: Mapped[str | None] = mapped_column(String(100))
    key_id: Mapped[str | None] = mapped_column(String(36))
    address: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(500))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    status: Mapped[int | None] = mapped_column()
    # With a default of the database's own: a gateway of the version before goes on writing.
    site: Mapped[str] = mapped_column(String(LONGEST_NAME), default=DEFAULT_SITE, server_default=DEFAULT_SITE)
