"""A file that grows while it is received, locked by its writer for as long as that lives.

The lock is what tells a file in the making from what a dead process left behind: `sweep_abandoned` removes a file only
when nobody holds its lock. Whoever sweeps may come between making and locking, then the file is made anew. Used by
every door that receives: the spool's writers and, in the gateway, uploads.
"""

import errno
import fcntl
import os
from pathlib import Path

from config.errors import StorageFull

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_MOST_PIECES = os.sysconf("SC_IOV_MAX")


def create_locked(path: Path, *, full: str) -> int:
    """Create a file with mode 0600 and lock it; return its descriptor. `full` is what to say when there is no room.

    Raises:
        StorageFull: no room for even its name.
    """
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise as_ours(error, full=full) from None
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def write_all(descriptor: int, *pieces: bytes | bytearray | memoryview) -> None:
    """Write all of it; an `OSError` may leave a part of it written."""
    rest = [memoryview(piece) for piece in pieces if len(piece)]
    while rest:
        written = os.writev(descriptor, rest[:_MOST_PIECES])
        while rest and written >= len(rest[0]):
            written -= len(rest.pop(0))
        if written:
            rest[0] = rest[0][written:]


def try_lock(descriptor: int) -> bool:
    """Lock an open file unless somebody else holds it; say whether it is ours and still has a name."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(descriptor).st_nlink > 0


def sweep_abandoned(path: Path, *beside: Path) -> bool:
    """Remove a file whose writer no longer lives, what accompanies it first; say whether it was removed."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        if not try_lock(descriptor):
            return False
        for each in (*beside, path):
            each.unlink(missing_ok=True)
        return True
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """Return how much room an unprivileged process has left on the disk of a folder."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def as_ours(error: OSError, *, full: str) -> Exception:
    """Return the error to raise for a failed write: StorageFull where the disk or the quota is used up, else itself."""
    return StorageFull(full) if error.errno in NO_ROOM else error
