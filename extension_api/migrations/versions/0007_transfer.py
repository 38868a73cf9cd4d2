"""Which items of other programs' files were imported."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "imported_item",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["record_list.id"], name=op.f("fk_imported_item_list_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_imported_item_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "fingerprint", name=op.f("pk_imported_item")),
    )
    op.create_index(op.f("ix_imported_item_record_id"), "imported_item", ["record_id"])


def downgrade() -> None:
    """Forget them: what is imported again is then told only by being the same."""
    op.drop_table("imported_item")
