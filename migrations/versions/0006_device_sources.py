"""Named devices keep their cluster over files."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_sources",
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("cluster", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_key", name="pk_device_sources"),
    )
    op.create_index("ix_device_sources_cluster", "device_sources", ["cluster"])


def downgrade() -> None:
    op.drop_table("device_sources")
