"""The gateway knows which schema it needs."""

from api_service.database import schema
from migrations import known_revisions


def test_revision_is_the_newest_migration() -> None:
    assert known_revisions()[0] == schema.REVISION, "set api_service/database/schema.py's REVISION to it"


def test_older_and_missing_schemas_must_be_migrated_and_newer_ones_serve() -> None:
    assert [schema.is_old(revision) for revision in (None, "0001", schema.REVISION, "9999")] == [
        True,
        True,
        False,
        False,
    ]
