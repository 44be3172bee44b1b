"""The further sites of an installation; their data lie in databases of their own."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api_service.models.base import Base, UtcDateTime
from api_service.site_names import LONGEST_NAME


class SiteRow(Base):
    """One further site; written when its database is ready, and in the main database alone."""

    __tablename__ = "sites"

    name: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
