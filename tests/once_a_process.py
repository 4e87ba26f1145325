"""What a process of tests works out once, as a node in use does it once in its life.

Each test has a node or a reading room of its own, so each would make the tables and translate the same statements into
SQL again: much of the time of the tests that ask a database. And Python's collector looks through all that lives,
thousands of collected tests too, so it is asked to look seldom.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine

import config.database
from config.database import Database
from worklist.models import Base

_NEW_OBJECTS = 50_000
_STATEMENTS = 5_000


def collect_garbage_seldom() -> None:
    """Let the youngest objects be looked through after that many more of them."""
    gc.set_threshold(_NEW_OBJECTS)


@contextmanager
def statements_compiled_once() -> Iterator[None]:
    """Let all databases in SQLite share one dialect and what it compiled, which no database has a part in."""
    first: list[Engine] = []

    def create(url: URL, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.dialect.name == "sqlite":
            if not first:
                first.append(create_engine("sqlite://", query_cache_size=_STATEMENTS, **options))
                first[0].connect().close()  # a dialect asks its first connection what it can do
            engine.dialect, engine._compiled_cache = first[0].dialect, first[0]._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config.database, "create_engine", create)
        yield


def open_reading_zone(file: Path) -> Database:
    """Open a reading zone of SQLite that has its tables."""
    if not file.exists():
        file.write_bytes(_empty_reading_zone())
    return Database(f"sqlite:///{file}")


@cache
def _empty_reading_zone() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "reading.sqlite"
        database = Database(f"sqlite:///{file}")
        Base.metadata.create_all(database.engine)
        database.close()
        return file.read_bytes()
