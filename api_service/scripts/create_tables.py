"""`make db-init`: bring the schema of `DATABASE_URL` to its newest version; no harm when it is there.

`--site NAME` also makes a further site (docs/access.md).
"""

import subprocess
import sys


def main(arguments: list[str] | None = None) -> int:
    """Migrate in a process of its own: the gateway never imports the migrations, which own the schema."""
    given = sys.argv[1:] if arguments is None else arguments
    return subprocess.run([sys.executable, "-m", "migrations", "upgrade", *given], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
