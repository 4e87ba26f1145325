"""Make the names in a folder durable, for many threads with few calls to the disk.

A name that was there before a sync began is durable when it ends. So threads that come while one sync runs need the
next one, and all of them the same: one of them does it for the others.
"""

import os
import threading
from pathlib import Path


class FolderSync:
    """Syncs one folder; threads that ask at the same time share a sync."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Condition()
        self._running = False
        self._begun = 0
        self._done = 0

    def sync(self) -> None:
        """Return when every change to the folder that was made before the call is on disk.

        Raises:
            OSError: the disk refuses.
        """
        with self._turn:
            needed = self._begun + 1
            while self._running and self._done < needed:
                self._turn.wait()
            if self._done >= needed:
                return
            self._running = True
            self._begun += 1
            number = self._begun
        done = False
        try:
            _fsync_folder(self._folder)
            done = True
        finally:
            with self._turn:
                self._running = False
                if done:
                    self._done = number
                self._turn.notify_all()


def sync_folders(*folders: Path) -> None:
    """Make the names in folders durable, those of folders that were just made in them."""
    for folder in folders:
        _fsync_folder(folder)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
