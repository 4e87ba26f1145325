"""Bring a database to the schema of this version, by Alembic migrations that live beside the models.

A migration folder is a package folder such as `worklist:migrations`; its `env.py` calls `run_migrations`.
"""

from typing import Literal

from alembic import command, context, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from config.database import Database

_CONNECTION = "connection"


def upgrade_database(database: Database, location: str) -> bool:
    """Run the migrations that a database lacks; return whether there were any."""
    settings = _settings(location)
    with database.engine.connect() as connection:
        before = current_revision(connection)
        if before == ScriptDirectory.from_config(settings).get_current_head():
            return False
        settings.attributes[_CONNECTION] = connection
        command.upgrade(settings, "head")
        connection.commit()
        return True


def is_current(database: Database, location: str) -> bool:
    """Say whether a database has the schema of this version."""
    with database.engine.connect() as connection:
        return current_revision(connection) == ScriptDirectory.from_config(_settings(location)).get_current_head()


def current_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def differences(database: Database, metadata: MetaData) -> list[object]:
    """Return how a database differs from the models; for tests."""
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def run_migrations(metadata: MetaData) -> None:
    """Run what Alembic asked for on the connection that was handed in; called by each `env.py`."""
    connection: Connection = context.config.attributes[_CONNECTION]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def refuse_changes(table: str, change: Literal["UPDATE", "DELETE"], *, when: str = "true") -> None:
    """Make the database refuse to update or delete rows of a table where a condition holds; called by migrations."""
    name, refusal = f"{table}_no_{change.lower()}", f"{table} is append-only"
    head = f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW WHEN ({when})"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(f"{head} EXECUTE FUNCTION {name}()")


def _settings(location: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", location)
    settings.set_main_option("path_separator", "os")
    return settings
