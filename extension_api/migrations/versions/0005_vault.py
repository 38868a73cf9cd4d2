"""Folders, groups, permissions of groups, the history of values, and the password rules of sites."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns and indexes that lists, records and permissions get."""
    op.create_table(
        "folder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id <> parent_id", name=op.f("ck_folder_not_in_itself")),
        sa.ForeignKeyConstraint(["parent_id"], ["folder.id"], name=op.f("fk_folder_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_folder")),
    )
    op.create_index("ix_folder_parent_id_name_id", "folder", ["parent_id", "name", "id"])
    op.create_table(
        "person_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_group")),
        sa.UniqueConstraint("name", name=op.f("uq_person_group_name")),
    )
    op.create_table(
        "membership",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["person_group.id"], name=op.f("fk_membership_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "group_id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_group_id"), "membership", ["group_id"])
    _lists_and_records()
    _permissions()
    op.create_table(
        "field_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.Column("replaced_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_field_history_record_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_history")),
    )
    op.create_index(
        "uq_field_history_record_id_field_version", "field_history", ["record_id", "field", "version"], unique=True
    )
    op.create_index("ix_field_history_record_id_version", "field_history", ["record_id", "version"])
    op.create_table(
        "password_rules",
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_password_rules")),
    )


def _lists_and_records() -> None:
    with op.batch_alter_table("record_list") as batch:
        batch.drop_constraint("uq_record_list_name", type_="unique")
        batch.add_column(sa.Column("folder_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("personal_of", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_record_list_folder_id"), "folder", ["folder_id"], ["id"])
        batch.create_foreign_key(
            op.f("fk_record_list_personal_of"), "account", ["personal_of"], ["id"], ondelete="SET NULL"
        )
        batch.create_unique_constraint(op.f("uq_record_list_personal_of"), ["personal_of"])
    op.create_index("ix_record_list_name_id", "record_list", ["name", "id"])
    op.create_index("ix_record_list_folder_id_name_id", "record_list", ["folder_id", "name", "id"])
    op.drop_index("ix_record_list_id", table_name="record")
    op.drop_index("ix_record_title", table_name="record")
    op.add_column("record", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_record_title_id_list_id", "record", ["title", "id", "list_id"])
    op.create_index("ix_record_list_id_title_id", "record", ["list_id", "title", "id"])


def _permissions() -> None:
    with op.batch_alter_table("permission") as batch:
        batch.alter_column("account_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("group_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_permission_group_id"), "person_group", ["group_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_check_constraint(op.f("ck_permission_one_holder"), "(account_id IS NULL) <> (group_id IS NULL)")
    op.create_index("uq_permission_group_list", "permission", ["group_id", "list_id"], unique=True)
    op.create_index("uq_permission_group_record", "permission", ["group_id", "record_id"], unique=True)


def downgrade() -> None:
    """Go back; folders, groups, what groups were given and old values are lost, lists of one name get their id."""
    op.drop_table("password_rules")
    op.drop_table("field_history")
    op.execute("DELETE FROM permission WHERE group_id IS NOT NULL")
    op.drop_index("uq_permission_group_record", table_name="permission")
    op.drop_index("uq_permission_group_list", table_name="permission")
    with op.batch_alter_table("permission") as batch:
        batch.drop_constraint("ck_permission_one_holder", type_="check")
        batch.drop_constraint("fk_permission_group_id", type_="foreignkey")
        batch.drop_column("group_id")
        batch.alter_column("account_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("ix_record_list_id_title_id", table_name="record")
    op.drop_index("ix_record_title_id_list_id", table_name="record")
    op.drop_column("record", "version")
    op.create_index("ix_record_title", "record", ["title"])
    op.create_index("ix_record_list_id", "record", ["list_id"])
    op.drop_index("ix_record_list_folder_id_name_id", table_name="record_list")
    op.drop_index("ix_record_list_name_id", table_name="record_list")
    op.execute(
        "UPDATE record_list SET name = substr(name, 1, 150) || ' ' || CAST(id AS TEXT) WHERE EXISTS"
        " (SELECT 1 FROM record_list AS other WHERE other.name = record_list.name AND other.id <> record_list.id)"
    )
    with op.batch_alter_table("record_list") as batch:
        batch.drop_constraint("uq_record_list_personal_of", type_="unique")
        batch.drop_constraint("fk_record_list_personal_of", type_="foreignkey")
        batch.drop_constraint("fk_record_list_folder_id", type_="foreignkey")
        batch.drop_column("personal_of")
        batch.drop_column("folder_id")
        batch.create_unique_constraint("uq_record_list_name", ["name"])
    op.drop_table("membership")
    op.drop_table("person_group")
    op.drop_table("folder")
