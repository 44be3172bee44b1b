"""Sites: which there are, and whose each key and each entry of the audit log is."""

import sqlalchemy as sa
from alembic import op

from api_service.models.base import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_INDEX = "ix_audit_log_site_id"


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sites"),
    )
    for table in ("api_keys", "audit_log"):
        op.add_column(
            table, sa.Column("site", sa.String(length=32), nullable=False, server_default="default")
        )
    op.create_index(_INDEX, "audit_log", ["site", "id"])


def downgrade() -> None:
    # Without the column they would open the default site.
    op.execute("DELETE FROM api_keys WHERE site <> 'default'")
    op.execute("DELETE FROM audit_log WHERE site <> 'default'")
    op.drop_index(_INDEX, "audit_log")
    for table in ("api_keys", "audit_log"):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("site")
    op.drop_table("sites")
