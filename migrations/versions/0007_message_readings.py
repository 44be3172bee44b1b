"""Answers keep what was understood of their question."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chat_messages", sa.Column("reading", sa.JSON()))


def downgrade() -> None:
    op.drop_column("chat_messages", "reading")
