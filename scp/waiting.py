"""Waiting for events instead of polling: a bell that `poll` hears, and a queue that rings when it is filled.

pynetdicom's two threads of each association look about every millisecond; fifty idle associations would cost a core.
"""

import os
import queue
import threading
from collections.abc import Callable
from typing import Any


class Bell:
    """An eventfd that may be rung from any thread, also after it was closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._descriptor: int | None = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor to wait on, -1 when closed."""
        return -1 if self._descriptor is None else self._descriptor

    def ring(self) -> None:
        """Wake whoever waits, now or at its next wait."""
        with self._lock:
            if self._descriptor is not None:
                os.eventfd_write(self._descriptor, 1)

    def hush(self) -> None:
        """Forget the rings so far."""
        with self._lock:
            if self._descriptor is not None:
                try:
                    os.eventfd_read(self._descriptor)
                except BlockingIOError:
                    return

    def close(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


class SignallingQueue(queue.Queue[Any]):
    """A queue that calls back after each item put in."""

    def __init__(self, signal: Callable[[], None]) -> None:
        super().__init__()
        self._signal = signal

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an item in and signal."""
        super().put(item, block, timeout)
        self._signal()
