"""What each change of a match table was, so that extensions are told of it alone; a stamp for each revision."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and stamp the present revision, before which nobody is told of single changes."""
    op.create_table(
        "table_change",
        sa.Column("revision", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("list_id", sa.Uuid(), nullable=True),
        sa.Column("former_list_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("revision", "place", name=op.f("pk_table_change")),
    )
    op.add_column("revision", sa.Column("stamp", sa.BigInteger(), nullable=False, server_default="0"))
    stamp = int.from_bytes(os.urandom(7), "big")
    op.get_bind().execute(sa.text("UPDATE revision SET stamp = :stamp"), {"stamp": stamp})
    op.execute("INSERT INTO table_change (revision, place, stamp) SELECT value, 0, stamp FROM revision")


def downgrade() -> None:
    """Forget the changes; extensions then take whole tables."""
    with op.batch_alter_table("revision") as table:
        table.drop_column("stamp")
    op.drop_table("table_change")
