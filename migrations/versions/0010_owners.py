"""Keys and conversations have an owner; a key's secret can be replaced with a grace for the old one."""

import sqlalchemy as sa
from alembic import op

from api_service.models.base import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PREVIOUS = "uq_api_keys_previous_digest"


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as keys:
        keys.add_column(sa.Column("owner", sa.String(length=100)))
        keys.add_column(sa.Column("rotated_at", UtcDateTime))
        keys.add_column(sa.Column("previous_digest", sa.String(length=64)))
        keys.add_column(sa.Column("previous_until", UtcDateTime))
        keys.create_unique_constraint(_PREVIOUS, ["previous_digest"])
    op.add_column("chat_sessions", sa.Column("owner", sa.String(length=100)))
    op.create_index("ix_chat_sessions_owner_id", "chat_sessions", ["owner", "id"])


def downgrade() -> None:
    op.drop_index("ix_chat_sessions_owner_id", "chat_sessions")
    op.drop_column("chat_sessions", "owner")
    with op.batch_alter_table("api_keys") as keys:
        keys.drop_constraint(_PREVIOUS, type_="unique")
        for name in ("previous_until", "previous_digest", "rotated_at", "owner"):
            keys.drop_column(name)
