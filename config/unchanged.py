"""Keep what a database answered for as long as nothing in it changes.

SQLite tells in microseconds whether anybody wrote since it was last asked (`PRAGMA data_version`), so what is kept here
is never older than the last commit, whichever process made it. PostgreSQL has no such cheap answer: nothing is kept.
What depends on the time of day as well may be old by `seconds`.
"""

from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from config.clock import Clock
from config.database import Database

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class WhileUnchanged(Generic[Key, Value]):
    """Answers of one database by key, at most `capacity` of them; safe to use from several threads."""

    def __init__(self, database: Database, clock: Clock, *, seconds: float, capacity: int = 4096) -> None:
        self._database, self._clock = database, clock
        self._span, self._capacity = timedelta(seconds=seconds), capacity
        self._kept: dict[Key, Value] = {}
        self._stamp: int | None = None
        self._since: datetime | None = None
        self._lock = Lock()

    def find(self, key: Key) -> tuple[Value | None, int | None]:
        """Return what is kept, or None, with the stamp under which a fresh answer may be kept."""
        stamp, now = self._database.stamp(), self._clock()
        with self._lock:
            young = self._since is not None and timedelta() <= now - self._since < self._span
            if stamp is None or stamp != self._stamp or not young:
                self._kept.clear()
                self._stamp, self._since = stamp, now
            return self._kept.get(key), stamp

    def keep(self, key: Key, value: Value, stamp: int | None) -> None:
        """Keep an answer that was asked for after `find` gave the stamp; one that is out of date is dropped."""
        with self._lock:
            if stamp is None or stamp != self._stamp:
                return
            if len(self._kept) >= self._capacity:
                self._kept.clear()
            self._kept[key] = value
