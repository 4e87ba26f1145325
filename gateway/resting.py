"""Let a duty of the worker rest while nothing is written that it could have to do with.

A turn that finds nothing costs several questions to the databases, and a worker has many duties. Whether anybody wrote
since the last turn is told for nothing where the database tells it (`config.database.Database.stamp`); where it does
not, only the pause holds. What falls due by itself is looked for every few seconds.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select

from config.database import Database

PAUSE_SECONDS = 1.0
LONGEST_SECONDS = 5.0


class Resting:
    """A duty that is not asked again for a second once it had nothing to do, and then only when there is a reason."""

    def __init__(
        self, duty: Callable[[], int], databases: Sequence[Database], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._duty = duty
        self._databases = databases
        self._monotonic = monotonic
        self._since: float | None = None  # when it last had nothing to do
        self._stamps: list[int | None] = []

    def __call__(self) -> int:
        """Take a turn, or rest; return how much was done."""
        if self._rests():
            return 0
        self._since = None
        stamps, began = [each.stamp() for each in self._databases], self._monotonic()
        done = self._duty()
        if not done:
            self._stamps, self._since = stamps, began
        return done

    def _rests(self) -> bool:
        if self._since is None:
            return False
        rested = self._monotonic() - self._since
        if rested < PAUSE_SECONDS:
            return True
        stamps = [each.stamp() for each in self._databases]
        return rested < LONGEST_SECONDS and None not in stamps and stamps == self._stamps


class Sought:
    """Rows that a duty is there for; where there were none, they are not looked for again until somebody writes."""

    def __init__(self, database: Database, rows: Select[Any]) -> None:
        self._database = database
        self._rows = rows.limit(1)
        self._none_at: int | None = None

    def found(self) -> bool:
        """Say whether there is any."""
        stamp = self._database.stamp()
        if stamp is not None and stamp == self._none_at:
            return False
        with self._database.read() as session:
            found = session.execute(self._rows).first() is not None
        self._none_at = None if found else stamp
        return found
