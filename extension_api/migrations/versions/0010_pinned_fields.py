"""Fields of a page that a person pointed at for a record."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pinned_field",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(length=1000), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_pinned_field_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "page", "kind", name=op.f("pk_pinned_field")),
    )


def downgrade() -> None:
    """Forget what was pointed at; pages are then filled by recognition alone."""
    op.drop_table("pinned_field")
