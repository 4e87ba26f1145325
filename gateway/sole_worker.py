"""One worker at a time works on a home: a new one waits until that of a supervisor that was killed has ended.

At its start a worker removes what is staged and in no row, since nobody else stages (`gateway.housekeeping`); while
another still de-identifies, that would be what it is about to record. The lock is the process's own until it ends,
however it ends: threads that finish something may live longer than the work they were given.
"""

import fcntl
import os
import threading
from pathlib import Path

from config.log import get_log

_LOOK_SECONDS = 0.1


def become_sole_worker(home: Path, stop: threading.Event) -> bool:
    """Wait until no other process works on a home, or until told to stop; say whether this one may work now."""
    descriptor = os.open(home / "run" / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    waited = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waited:
                get_log().warning("another worker is still ending", role="worker")
            waited = True
        else:
            return True  # the descriptor stays open, and the lock held, as long as the process lives
        if stop.wait(_LOOK_SECONDS):
            os.close(descriptor)
            return False
