"""`python -m api_service.scripts.apply_retention`: drop single readings that RETENTION_DAYS no longer keeps.

The gateway does the same every ten minutes. Hours, days and lives of the readings stay.
"""

import argparse
import asyncio

from api_service.database.sessions import create_engine, session_factory
from api_service.services.upkeep.retention import Dropped, RetentionService
from shared.settings import Settings, load_settings_or_exit


def main(arguments: list[str] | None = None) -> int:
    """Drop and say what; 0."""
    argparse.ArgumentParser("python -m api_service.scripts.apply_retention", description=__doc__).parse_args(
        arguments
    )
    settings = load_settings_or_exit()
    if not settings.retention_days:
        print("RETENTION_DAYS is 0: all readings are kept")
        return 0
    dropped = asyncio.run(_apply(settings))
    gone = f"{len(dropped.months)} months" if dropped.months else f"{dropped.readings} readings"
    print(f"{len(dropped.clusters)} devices keep hours alone of older times now; {gone} dropped")
    return 0


async def _apply(settings: Settings) -> Dropped:
    engine = create_engine(settings)
    try:
        return await RetentionService(session_factory(engine), settings).apply()
    finally:
        await engine.dispose()


if __name__ == "__main__":
    raise SystemExit(main())
