"""Stop the library's own thread of an association that we requested, or it may take a response that we wait for.

The thread says that it has stopped a moment before it stops, and says so still a moment after it goes on: only what it
has said for a while is true.
"""

import time

from pynetdicom.association import Association

_TRUE_PAUSE_SECONDS = 0.02


def pause_reactor(association: Association) -> None:
    """Return once the thread stands still; it does until `resume_reactor`."""
    association._reactor_checkpoint.clear()
    since = time.monotonic()
    while association.is_alive() and time.monotonic() - since < _TRUE_PAUSE_SECONDS:
        if not association._is_paused:
            since = time.monotonic()
        time.sleep(0.001)


def resume_reactor(association: Association) -> None:
    """Let the thread go on."""
    association._reactor_checkpoint.set()
