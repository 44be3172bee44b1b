"""The schema that this version reads and writes, told from the one that a database has."""

REVISION = "0014"
"""The newest of Alembic's revisions; `tests/unit/test_schema.py` holds it to `migrations/versions`."""


def is_old(revision: str | None) -> bool:
    """Whether a database of this revision must be migrated before it is used; None: it was never migrated.

    A newer one serves: migrations only add while gateways of the version before are still running.
    """
    return revision is None or revision < REVISION


def described(revision: str) -> str:
    """A usable database in words."""
    if revision == REVISION:
        return "reachable"
    return f"reachable; its schema {revision} is newer than this version's {REVISION}: finish the upgrade"
