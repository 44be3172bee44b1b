"""Conversations may be given a title."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chat_sessions", sa.Column("title", sa.String(length=200)))


def downgrade() -> None:
    op.drop_column("chat_sessions", "title")
