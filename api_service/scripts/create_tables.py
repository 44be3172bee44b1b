"""`make db-init`: bring the schema of `DATABASE_URL` to its newest version; no harm when it is there."""

import subprocess
import sys


def main() -> int:
    """Migrate in a process of its own: the gateway never imports the migrations, which own the schema."""
    return subprocess.run([sys.executable, "-m", "migrations", "upgrade"], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
