"""`python -m launcher.backups.age`: fails when the newest whole backup is too old; a health check."""

import argparse
import sys
import time
from pathlib import Path

from launcher.backups.backup import FOLDER, PREFIX
from launcher.backups.manifest import manifest_path

HOUR_S = 3600.0


def main(arguments: list[str] | None = None) -> int:
    """0 while a backup younger than `--hours` is there, else 1."""
    parser = argparse.ArgumentParser("python -m launcher.backups.age", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--hours", type=float, default=26.0)
    given = parser.parse_args(arguments)
    age_h = newest_age_h(given.folder)
    if age_h is None or age_h > given.hours:
        sys.stderr.write(f"askwatt: no backup younger than {given.hours:g} h in {given.folder}\n")
        return 1
    return 0


def newest_age_h(folder: Path) -> float | None:
    """Hours since the newest whole backup was written; None without one."""
    manifests = [manifest_path(path) for path in folder.glob(f"{PREFIX}*")]
    written = [path.stat().st_mtime for path in manifests if path.is_file()]
    return (time.time() - max(written)) / HOUR_S if written else None


if __name__ == "__main__":
    raise SystemExit(main())
