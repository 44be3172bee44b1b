"""A damaged database file at the start of `make run`: refused, kept, and a backup takes its place."""

import subprocess
import sys
from pathlib import Path

from migrations import upgrade_to_head
from shared.settings import Settings
from tests.e2e.instance import UNMEASURED, clean_environment, left_behind, run_local
from tests.support.servers import free_port

PAGE_BYTES = 4096


def command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What a `make` target runs."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )


async def test_damaged_database_is_set_aside_and_a_backup_takes_its_place(tmp_path: Path) -> None:
    database = tmp_path / "var" / "askwatt.db"
    database.parent.mkdir()
    await upgrade_to_head(f"sqlite+aiosqlite:///{database}")
    assert Settings().database_url.endswith("/var/askwatt.db")
    assert command(tmp_path, "launcher.backups.backup").returncode == 0
    content = bytearray(database.read_bytes())
    content[10 * PAGE_BYTES : 11 * PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    database.write_bytes(content)
    start = {"PORT": str(free_port()), "ENVIRONMENT": "production", **UNMEASURED}
    refused = run_local(tmp_path, "--once", **start)
    (aside,) = database.parent.glob("askwatt.db.damaged-*Z")
    assert refused.returncode == 1
    assert "var/askwatt.db is damaged: *** in database main *** Page 11: " in refused.stderr
    assert f"It lies in var/{aside.name} now; put a backup in its place (`make restore`)" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert aside.read_bytes() == content
    assert left_behind(tmp_path) == []
    again = run_local(tmp_path, "--once", **start)
    assert again.returncode == 1
    assert f"var/askwatt.db was damaged and lies in var/{aside.name} now" in again.stderr
    restored = command(tmp_path, "launcher.backups.restore")
    assert restored.returncode == 0, restored.stderr
    started = run_local(tmp_path, "--once", **start)
    assert started.returncode == 0, started.stderr
    assert aside.read_bytes() == content


def test_migration_of_a_damaged_database_says_what_helps(tmp_path: Path) -> None:
    database = tmp_path / "var" / "askwatt.db"
    database.parent.mkdir()
    database.write_bytes(b"this is no database " * 500)
    refused = command(tmp_path, "api_service.scripts.create_tables")
    assert refused.returncode == 1
    assert "is damaged: stop everything, keep its files, and restore a backup" in refused.stderr
    assert database.read_bytes() == b"this is no database " * 500
