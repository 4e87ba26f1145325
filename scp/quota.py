"""How much each site has sent within the last hour, by the minute, in all receivers of a door.

What is counted is what was acknowledged. A limit is looked at before an object is received, so the last ones may go
beyond it by their own size. The counts of a site are a small file that every receiver maps into its memory, named by
the hash of the site; they outlive the door, and a clock that is set forward forgets them. Without a folder, or where
such a file cannot be had, they are of this process alone.
"""

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config.log import describe, get_log
from scp.peers import DoorTerms
from scp.statuses import QuotaExceeded

_MINUTE = 60.0
_MINUTES = 60
_SLOTS = 64  # one for each minute of the last hour, found by the minute's remainder
_SLOT = struct.Struct("=QQQ")  # minute, instances, bytes


class Quota:
    """The counts of one door."""

    def __init__(self, clock: Callable[[], float] = time.time, *, folder: Path | None = None) -> None:
        self._clock = clock
        self._folder = folder
        self._lock = threading.Lock()
        self._counts: dict[str, _Counts] = {}
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def count(self, site: str, size: int) -> None:
        """Count one instance of `size` bytes."""
        minute = self._minute()
        with self._lock, self._of(site).locked() as slots:
            at = minute % _SLOTS * _SLOT.size
            then, instances, sent = _SLOT.unpack_from(slots, at)
            if then != minute:
                instances = sent = 0
            _SLOT.pack_into(slots, at, minute, instances + 1, sent + size)

    def has_room(self, site: str, terms: DoorTerms) -> bool:
        """Say whether a site may send more now."""
        if terms.instances_per_hour is None and terms.bytes_per_hour is None:
            return True
        now = self._minute()
        with self._lock, self._of(site).locked() as slots:
            latest = [each for each in _SLOT.iter_unpack(slots) if now - _MINUTES < each[0] <= now]
        instances, size = (sum(each[of] for each in latest) for of in (1, 2))
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

    def close(self) -> None:
        """Give back what is mapped; the counts stay."""
        with self._lock:
            for counts in self._counts.values():
                counts.close()
            self._counts.clear()

    def _of(self, site: str) -> "_Counts":
        if site not in self._counts:
            self._counts[site] = self._open(site)
        return self._counts[site]

    def _open(self, site: str) -> "_Counts":
        if self._folder is None:
            return _Counts(None)
        try:
            return _Counts(self._folder / hashlib.sha256(site.encode()).hexdigest()[:32])
        except OSError as error:
            get_log().warning("the counts of a site are not shared", door="cstore", site=site, **describe(error))
            return _Counts(None)

    def _minute(self) -> int:
        return int(self._clock() // _MINUTE)


class _Counts:
    """The minutes of one site."""

    def __init__(self, path: Path | None) -> None:
        size = _SLOTS * _SLOT.size
        self._descriptor: int | None = None
        if path is None:
            self._slots = mmap.mmap(-1, size)
            return
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(self._descriptor, 0, size)
            self._slots = mmap.mmap(self._descriptor, size)
        except BaseException:
            os.close(self._descriptor)
            raise

    @contextmanager
    def locked(self) -> Iterator[mmap.mmap]:
        """Give the slots while no other process changes them."""
        if self._descriptor is None:
            yield self._slots
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield self._slots
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        self._slots.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
