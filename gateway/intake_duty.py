"""The worker's intake: in groups while all is well, one by one past an entry that fails.

An entry that cannot be taken in stays in the spool, since it was acknowledged, and is tried again after a while; it
never keeps others waiting.
"""

import time
from collections.abc import Callable, Iterator
from itertools import islice

from config.log import describe, get_log
from gateway.intake import take_in
from gateway.node import Node
from scp.spool import Entry

_GROUP = 64
_PAUSE_SECONDS = 60.0


class IntakeDuty:
    """One turn takes in one group of what waits."""

    def __init__(self, node: Node, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._node = node
        self._monotonic = monotonic
        self._failed: dict[str, float] = {}
        self._listed: Iterator[Entry] = iter(())

    def __call__(self) -> int:
        """Take in a group; return how many entries there were to take."""
        entries = list(islice(self._listed, _GROUP))
        if not entries:
            self._listed = self._waiting()
            entries = list(islice(self._listed, _GROUP))
        if not entries:
            return 0
        try:
            return take_in(self._node, entries)
        except Exception as error:  # noqa: BLE001 - which entry it was shows when each goes alone
            get_log().error("intake-failed", count=len(entries), **describe(error))
        return sum(self._take_alone(entry) for entry in entries)

    def _take_alone(self, entry: Entry) -> int:
        try:
            return take_in(self._node, [entry])
        except Exception as error:  # noqa: BLE001 - one entry that fails must not stop the others
            self._failed[entry.name] = self._monotonic()
            get_log().error("intake-failed", entry=entry.name, **describe(error))
            return 0

    def _waiting(self) -> Iterator[Entry]:
        again = self._monotonic() - _PAUSE_SECONDS
        return (entry for entry in self._node.spool.entries() if self._failed.get(entry.name, again) <= again)
