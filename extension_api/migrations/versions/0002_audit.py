"""The chain of the audit: its heads, a digest beside each event, and an index for each way of looking for one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEARCHED = ("account_id", "account_name", "record_id", "page_host", "action")


def upgrade() -> None:
    """Make the heads; events that are there already are linked when the first new one is (`audit/chain.py`)."""
    op.create_table(
        "audit_head",
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lanes", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("linked", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("archived", sa.BigInteger(), nullable=False),
        sa.Column("archived_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_audit_head")),
    )
    op.add_column("audit_event", sa.Column("digest", sa.LargeBinary(length=32), nullable=True))
    op.drop_index(op.f("ix_audit_event_account_id"), table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_record_id"), table_name="audit_event")
    op.create_index("ix_audit_event_at", "audit_event", ["at", "id"])
    for name in SEARCHED:
        op.create_index(f"ix_audit_event_{name}_at", "audit_event", [name, "at", "id"])


def downgrade() -> None:
    """Take the chain away; the events stay, without anything that tells of damage."""
    for name in SEARCHED:
        op.drop_index(f"ix_audit_event_{name}_at", table_name="audit_event")
    op.drop_index("ix_audit_event_at", table_name="audit_event")
    with op.batch_alter_table("audit_event") as batch:
        batch.drop_column("digest")
    op.create_index(op.f("ix_audit_event_account_id"), "audit_event", ["account_id"], unique=False)
    op.create_index(op.f("ix_audit_event_record_id"), "audit_event", ["record_id"], unique=False)
    op.drop_table("audit_head")
