"""`python -m launcher.sqlite_pages FILE`: the first damage on the pages of a SQLite file.

Prints nothing for a sound one. A process of its own, since SQLite's look through a file cannot be stopped
from within: whoever waits ends it.
"""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def main() -> None:
    """Read only, with what the write-ahead log holds; a file that cannot be opened is not called damaged."""
    path = Path(sys.argv[1]).absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        code = int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
        verdict = str(error) if code in DAMAGED else "ok"
    if verdict != "ok":
        print(" ".join(verdict.split()))


if __name__ == "__main__":
    main()
