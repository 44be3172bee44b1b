"""Readings in one partition a month on PostgreSQL; SQLite has no partitions and stays as it is.

All rows are copied; the table is locked meanwhile. This month and the next two have a partition at once.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = (
    "id, timestamp, voltage, current, real_power, reactive_power, apparent_power, power_factor, frequency, "
    "thd, real_power_watt, cluster, device_state, import_number"
)
SEQUENCE = "electrical_data_id_seq"
# A partition's name is sorted as its month is. LIKE makes the indexes that ATTACH wants to find, and ATTACH,
# other than CREATE … PARTITION OF, lets readers and writers of other months go on.
MAKE_MONTHS = """
CREATE FUNCTION electrical_data_make_months(moments timestamptz[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month timestamp;
    name text;
BEGIN
    LOCK TABLE electrical_data IN ROW EXCLUSIVE MODE;
    FOR month IN SELECT DISTINCT date_trunc('month', moment AT TIME ZONE 'UTC') FROM unnest(moments) AS moment
    LOOP
        name := 'electrical_data_' || to_char(month, '"y"YYYY"m"MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        LOCK TABLE electrical_data IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE electrical_data INCLUDING ALL)', name);
        EXECUTE format('ALTER TABLE electrical_data ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name,
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    END LOOP;
END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _set_aside()
    _make_table("PARTITION BY RANGE (timestamp)", key="id, timestamp")
    op.execute(MAKE_MONTHS)
    op.execute(
        "SELECT electrical_data_make_months(array_agg(month)) FROM (SELECT DISTINCT "
        "date_trunc('month', timestamp, 'UTC') AS month FROM plain_electrical_data UNION "
        # A gateway of the version before makes none: those that it would write to next.
        "SELECT generate_series(date_trunc('month', now(), 'UTC') AT TIME ZONE 'UTC', "
        "(now() AT TIME ZONE 'UTC') + interval '2 months', interval '1 month') AT TIME ZONE 'UTC') AS months"
    )
    _move_rows()


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _set_aside()
    op.execute("DROP FUNCTION electrical_data_make_months")
    _make_table("", key="id")
    _move_rows()


def _set_aside() -> None:
    for statement in (
        "ALTER TABLE electrical_data RENAME TO plain_electrical_data",
        "ALTER TABLE plain_electrical_data RENAME CONSTRAINT pk_electrical_data TO pk_plain_electrical_data",
        "ALTER TABLE plain_electrical_data RENAME CONSTRAINT uq_electrical_data_cluster_timestamp "
        "TO uq_plain_electrical_data_cluster_timestamp",
        f"ALTER SEQUENCE {SEQUENCE} OWNED BY NONE",
    ):
        op.execute(statement)


def _make_table(partitioned: str, key: str) -> None:
    op.execute(
        "CREATE TABLE electrical_data (LIKE plain_electrical_data INCLUDING DEFAULTS, "
        f"CONSTRAINT pk_electrical_data PRIMARY KEY ({key}), "
        f"CONSTRAINT uq_electrical_data_cluster_timestamp UNIQUE (cluster, timestamp)) {partitioned}"
    )


def _move_rows() -> None:
    op.execute(f"INSERT INTO electrical_data ({COLUMNS}) SELECT {COLUMNS} FROM plain_electrical_data")  # noqa: S608
    op.execute("DROP TABLE plain_electrical_data")
    op.execute(f"ALTER SEQUENCE {SEQUENCE} OWNED BY electrical_data.id")
