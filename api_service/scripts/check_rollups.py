"""`python -m api_service.scripts.check_rollups [--rebuild]`: are the rollups what the readings give?

Compares every hour of every device with its readings. With `--rebuild` the rollups of devices that differ are
made again, each device in one transaction. Exit 1 where something differs and was not made again.
"""

import argparse
import asyncio

from api_service.database.sessions import create_engine, session_factory, snapshot, transaction
from api_service.metering.moments import from_epoch_us
from api_service.repositories.device_repository import load_devices
from api_service.repositories.upkeep.rollup_check import differing_hours, rebuild_rollups
from shared.settings import Settings, load_settings_or_exit


def main(arguments: list[str] | None = None) -> int:
    """Check, say, rebuild; 0 when all is well in the end."""
    parser = argparse.ArgumentParser("python -m api_service.scripts.check_rollups", description=__doc__)
    parser.add_argument("--rebuild", action="store_true", help="make differing rollups again")
    given = parser.parse_args(arguments)
    wrong = asyncio.run(check(load_settings_or_exit(), rebuild=given.rebuild))
    for cluster, hours in wrong.items():
        print(f"cluster {cluster}: {len(hours)} hours differ, the first one is {from_epoch_us(hours[0])}")
    done = "rebuilt" if given.rebuild else "differ"
    print(f"{len(wrong)} devices {done}" if wrong else "all rollups equal their readings")
    return 1 if wrong and not given.rebuild else 0


async def check(settings: Settings, *, rebuild: bool) -> dict[int, list[int]]:
    """The differing hours (epoch microseconds) of each device that has any; made again if asked for."""
    engine = create_engine(settings)
    sessions = session_factory(engine)
    wrong: dict[int, list[int]] = {}
    try:
        async with snapshot(sessions) as session:
            devices = await load_devices(session)
        for cluster, device in devices.items():
            async with snapshot(sessions) as session:
                hours = await differing_hours(session, device)
            if hours:
                wrong[cluster] = hours
                if rebuild:
                    async with transaction(sessions) as session:
                        await rebuild_rollups(session, cluster)
    finally:
        await engine.dispose()
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
