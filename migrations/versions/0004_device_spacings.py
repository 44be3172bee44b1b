"""Spacings and long gaps of devices, groups and roles, and which import stored a reading."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import sqlalchemy as sa
from alembic import op
from numpy.typing import NDArray

from api_service.models.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GAP_FLOOR_US = 60_000_000
ROWS_AT_ONCE = 50_000
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
NEW_TABLES = ("device_spacings", "device_gaps", "import_spans")
NEW_DEVICE_COLUMNS = ("interval_s", "first_power_at", "last_power_at", "gap_floor_us", "groups", "role")
READINGS = sa.table(
    "electrical_data",
    *(sa.column(n) for n in ("cluster", "real_power_watt")),
    sa.column("timestamp", UtcDateTime),
)
DEVICES = sa.table(
    "devices", sa.column("cluster"), *(sa.column(n, UtcDateTime) for n in ("first_power_at", "last_power_at"))
)


def upgrade() -> None:
    op.add_column("electrical_data", sa.Column("import_number", sa.Integer()))
    with op.batch_alter_table("imports") as imports:
        imports.add_column(sa.Column("number", sa.Integer()))
        imports.create_unique_constraint("uq_imports_number", ["number"])
    op.add_column("devices", sa.Column("interval_s", sa.Double()))
    op.add_column("devices", sa.Column("first_power_at", UtcDateTime))
    op.add_column("devices", sa.Column("last_power_at", UtcDateTime))
    op.add_column(
        "devices",
        sa.Column("gap_floor_us", sa.BigInteger(), nullable=False, server_default=str(GAP_FLOOR_US)),
    )
    op.add_column("devices", sa.Column("groups", sa.JSON()))
    op.add_column("devices", sa.Column("role", sa.String(length=16)))
    _create_tables()
    connection = op.get_bind()
    for cluster in connection.execute(sa.select(DEVICES.c.cluster)).scalars().all():
        _fill(connection, cluster)


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    for column in NEW_DEVICE_COLUMNS:
        op.drop_column("devices", column)
    with op.batch_alter_table("imports") as imports:
        imports.drop_constraint("uq_imports_number", type_="unique")
        imports.drop_column("number")
    op.drop_column("electrical_data", "import_number")


def _create_tables() -> None:
    op.create_table(
        "device_spacings",
        sa.Column("cluster", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spacing_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cluster", "spacing_us", name="pk_device_spacings"),
    )
    op.create_table(
        "device_gaps",
        sa.Column("cluster", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cluster", "start_us", name="pk_device_gaps"),
    )
    op.create_table(
        "import_spans",
        sa.Column("import_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_us", sa.BigInteger(), nullable=False),
        sa.Column("last_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("import_number", "cluster", name="pk_import_spans"),
    )


def _fill(connection: sa.Connection, cluster: int) -> None:
    """One last look at all readings of a device; from here on every write keeps this."""
    counts: dict[int, int] = {}
    gaps: list[dict[str, int]] = []
    last_us = power_us = first_power_us = None
    for moments_us, has_power in _readings(connection, cluster):
        _count(np.diff(moments_us, prepend=moments_us[0] if last_us is None else last_us), counts)
        last_us = int(moments_us[-1])
        powered = moments_us[has_power]
        if not len(powered):
            continue
        first_power_us = int(powered[0]) if first_power_us is None else first_power_us
        ends = powered if power_us is None else np.concatenate(([power_us], powered))
        gaps += [
            {"cluster": cluster, "start_us": int(ends[place]), "end_us": int(ends[place + 1])}
            for place in np.flatnonzero(np.diff(ends) > GAP_FLOOR_US).tolist()
        ]
        power_us = int(powered[-1])
    _store(connection, cluster, counts, gaps)
    if first_power_us is not None and power_us is not None:
        moments = {"first_power_at": _moment(first_power_us), "last_power_at": _moment(power_us)}
        connection.execute(sa.update(DEVICES).where(DEVICES.c.cluster == cluster).values(moments))


def _readings(
    connection: sa.Connection, cluster: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    statement = (
        sa.select(READINGS.c.timestamp, READINGS.c.real_power_watt.is_not(None))
        .where(READINGS.c.cluster == cluster)
        .order_by(READINGS.c.timestamp)
        .limit(ROWS_AT_ONCE)
    )
    last = None
    while rows := connection.execute(
        statement if last is None else statement.where(READINGS.c.timestamp > last)
    ).all():
        last = rows[-1][0]
        moments = np.array([(row[0] - _EPOCH) // _MICROSECOND for row in rows], np.int64)
        yield moments, np.array([bool(row[1]) for row in rows])


def _count(spacing_us: NDArray[np.int64], counts: dict[int, int]) -> None:
    spacing_us = spacing_us[spacing_us > 0]
    step = 10 ** np.maximum(np.floor(np.log10(np.maximum(spacing_us, 1))).astype(np.int64) - 2, 0)
    values, numbers = np.unique((spacing_us + step // 2) // step * step, return_counts=True)
    for value, number in zip(values.tolist(), numbers.tolist(), strict=True):
        counts[value] = counts.get(value, 0) + number


def _store(
    connection: sa.Connection, cluster: int, counts: dict[int, int], gaps: list[dict[str, int]]
) -> None:
    spacings = [{"cluster": cluster, "spacing_us": value, "n": n} for value, n in counts.items()]
    for name, rows in (("device_spacings", spacings), ("device_gaps", gaps)):
        if rows:
            table = sa.table(name, *(sa.column(column) for column in rows[0]))
            connection.execute(sa.insert(table), rows)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
