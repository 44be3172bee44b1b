"""`python -m api_service.scripts.apply_retention`: drop single readings that RETENTION_DAYS no longer keeps.

Of all sites. The gateway does the same every ten minutes. Hours, days and lives of the readings stay.
"""

import argparse
import asyncio
import sys

from sqlalchemy.exc import SQLAlchemyError

from api_service.services.access.site_registry import all_sites, open_site
from api_service.services.upkeep.retention import Dropped, RetentionService
from api_service.site_names import DEFAULT_SITE
from shared.errors import AskWattError
from shared.settings import Settings, load_settings_or_exit


def main(arguments: list[str] | None = None) -> int:
    """Drop and say what; 0, or 1 with one line on what is in the way."""
    argparse.ArgumentParser("python -m api_service.scripts.apply_retention", description=__doc__).parse_args(
        arguments
    )
    settings = load_settings_or_exit()
    if not settings.retention_days:
        print("RETENTION_DAYS is 0: all readings are kept")
        return 0
    try:
        for site in asyncio.run(all_sites(settings)):
            said = described(asyncio.run(_apply(settings, site)))
            print(said if site == DEFAULT_SITE else f"site {site}: {said}")
    except (AskWattError, SQLAlchemyError) as problem:
        sys.stderr.write(f"askwatt: {str(getattr(problem, 'orig', None) or problem).splitlines()[0]}\n")
        return 1
    return 0


def described(dropped: Dropped) -> str:
    """One line on what was dropped, in the database's own measure, and on what is left for the next time."""
    gone = "nothing was dropped"
    if dropped.months:
        gone = f"dropped {', '.join(dropped.months)}"
    elif dropped.readings:
        gone = f"dropped {dropped.readings} readings"
    waits = f"; the rest waits for {dropped.waits_for}" if dropped.waits_for else ""
    return f"{len(dropped.clusters)} more devices keep only the hours of older times; {gone}{waits}"


async def _apply(settings: Settings, site: str) -> Dropped:
    async with open_site(settings, site) as opened:
        return await RetentionService(opened.sessions, settings).apply()


if __name__ == "__main__":
    raise SystemExit(main())
