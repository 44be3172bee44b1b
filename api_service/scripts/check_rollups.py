"""`python -m api_service.scripts.check_rollups [--rebuild]`: are the rollups what the readings give?

Compares every hour of every device of all sites with its readings. With `--rebuild` the rollups of devices
that differ are made again, each device in one transaction. Exit 1 where something differs and was not made
again.
"""

import argparse
import asyncio

from api_service.database.sessions import snapshot, transaction
from api_service.metering.moments import from_epoch_us
from api_service.repositories.device_repository import load_devices
from api_service.repositories.upkeep.rollup_check import differing_hours, rebuild_rollups
from api_service.services.access.site_registry import all_sites, open_site
from api_service.site_names import DEFAULT_SITE
from shared.settings import Settings, load_settings_or_exit


def main(arguments: list[str] | None = None) -> int:
    """Check, say, rebuild; 0 when all is well in the end."""
    parser = argparse.ArgumentParser("python -m api_service.scripts.check_rollups", description=__doc__)
    parser.add_argument("--rebuild", action="store_true", help="make differing rollups again")
    given = parser.parse_args(arguments)
    settings = load_settings_or_exit()
    count = sum(_report(settings, site, rebuild=given.rebuild) for site in asyncio.run(all_sites(settings)))
    done = "rebuilt" if given.rebuild else "differ"
    print(f"{count} devices {done}" if count else "all rollups equal their readings")
    return 1 if count and not given.rebuild else 0


def _report(settings: Settings, site: str, *, rebuild: bool) -> int:
    """Check a site, and say which of its devices differ; how many do."""
    wrong = asyncio.run(check(settings, site, rebuild=rebuild))
    where = "" if site == DEFAULT_SITE else f"site {site}, "
    for cluster, hours in wrong.items():
        print(
            f"{where}cluster {cluster}: {len(hours)} hours differ, the first one is {from_epoch_us(hours[0])}"
        )
    return len(wrong)


async def check(settings: Settings, site: str = DEFAULT_SITE, *, rebuild: bool) -> dict[int, list[int]]:
    """The differing hours (epoch microseconds) of each device that has any; made again if asked for."""
    wrong: dict[int, list[int]] = {}
    async with open_site(settings, site) as opened:
        async with snapshot(opened.sessions) as session:
            devices = await load_devices(session)
        for cluster, device in devices.items():
            async with snapshot(opened.sessions) as session:
                hours = await differing_hours(session, device)
            if hours:
                wrong[cluster] = hours
                if rebuild:
                    async with transaction(opened.sessions) as session:
                        await rebuild_rollups(session, cluster)
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
