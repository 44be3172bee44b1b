"""Until when single readings of a device were dropped, and from when on they are all there."""

import sqlalchemy as sa
from alembic import op

from api_service.models.base import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COLUMNS = ("dropped_until", "readings_from")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("devices", sa.Column(name, UtcDateTime))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("devices", name)
