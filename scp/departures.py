"""Which associations were released: a sign that a study may be whole, sooner than silence would tell.

One empty file an association, named by the instant and the delivery. It is a hint and no promise: it is not synced, and
where it is lost a study waits for quiet as it would have without.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"([0-9]{20})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Departure:
    """A released association; everything it brought lies in the spool under a name before `stamp`, or is gone on."""

    path: Path
    stamp: str
    delivery: str


class Departures:
    """The hints in a folder, written by the door and taken by the gateway."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def note(self, delivery: str) -> None:
        """Say that an association has been released."""
        (self._root / f"{time.time_ns():020d}-{delivery}").touch(mode=0o600)

    def waiting(self) -> Iterator[Departure]:
        """Return what was said, oldest first."""
        for path in sorted(self._root.iterdir()):
            if match := _NAME.fullmatch(path.name):
                yield Departure(path, match.group(1), match.group(2))

    def forget(self, departure: Departure) -> None:
        """Remove a hint."""
        departure.path.unlink(missing_ok=True)
