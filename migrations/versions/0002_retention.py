"""Note when a wave's answers and people were erased."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The check comes with its column: that is the one way in which SQLite adds a check to a table that has rows
    # pointing at it.
    instant = sa.DateTime(timezone=True).compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE wave ADD COLUMN erased_at {instant} "
        "CONSTRAINT ck_wave_erased_is_over CHECK (erased_at IS NULL OR state IN ('closed', 'cancelled'))"
    )


def downgrade() -> None:
    op.drop_column("wave", "erased_at")
