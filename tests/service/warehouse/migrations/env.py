"""Run by alembic for each command: the whole move in one transaction, one host at a time."""
from alembic import context
from sqlalchemy import text

# Any number will do, as long as every host asks for the same one.
MIGRATION_LOCK = 20130526

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()
    connection.commit()
