"""How fast a shared preview may be asked for: a number of requests in a window of time, by link and by client.

Counted in this process alone: what it protects is this process's time. What is forgotten when there are too many names
is the oldest, so that a flood of names cannot fill the memory.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from config.clock import Clock
from viewer_api.errors import TooOften

_MOST_NAMES = 10_000


class Rate:
    """Allows each name `most` requests in a window."""

    def __init__(self, clock: Clock, most: int, window: timedelta) -> None:
        self._clock, self._most, self._window = clock, most, window
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def count(self, name: str) -> None:
        """Count a request.

        Raises:
            TooOften: the requests of this window are used up; the refused one is not counted.
        """
        now = self._clock()
        with self._lock:
            began, used = self._counts.get(name, (now, 0))
            if not timedelta() <= now - began < self._window:
                began, used = now, 0
            if used >= self._most:
                raise TooOften(int((began + self._window - now).total_seconds()) + 1)
            self._counts[name] = (began, used + 1)
            self._counts.move_to_end(name)
            if len(self._counts) > _MOST_NAMES:
                self._counts.popitem(last=False)
