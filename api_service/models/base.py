"""The declarative base and the one column type for moments."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

from api_service.metering.moments import epoch_us, from_epoch_us
from api_service.metering.units import as_utc


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment: `timestamptz` on PostgreSQL, integer epoch microseconds on SQLite.

    Integers keep SQLite's order, arithmetic and index small; a naive datetime is refused on the way in.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the storage type of the database at hand."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Aware datetime to the stored form."""
        if value is None:
            return None
        return epoch_us(value) if dialect.name == "sqlite" else as_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The stored form to an aware UTC datetime."""
        if value is None:
            return None
        return from_epoch_us(value) if dialect.name == "sqlite" else as_utc(value)


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
