"""Imports taken out again, by the command as over HTTP."""

from api_service.database.sessions import SessionFactory, transaction
from api_service.models import ImportState
from api_service.repositories.imports.progress import end_import
from api_service.repositories.upkeep.deletion import undo_import


async def take_out(sessions: SessionFactory, import_id: str, number: int | None) -> int:
    """Mark an import as cancelled and take out what it stored; the number of readings."""
    async with transaction(sessions) as session:
        # Ended first: a gateway that is importing it finds that out at its next block.
        await end_import(session, import_id, ImportState.CANCELLED)
        return 0 if number is None else await undo_import(session, number)
