"""The policy; attempts as counters of three scopes; addresses from which people have signed in.

Attempts counted until now are not carried over: they would have been forgotten within a quarter of an hour.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the policy and of attempts."""
    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("overrides", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
    )
    op.execute("INSERT INTO policy (id, version, overrides) VALUES (1, 0, '{}')")
    op.create_table(
        "attempt_counter",
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("person", sa.LargeBinary(length=32), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("forget_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_attempt_counter")),
    )
    op.create_index("ix_attempt_counter_address", "attempt_counter", ["address", "scope", "kind"], unique=False)
    op.create_index("ix_attempt_counter_not_before", "attempt_counter", ["not_before", "subject"], unique=False)
    op.create_index(op.f("ix_attempt_counter_forget_at"), "attempt_counter", ["forget_at"], unique=False)
    op.create_table(
        "known_address",
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "address", name=op.f("pk_known_address")),
    )
    op.create_index(op.f("ix_known_address_last_at"), "known_address", ["last_at"], unique=False)
    op.drop_table("sign_in_attempt")


def downgrade() -> None:
    """Go back to one row for each attempt; nobody is blocked then."""
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(op.f("ix_sign_in_attempt_at"), "sign_in_attempt", ["at"], unique=False)
    op.create_index("ix_sign_in_attempt_subject_at", "sign_in_attempt", ["subject", "at"], unique=False)
    op.drop_table("known_address")
    op.drop_table("attempt_counter")
    op.drop_table("policy")
