"""PostgreSQL for who has outgrown SQLite: made to behave as SQLite does, so that no other code knows the difference.

- One writes at a time. A writing transaction begins by taking the one advisory lock of its database, and waits for it
  as long as SQLite would; the lock is gone with the transaction, also when its process is killed. After the lock each
  statement sees all that was committed before (READ COMMITTED).
- No text is refused for its length: the lengths in the models say what the standard allows, and SQLite holds more.
- No text holds NUL, which PostgreSQL cannot store: it is dropped where it goes in, in comparisons too.
"""

import json
from typing import Any

from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
from sqlalchemy.engine import Connection

_WRITER = 0x4F564552  # "OVER": the key of the lock; advisory locks are those of one database


def make_postgresql_engine(url: URL, writing: str, *, patience_seconds: int) -> Engine:
    """Return the engine of a database; connections with the execution option `writing` wait for their turn to write."""
    options = f"-c lock_timeout={patience_seconds}s -c client_encoding=UTF8 -c timezone=UTC"
    if given := url.query.get("options"):
        options = f"{given} {options}"
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": options},
        pool_pre_ping=True,
        hide_parameters=True,
        json_serializer=_json_without_nul,
    )
    engine.dialect.type_compiler_instance = _TextsOfAnyLength(engine.dialect)

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(writing, False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")

    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", begin)
    return engine


class _TextsOfAnyLength(PGTypeCompiler):
    def visit_VARCHAR(self, type_: Any, **keywords: Any) -> str:
        return "VARCHAR"


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(_without_nul(obj))


def _prepare(connection: Any, _record: Any) -> None:
    connection.adapters.register_dumper(str, _TextDumper)


def _json_without_nul(value: Any) -> str:
    return json.dumps(_without_nul(value), separators=(",", ":"))


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list | tuple) else value
