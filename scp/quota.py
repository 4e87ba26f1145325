"""How much each site has sent within the last hour, by the minute.

What is counted is what was acknowledged. A limit is looked at before an object is received, so the last one may go
beyond it by its own size; the counts are of this process and begin anew with it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from scp.peers import DoorTerms
from scp.statuses import QuotaExceeded

_MINUTE = 60.0
_MINUTES = 60


class Quota:
    """The counts of one door."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sent: dict[str, deque[list[int]]] = {}  # of each site: [minute, instances, bytes]

    def count(self, site: str, size: int) -> None:
        """Count one instance of `size` bytes."""
        minute = self._minute()
        with self._lock:
            minutes = self._sent.setdefault(site, deque(maxlen=_MINUTES + 1))
            if not minutes or minutes[-1][0] != minute:
                minutes.append([minute, 0, 0])
            minutes[-1][1] += 1
            minutes[-1][2] += size

    def has_room(self, site: str, terms: DoorTerms) -> bool:
        """Say whether a site may send more now."""
        if terms.instances_per_hour is None and terms.bytes_per_hour is None:
            return True
        with self._lock:
            minutes = self._sent.get(site, deque())
            while minutes and minutes[0][0] <= self._minute() - _MINUTES:
                minutes.popleft()
            instances, size = (sum(each[of] for each in minutes) for of in (1, 2))
        return not (
            (terms.instances_per_hour is not None and instances >= terms.instances_per_hour)
            or (terms.bytes_per_hour is not None and size >= terms.bytes_per_hour)
        )

    def check(self, site: str, terms: DoorTerms) -> None:
        """Let a site send an instance.

        Raises:
            QuotaExceeded: it has sent what it may.
        """
        if not self.has_room(site, terms):
            raise QuotaExceeded("a site has reached its hourly limit")

    def _minute(self) -> int:
        return int(self._monotonic() // _MINUTE)
