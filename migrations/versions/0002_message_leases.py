"""Leases on messages: `claimed_by` and `lease_until` replace `enqueued_at`."""

import sqlalchemy as sa
from alembic import op

from api_service.models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chat_messages", sa.Column("claimed_by", sa.String(length=128)))
    op.add_column("chat_messages", sa.Column("lease_until", UtcDateTime))
    op.drop_column("chat_messages", "enqueued_at")


def downgrade() -> None:
    op.add_column("chat_messages", sa.Column("enqueued_at", UtcDateTime))
    # Where it is missing, no gateway of the older version would ever take the question up.
    op.execute("UPDATE chat_messages SET enqueued_at = timestamp WHERE status IN ('queued', 'running')")
    op.drop_column("chat_messages", "lease_until")
    op.drop_column("chat_messages", "claimed_by")
