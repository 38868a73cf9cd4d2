"""Login chains, proposals of links, what browsers saw, requests for a link, and affiliations."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "login_chain",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("walked_at", sa.BigInteger(), nullable=True),
        sa.Column("hops", sa.Text(), nullable=False),
        sa.Column("end", sa.String(length=20), nullable=True),
        sa.Column("arrived", sa.String(length=280), nullable=True),
        sa.Column("moved_from", sa.String(length=280), nullable=True),
        sa.Column("moved_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_login_chain_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_login_chain")),
    )
    op.create_index("ix_login_chain_due_at_record_id", "login_chain", ["due_at", "record_id"])
    op.create_index(op.f("ix_login_chain_moved_at"), "login_chain", ["moved_at"])
    op.create_table(
        "link_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=280), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_how", sa.String(length=10), nullable=True),
        sa.Column("resolved_hops", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_link_proposal_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_proposal")),
    )
    op.create_index("uq_link_proposal_record_id_address", "link_proposal", ["record_id", "address"], unique=True)
    op.create_index("ix_link_proposal_state_address_id", "link_proposal", ["state", "address", "id"])
    for name in ("proposal_sighting", "link_request"):
        op.create_table(
            name,
            sa.Column("proposal_id", sa.Uuid(), nullable=False),
            sa.Column("account_id", sa.Uuid(), nullable=False),
            sa.Column("at", sa.BigInteger(), nullable=False),
            sa.ForeignKeyConstraint(
                ["proposal_id"], ["link_proposal.id"], name=op.f(f"fk_{name}_proposal_id"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                ["account_id"], ["account.id"], name=op.f(f"fk_{name}_account_id"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("proposal_id", "account_id", name=op.f(f"pk_{name}")),
        )
        op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])
    _affiliations()


def _affiliations() -> None:
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_affiliation_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
    )
    op.create_index(op.f("ix_affiliation_digest"), "affiliation", ["digest"])
    op.create_index(op.f("ix_affiliation_record_id"), "affiliation", ["record_id"])
    op.create_table(
        "affiliation_off",
        sa.Column("affiliation_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["affiliation_id"], ["affiliation.id"], name=op.f("fk_affiliation_off_affiliation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_affiliation_off_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("affiliation_id", "record_id", name=op.f("pk_affiliation_off")),
    )
    op.create_index(op.f("ix_affiliation_off_record_id"), "affiliation_off", ["record_id"])


def downgrade() -> None:
    """Forget chains, proposals, requests and affiliations; links that were accepted stay."""
    for name in ("affiliation_off", "affiliation", "link_request", "proposal_sighting", "link_proposal", "login_chain"):
        op.drop_table(name)
