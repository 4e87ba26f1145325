"""What a power cut would leave of a disk: contents as they were when their file was last synced, names their folder.

It stands in for `os.fsync` and `os.fdatasync` and notes, before it lets each of them happen, what the file or the
folder is like at that moment. What was written, renamed or removed since is lost; a real disk may keep more.
"""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

Kind = Literal["files", "folders"]


class SyncedDisk:
    """The part of a disk that survives; it can forget one `kind` of syncs, as if nobody had asked for them."""

    def __init__(self, patch: pytest.MonkeyPatch, *, forgets: Kind | None = None) -> None:
        self._forgets = forgets
        self._lock = threading.Lock()
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, self._noting(getattr(os, name)))
        patch.setattr(os, "open", self._opening(os.open))

    def names(self, folder: Path) -> dict[str, int]:
        """Return the names in a folder that survive, with their files."""
        with self._lock:
            return dict(self._names.get(folder.stat().st_ino, {}))

    def content(self, file: int) -> bytes:
        """Return what survives of a file; nothing when it was never synced."""
        with self._lock:
            return self._contents.get(file, b"")

    def _noting(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(descriptor: int) -> None:
            state = os.fstat(descriptor)
            link = f"/proc/self/fd/{descriptor}"
            if stat.S_ISDIR(state.st_mode):
                with os.scandir(link) as found:
                    names = {entry.name: entry.inode() for entry in found}
                real(descriptor)
                if self._forgets != "folders":
                    with self._lock:
                        self._names[state.st_ino] = names
                return
            content = Path(link).read_bytes()
            real(descriptor)
            if self._forgets != "files":
                with self._lock:
                    self._contents[state.st_ino] = content

        return sync

    def _opening(self, real: Callable[..., int]) -> Callable[..., int]:
        def create(path: str | Path, flags: int, *arguments: int, **more: int) -> int:
            descriptor = real(path, flags, *arguments, **more)
            if flags & os.O_EXCL:  # a new file, maybe under the number of one that was removed
                with self._lock:
                    self._contents.pop(os.fstat(descriptor).st_ino, None)
            return descriptor

        return create
