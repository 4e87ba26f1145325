"""Which object each process is working on, told by a file that outlives the process.

What ends a process cannot be caught in it: a decoder that breaks off, memory that is not to be had, work without end.
A run of objects keeps one small file, locked while its process lives, and says there what it begins. A file that
nobody locks any more names the object over which somebody died. Who ends for another reason takes its files away, or
has them taken away, as the objects are not to blame for that.
"""

import fcntl
import os
import struct
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

_FOLDER = "under-way"
_NOTE = struct.Struct(
    "<qqdq"
)  # the process, the object, since when by the system's monotonic clock, what took too long
_OBJECT = struct.Struct("<q")

_open: "set[Mark]" = set()
_forgiven = False  # this process is ending


@dataclass(frozen=True, slots=True)
class Note:
    """What a mark says: which process works on which object, for how many seconds, and whether that was too long."""

    process: int
    object_id: int
    seconds: float
    too_long: bool


class Mark:
    """The mark of one run of objects; as a context manager it goes with the run, but stays when memory ran out."""

    def __init__(self, home: Path) -> None:
        self.path = _folder(home) / uuid4().hex
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        _open.add(self)
        if _forgiven:
            self.remove()

    def begin(self, object_id: int) -> None:
        """Say on which object the process works from now on."""
        os.pwrite(self._descriptor, _NOTE.pack(os.getpid(), object_id, time.monotonic(), 0), 0)

    def remove(self) -> None:
        """Take the mark away: nothing that comes now is the fault of what it names."""
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, MemoryError):
            self.remove()
        _open.discard(self)
        os.close(self._descriptor)


def forgive() -> None:
    """Take away every mark of this process, now and from now on: it ends for another reason than what it works on."""
    global _forgiven  # noqa: PLW0603 - a process ends once
    _forgiven = True
    for mark in list(_open):
        mark.remove()


def forgive_others(home: Path, processes: Collection[int]) -> None:
    """Take away the marks of processes that were ended for another reason than what they worked on."""
    for path, descriptor, _ in _marks(home):
        note = _note(descriptor)
        if note is not None and note.process in processes:
            path.unlink(missing_ok=True)


def working(home: Path) -> Iterator[tuple[Path, Note]]:
    """Return the marks of processes that live, each with its file."""
    for path, descriptor, ours in _marks(home):
        note = _note(descriptor)
        if not ours and note is not None:
            yield path, note


def call_too_long(path: Path, object_id: int) -> None:
    """Write on a mark that an object took too long, before its process is ended; what it has begun since did not."""
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.pwrite(descriptor, _OBJECT.pack(object_id), _NOTE.size - _OBJECT.size)
        finally:
            os.close(descriptor)


def sweep(home: Path) -> int:
    """Remove the marks of processes that died before they began anything, while none is started; return how many."""
    removed = 0
    for path, descriptor, ours in _marks(home):
        if ours and _note(descriptor) is None:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def left_behind(home: Path) -> list[tuple[Path, Note]]:
    """Return the marks of processes that died at their work; who has recorded one removes its file."""
    found = []
    for path, descriptor, ours in _marks(home):
        note = _note(descriptor)
        if ours and note is not None:
            found.append((path, note))
    return found


def _marks(home: Path) -> Iterator[tuple[Path, int, bool]]:
    """Yield each mark with an open descriptor, and whether it could be locked: then nobody works under it.

    Who looks shares the lock with whoever else looks, or a dead process would seem to live.
    """
    for path in list(_folder(home).iterdir()):
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                yield path, descriptor, _lock(descriptor)
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _note(descriptor: int) -> Note | None:
    """Return what a mark says; None before the first object was begun."""
    said = os.pread(descriptor, _NOTE.size, 0)
    if len(said) < _NOTE.size:
        return None
    process, object_id, since, took_too_long = _NOTE.unpack(said)
    return Note(process, object_id, time.monotonic() - since, took_too_long == object_id)


def _folder(home: Path) -> Path:
    folder = home / "run" / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
