"""The sample household makes room for a user's own readings."""

from api_service.database.sessions import SessionFactory, transaction
from api_service.repositories.imports.progress import has_tables, list_imports
from api_service.repositories.upkeep.deletion import undo_import

SAMPLE_NAME = "sample_household.csv"


async def forget_sample(sessions: SessionFactory) -> int:
    """Take out the sample household if it is all that was ever imported; the number of its readings.

    Readings that were sent live stay.
    """
    async with transaction(sessions) as session:
        rows = await list_imports(session, None, 2) if await has_tables(session) else []
        if len(rows) != 1 or rows[0].file_name != SAMPLE_NAME or rows[0].number is None:
            return 0
        removed = await undo_import(session, rows[0].number)
        await session.delete(rows[0])
    return removed
