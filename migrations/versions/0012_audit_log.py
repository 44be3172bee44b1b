"""The audit log."""

import sqlalchemy as sa
from alembic import op

from api_service.models.base import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("owner", sa.String(length=100)),
        sa.Column("key_id", sa.String(length=36)),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64)),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("details", sa.JSON()),
        sa.Column("status", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index("ix_audit_log_owner_id", "audit_log", ["owner", "id"])


def downgrade() -> None:
    op.drop_table("audit_log")
