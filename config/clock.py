"""The one clock. Nothing else asks the operating system for the time.

A clock is any callable that returns the present instant as an aware UTC datetime; tests hand in a `FixedClock`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is told to move."""

    instant: datetime

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move the clock forward by a span."""
        self.instant += by
