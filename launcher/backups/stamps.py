"""Moments in the names of backups and of the places of their trials."""

from datetime import UTC, datetime

STAMP = "%Y%m%dT%H%M%SZ"
ABANDONED_AFTER_S = 6 * 3600.0
"""A partial copy or a place of a trial of this age is of a backup that was killed."""


def stamp_of(moment: datetime) -> str:
    """As it stands in a name."""
    return moment.astimezone(UTC).strftime(STAMP)


def is_abandoned(stamp: str, moment: datetime) -> bool:
    """Whether a name's stamp is old at `moment`; no for what is no stamp."""
    try:
        made_at = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return False
    return (moment - made_at).total_seconds() > ABANDONED_AFTER_S
