"""Pages that are logged in; the tokens themselves are stored nowhere."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base, UtcDateTime


class Login(Base):
    """One logged-in page by its token's SHA-256 digest; it allows what the key allows."""

    __tablename__ = "logins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
