"""What an operator asks of the database at every scrape; each statement reads few rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api_service.database.clock import read_clock
from api_service.models.chat import ChatMessage, Role
from api_service.models.readings import Device
from api_service.repositories.chat_repository import UNFINISHED


@dataclass(frozen=True)
class StorageStatus:
    """`server` is the database's kind and version, `revision` the schema's.

    `oldest_question_s` is the age of the oldest question without a final answer, by the database's clock;
    None without one.
    """

    server: str
    revision: str
    devices: int
    last_reading: datetime | None
    unfinished: int
    oldest_question_s: float | None


async def storage_status(session: AsyncSession) -> StorageStatus:
    """Read it all in the session's transaction."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    number = await session.scalar(text("SELECT sqlite_version()" if is_sqlite else "SHOW server_version"))
    revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    devices, last_reading = (await session.execute(select(func.count(), func.max(Device.last_seen)))).one()
    waiting = select(func.count(), func.min(ChatMessage.timestamp)).where(
        ChatMessage.status.in_(UNFINISHED), ChatMessage.role == Role.ASSISTANT.value
    )
    unfinished, oldest = (await session.execute(waiting)).one()
    age_s = max(0.0, (await read_clock(session) - oldest).total_seconds()) if oldest else None
    server = f"{'SQLite' if is_sqlite else 'PostgreSQL'} {str(number).split()[0]}"
    return StorageStatus(server, str(revision), devices, last_reading, unfinished, age_s)
