"""First schema: sessions and messages, readings, devices, imports, rollups."""

import sqlalchemy as sa
from alembic import op

from api_service.models.base import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("chat_sessions", "chat_messages", "electrical_data", "devices", "imports", "rollups")


def upgrade() -> None:
    _create_chat_sessions()
    _create_chat_messages()
    _create_electrical_data()
    _create_devices()
    _create_imports()
    _create_rollups()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_chat_sessions() -> None:
    op.create_table(
        "chat_sessions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_active", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_sessions"),
        sa.UniqueConstraint("session_id", name="uq_chat_sessions_session_id"),
    )


def _create_chat_messages() -> None:
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("session_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("timestamp", UtcDateTime, nullable=False),
        sa.Column("reply_to", sa.String(length=36)),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("request", sa.JSON()),
        sa.Column("answer", sa.JSON()),
        sa.Column("enqueued_at", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("idempotency_key", sa.String(length=200)),
        sa.Column("idempotency_digest", sa.String(length=64)),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["chat_sessions.session_id"],
            name="fk_chat_messages_session_id_chat_sessions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_chat_messages"),
        sa.UniqueConstraint("message_id", name="uq_chat_messages_message_id"),
    )
    op.create_index("ix_chat_messages_session_id_id", "chat_messages", ["session_id", "id"])
    op.create_index("ix_chat_messages_status", "chat_messages", ["status"])
    op.create_index("uq_chat_messages_idempotency_key", "chat_messages", ["idempotency_key"], unique=True)


def _create_electrical_data() -> None:
    op.create_table(
        "electrical_data",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("timestamp", UtcDateTime, nullable=False),
        sa.Column("voltage", sa.Double()),
        sa.Column("current", sa.Double()),
        sa.Column("real_power", sa.Double()),
        sa.Column("reactive_power", sa.Double()),
        sa.Column("apparent_power", sa.Double()),
        sa.Column("power_factor", sa.Double()),
        sa.Column("frequency", sa.Double()),
        sa.Column("thd", sa.Double()),
        sa.Column("real_power_watt", sa.Double()),
        sa.Column("cluster", sa.Integer(), nullable=False),
        sa.Column("device_state", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_electrical_data"),
        sa.UniqueConstraint("cluster", "timestamp", name="uq_electrical_data_cluster_timestamp"),
    )


def _create_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("cluster", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given_name", sa.String(length=200)),
        sa.Column("file_name", sa.String(length=200)),
        sa.Column("first_seen", UtcDateTime, nullable=False),
        sa.Column("last_seen", UtcDateTime, nullable=False),
        sa.Column("last_state", sa.Text()),
        sa.Column("last_power_w", sa.Double()),
        sa.Column("last_thd_percent", sa.Double()),
        sa.Column("median_period_s", sa.Double()),
        sa.Column("max_sample_period_s", sa.Double()),
        sa.PrimaryKeyConstraint("cluster", name="pk_devices"),
    )


def _create_imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("report", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
    )
    op.create_index("ix_imports_digest", "imports", ["digest"])


def _create_rollups() -> None:
    op.create_table(
        "rollups",
        sa.Column("resolution", sa.String(length=8), nullable=False),
        sa.Column("cluster", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bucket", UtcDateTime, nullable=False),
        sa.Column("device_state", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("power_n", sa.BigInteger(), nullable=False),
        sa.Column("power_sum_w", sa.Double(), nullable=False),
        sa.Column("power_min_w", sa.Double()),
        sa.Column("power_min_at", UtcDateTime),
        sa.Column("power_max_w", sa.Double()),
        sa.Column("power_max_at", UtcDateTime),
        sa.Column("thd_n", sa.BigInteger(), nullable=False),
        sa.Column("thd_sum_percent", sa.Double(), nullable=False),
        sa.Column("thd_max_percent", sa.Double()),
        sa.Column("thd_max_at", UtcDateTime),
        sa.Column("voltage_n", sa.BigInteger(), nullable=False),
        sa.Column("voltage_sum_v", sa.Double(), nullable=False),
        sa.Column("voltage_min_v", sa.Double()),
        sa.Column("voltage_max_v", sa.Double()),
        sa.Column("current_n", sa.BigInteger(), nullable=False),
        sa.Column("current_sum_a", sa.Double(), nullable=False),
        sa.Column("current_max_a", sa.Double()),
        sa.Column("reactive_n", sa.BigInteger(), nullable=False),
        sa.Column("reactive_sum_var", sa.Double(), nullable=False),
        sa.Column("apparent_n", sa.BigInteger(), nullable=False),
        sa.Column("apparent_sum_va", sa.Double(), nullable=False),
        sa.Column("frequency_n", sa.BigInteger(), nullable=False),
        sa.Column("frequency_sum_hz", sa.Double(), nullable=False),
        sa.Column("frequency_min_hz", sa.Double()),
        sa.Column("frequency_max_hz", sa.Double()),
        sa.Column("pf_real_sum_w", sa.Double(), nullable=False),
        sa.Column("pf_apparent_sum_va", sa.Double(), nullable=False),
        sa.Column("energy_wh", sa.Double(), nullable=False),
        sa.Column("covered_s", sa.Double(), nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("resolution", "cluster", "bucket", "device_state", name="pk_rollups"),
    )
