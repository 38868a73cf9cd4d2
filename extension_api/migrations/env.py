"""Runs the migrations inside the transaction that `db.Database.migrate` holds; there is no other way to run them."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
