"""The maildir that every door writes: what lies in `new/` is complete, durable and owed to its sender.

A file is written in `tmp/`, synced, renamed into `new/` and the folder synced; only then may a door acknowledge. One
file is one received object: the envelope's line, then the payload. Names sort by arrival and bear the SHA-256 of the
payload; no received string is ever part of a name. A writer holds a lock on its temporary file for as long as it
lives, so that `sweep` can tell what a dead one left behind. Files have mode 0600, folders 0700.
"""

import hashlib
import io
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from config.errors import Malformed, NotFound
from scp.envelope import DOORS, Door, Envelope
from scp.folder_sync import FolderSync, sync_folders
from scp.growing_file import as_ours, create_locked, free_bytes, sweep_abandoned, write_all

__all__ = ["DOORS", "Door", "Entry", "Envelope", "Spool", "SpoolWriter"]

_NAME = re.compile(r"[0-9]{20}-[0-9a-f]{16}\.([0-9a-f]{64})")
_FULL = "the disk of the spool is full"
_LONGEST_ENVELOPE = 64 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A committed object in the spool; `digest` is the SHA-256 of the payload in hexadecimal."""

    name: str
    digest: str
    path: Path


class Spool:
    """The spool in a folder, shared by any number of processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._temporary = root / "tmp"
        self._new = root / "new"
        is_new = not self._new.is_dir()
        for folder in (root, self._temporary, self._new):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_new:
            sync_folders(root, root.parent)
        self._sync = FolderSync(self._new)

    def create(self, envelope: Envelope, head: bytes = b"") -> "SpoolWriter":
        """Begin an object whose payload begins with `head`.

        Raises:
            StorageFull: no room for even the envelope and the head.
        """
        return SpoolWriter(self._temporary, self._new, self._sync, envelope, head)

    def entries(self) -> Iterator[Entry]:
        """Return the committed objects, oldest first, as they lay there when asked; other files are passed over."""
        with os.scandir(self._new) as found:
            names = sorted(item.name for item in found)
        for name in names:
            if match := _NAME.fullmatch(name):
                yield Entry(name, match.group(1), self._new / name)

    def open(self, entry: Entry) -> tuple[Envelope, BinaryIO]:
        """Open an object: its envelope, and its payload as a stream that can seek, counted from the payload's start.

        Raises:
            NotFound: the entry was removed.
            Malformed: the file does not begin with an envelope.
        """
        try:
            file = entry.path.open("rb")
        except FileNotFoundError:
            raise NotFound("there is no such spool entry") from None
        try:
            line = file.readline(_LONGEST_ENVELOPE)
            if not line.endswith(b"\n"):
                raise Malformed("a spool entry does not begin with an envelope")
            envelope = Envelope.from_json(line)
        except BaseException:
            file.close()
            raise
        return envelope, cast(BinaryIO, io.BufferedReader(_Payload(file, len(line))))

    def remove(self, entry: Entry) -> None:
        """Remove an object for good; absent is fine."""
        self.remove_all([entry])

    def remove_all(self, entries: Iterable[Entry]) -> None:
        """Remove objects for good; absent is fine."""
        for entry in entries:
            entry.path.unlink(missing_ok=True)
        self._sync.sync()

    def set_aside(self, entry: Entry) -> None:
        """Move an entry that cannot be opened out of the way, into `bad/`, for a person to look at."""
        folder = self.root / "bad"
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            entry.path.rename(folder / entry.name)

    def set_aside_count(self) -> int:
        """Return how many entries were set aside."""
        folder = self.root / "bad"
        return len(list(folder.iterdir())) if folder.is_dir() else 0

    def sweep(self) -> int:
        """Remove the temporary files of writers that no longer live; return how many."""
        return sum(sweep_abandoned(path) for path in self._temporary.iterdir())

    def count(self) -> int:
        """Return how many objects wait."""
        with os.scandir(self._new) as found:
            return sum(1 for item in found if _NAME.fullmatch(item.name))

    def free_bytes(self) -> int:
        """Return how much room an unprivileged process has left on the disk of the spool."""
        return free_bytes(self.root)


class SpoolWriter:
    """One object on its way into the spool; as a context manager it aborts unless it was committed."""

    def __init__(self, temporary: Path, new: Path, sync: FolderSync, envelope: Envelope, head: bytes = b"") -> None:
        self._new = new
        self._sync = sync
        self._digest = hashlib.sha256(head)
        self._stem = f"{time.time_ns():020d}-{secrets.token_hex(8)}"
        self._path = temporary / self._stem
        self._descriptor: int | None = create_locked(self._path, full=_FULL)
        self.payload_bytes = len(head)
        self._write_all(envelope.to_json().encode("ascii") + b"\n" + head)

    def write(self, *pieces: bytes | bytearray | memoryview) -> None:
        """Append to the payload.

        Raises:
            StorageFull: the disk is full; the object is gone.
        """
        self._write_all(*pieces)
        for piece in pieces:
            self._digest.update(piece)
            self.payload_bytes += len(piece)

    def commit(self) -> Entry:
        """Make the object durable and visible; when this returns it survives a power cut.

        Raises:
            StorageFull: the disk is full; the object is gone.
        """
        descriptor = self._open_descriptor()
        digest = self._digest.hexdigest()
        target = self._new / f"{self._stem}.{digest}"
        try:
            os.fsync(descriptor)
            self._path.rename(target)
            self._path = target  # from here on `abort` would have to take it away again
            self._sync.sync()
        except OSError as error:
            self._fail(error)
        self._close()
        return Entry(target.name, digest, target)

    def abort(self) -> None:
        """Remove every trace of an object that was not committed; a second call does nothing."""
        if self._descriptor is not None:
            self._path.unlink(missing_ok=True)
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _write_all(self, *pieces: bytes | bytearray | memoryview) -> None:
        try:
            write_all(self._open_descriptor(), *pieces)
        except OSError as error:
            self._fail(error)

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError("the spool writer is closed")
        return self._descriptor

    def _fail(self, error: OSError) -> None:
        self.abort()
        raise as_ours(error, full=_FULL) from None

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Payload(io.RawIOBase):
    """The part of a file behind the envelope's line; pydicom asks every buffered reader for a name."""

    name = "payload"

    def __init__(self, file: BinaryIO, start: int) -> None:
        super().__init__()
        self._file = file
        self._start = start
        file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        return cast(io.BufferedReader, self._file).readinto(buffer)

    def readall(self) -> bytes:
        return self._file.read()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET:
            if offset < 0:
                raise ValueError("a payload has no place before its start")
            return self._file.seek(offset + self._start) - self._start
        position = self._file.tell() if whence == os.SEEK_CUR else self._file.seek(0, os.SEEK_END)
        return self.seek(max(position - self._start + offset, 0))

    def tell(self) -> int:
        return self._file.tell() - self._start

    def close(self) -> None:
        self._file.close()
        super().close()
