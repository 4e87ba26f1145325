"""How often a bundle was begun to be unpacked and nobody lived to end it, told by a file beside the bundle.

The file grows by a byte, durably, before each attempt, and goes when the attempt ends in any way that the process sees.
So what ends the process itself, as a bundle can that needs more memory than there is, leaves its trace and is not
repeated for ever.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from config.blob_batch import sync_folder
from config.errors import NotFound
from gateway.bundles.apart import Killed
from gateway.node import Node
from gateway.uploads.room import FULL
from gateway.uploads.waybill import Places
from scp.growing_file import as_ours, try_lock

MOST_KILLED = 3


def is_given_up(places: Places) -> bool:
    """Say whether a bundle ended the process that unpacked it as often as it may."""
    try:
        return places.attempts.stat().st_size >= MOST_KILLED
    except FileNotFoundError:
        return False


@contextmanager
def attempt(places: Places) -> Iterator[None]:
    """Count an attempt for as long as it lasts; one that runs out of memory, or of a life, stays counted.

    So does one whose reader of 7z was killed: the kernel takes that first when memory runs out.

    Raises:
        StorageFull: no room to count it.
    """
    try:
        descriptor = os.open(places.attempts, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b".")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(places.folder)
    except OSError as error:
        raise as_ours(error, full=FULL) from None
    try:
        yield
    except (MemoryError, Killed):
        raise
    except BaseException:
        places.attempts.unlink(missing_ok=True)
        raise
    places.attempts.unlink(missing_ok=True)


def forgive_attempts(node: Node) -> None:
    """Take back the attempts that are under way: the process is told to stop, and they are not to blame for it."""
    for path in node.uploads.glob("*.attempts"):
        with suppress(FileNotFoundError, NotFound):
            places = Places(node.uploads, path.stem)
            if _is_locked(places) and (size := path.stat().st_size):
                os.truncate(path, size - 1)


def _is_locked(places: Places) -> bool:
    descriptor = os.open(places.bundle, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return not try_lock(descriptor)
    finally:
        os.close(descriptor)
