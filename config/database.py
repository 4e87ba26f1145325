"""Databases: one factory for both zones, SQLite or PostgreSQL by the same code.

A committed row is a promise made to a sender, so SQLite runs in WAL mode with `synchronous=FULL`. One writes at a
time: every write begins with BEGIN IMMEDIATE, with PostgreSQL with a lock (`config/postgresql.py`), so that two
processes wait for each other instead of failing half-way, and what a transaction has read is so until its end. A read
sees one state of the database, from its first question on. Transactions open here and nowhere else; functions that
take `session` never commit.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, DateTime, Engine, create_engine, event
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from config.errors import Misconfigured

BUSY_SECONDS = 30
WRITING = "overread_write"
"""The execution option of connections that will write."""
_ONE_STATE = {"postgresql": {"isolation_level": "REPEATABLE READ"}}
_MASK = "***"
_TWO_KINDS = "a database_url begins with sqlite:/// or postgresql://"
_as_of: ContextVar["tuple[Database, int | None] | None"] = ContextVar("as_of", default=None)


class Database:
    """The database of one zone."""

    def __init__(self, url: str) -> None:
        self.engine = _make_engine(url)
        self._reading = self.engine.execution_options(**_ONE_STATE.get(self.engine.dialect.name, {}))
        self._writing = self.engine.execution_options(**{WRITING: True})
        self._watch = _watch_for_changes(self.engine.url)
        self._watching = Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; nothing is committed."""
        with Session(self._reading) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open one writing transaction: commit at the end, or roll back when an exception leaves the block."""
        with Session(self._writing) as session, session.begin():
            yield session

    def stamp(self) -> int | None:
        """Return a number that is another one after every commit of any process; None where none is to be had."""
        noted = _as_of.get()
        if noted is not None and noted[0] is self:
            return noted[1]
        if self._watch is None:
            return None
        with self._watching:
            row: tuple[int] = self._watch.execute("PRAGMA data_version").fetchone()
        return row[0]

    @contextmanager
    def as_of_now(self) -> Iterator[int | None]:
        """Let `stamp` say the same all through one question, so that it is answered as of its beginning."""
        stamp = self.stamp()
        before = _as_of.set((self, stamp))
        try:
            yield stamp
        finally:
            _as_of.reset(before)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
        if self._watch is not None:
            self._watch.close()


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware and in UTC on the Python side, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def parse_database_url(url: str) -> URL:
    """Return the parts of a database URL; nothing is opened.

    Raises:
        Misconfigured: not a URL, or a database that a node cannot use.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Misconfigured(_TWO_KINDS) from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise Misconfigured(_TWO_KINDS)
    return parsed


def presentable_url(url: str) -> str:
    """Return a database URL with its passwords masked, for showing; of what is no URL nothing is shown."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return _MASK
    secrets = {key: _MASK for key in parsed.query if "password" in key.lower()}
    return parsed.update_query_dict(secrets).render_as_string(hide_password=True)


def _make_engine(url: str) -> Engine:
    parsed = parse_database_url(url)
    if parsed.get_backend_name() == "postgresql":
        from config.postgresql import make_postgresql_engine  # its driver takes long to import, and few nodes need it

        return make_postgresql_engine(parsed, WRITING, patience_seconds=BUSY_SECONDS)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    options = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(parsed, connect_args=options, hide_parameters=True, json_serializer=_compact_json)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _compact_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _watch_for_changes(url: URL) -> sqlite3.Connection | None:
    """Return a connection that only watches: changes are told to it because it makes none itself."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return sqlite3.connect(url.database, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: Any) -> Any:
    """Return text in small letters of every script, as PostgreSQL does; SQLite's own knows those of ASCII only."""
    return value.lower() if isinstance(value, str) else value


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
