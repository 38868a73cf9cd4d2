"""Several keys: which one seals, and which are done with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the key that is there be the first generation."""
    op.add_column("sealing_key", sa.Column("generation", sa.Integer(), nullable=True))
    op.add_column("sealing_key", sa.Column("retired_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE sealing_key SET generation = 1")
    with op.batch_alter_table("sealing_key") as batch:
        batch.alter_column("generation", existing_type=sa.Integer(), nullable=False)
        batch.create_unique_constraint(op.f("uq_sealing_key_generation"), ["generation"])


def downgrade() -> None:
    """Forget the order of the keys and which are done with; a change of the key must have been finished before."""
    op.execute("DELETE FROM sealing_key WHERE retired_at IS NOT NULL")
    with op.batch_alter_table("sealing_key") as batch:
        batch.drop_constraint("uq_sealing_key_generation", type_="unique")
        batch.drop_column("retired_at")
        batch.drop_column("generation")
