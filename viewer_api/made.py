"""What was made of published blobs, kept on disk: pictures, decoded frames, metadata. A cache, never the only copy.

An entry's name is a digest of everything that determines it, so an entry is right or absent, never out of date. Entries
of one blob lie in one folder, which goes when the blob goes. Several processes share the folder without a word: a file
is written under a name of its own and renamed, and its bytes bear a digest, so that neither a killed process nor a lost
page of the disk can make half a picture of it. What was not used for longest goes first when there is too much.
"""

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Lock, Thread

from config.settings import Settings

_SEAL = 16
_SHELF = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = "new"
_LOCK = "sweeping"
_TOUCH_SECONDS = 600.0
_OLD_SECONDS = 3600.0
_LOOK_EVERY = 16  # times a capacity's fraction written, before a process looks at the whole again
_DOWN_TO = 0.9


class Made:
    """Keeps answers below a folder within `capacity` bytes; nothing is kept when that is 0.

    While several processes write, the folder may be longer by a sixteenth for each of them.
    """

    def __init__(self, folder: Path, capacity: int) -> None:
        self._folder, self._capacity = folder, capacity
        self._written = capacity  # so that the first entry looks what others left
        self._lock = Lock()

    @property
    def keeps(self) -> bool:
        """Say whether anything is kept."""
        return self._capacity > 0

    def get(self, blob: str, *key: object) -> bytes | None:
        """Return what was made of a blob under a key, or None."""
        if not self._capacity:
            return None
        path = self._path(blob, key)
        try:
            with path.open("rb") as file:
                seal, content = file.read(_SEAL), file.read()
                used = os.fstat(file.fileno()).st_mtime
        except OSError:
            return None
        if _seal(content) != seal:
            path.unlink(missing_ok=True)
            return None
        if time.time() - used > _TOUCH_SECONDS:
            with suppress(OSError):
                os.utime(path)
        return content

    def put(self, blob: str, *key: object, content: bytes) -> None:
        """Keep what was made of a blob; a full disk is no error, it is only not kept."""
        if len(content) > self._capacity // _LOOK_EVERY:
            return
        path = self._path(blob, key)
        temporary = Path(f"{self._folder}/{_TEMPORARY}/{secrets.token_hex(16)}")
        try:
            _with_folder(temporary, lambda: _write(temporary, content))
            _with_folder(path, lambda: temporary.replace(path))
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            return
        self._count(len(content))

    def drop(self, blob: str) -> None:
        """Drop everything that was made of a blob."""
        shutil.rmtree(self._shelf(blob), ignore_errors=True)

    def sweep(self) -> int:
        """Remove what was not used for longest until there is room, and what dead writers left; return how many."""
        with self._alone() as alone:
            return self._sweep() if alone else 0

    def _count(self, written: int) -> None:
        with self._lock:
            self._written += written
            due = self._written > self._capacity // _LOOK_EVERY
            if due:
                self._written = 0
        if due:
            Thread(target=self.sweep, name="sweep", daemon=True).start()

    def _sweep(self) -> int:
        old = time.time() - _OLD_SECONDS
        removed = 0
        for left in self._folder.glob(f"{_TEMPORARY}/*"):
            removed += _remove(left) if _used(left) < old else 0
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        if total <= self._capacity:
            return removed
        for _, size, path in entries:
            if total <= self._capacity * _DOWN_TO:
                break
            removed += _remove(path)
            total -= size
            with suppress(OSError):
                path.parent.rmdir()
        return removed

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        for shelf in self._folder.glob("??/*"):
            with suppress(OSError), os.scandir(shelf) as entries:
                for entry in entries:
                    with suppress(OSError):
                        status = entry.stat()
                        yield status.st_mtime, status.st_size, Path(entry.path)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Say whether no other process is sweeping."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def _shelf(self, blob: str) -> str:
        if not _SHELF.fullmatch(blob):
            raise ValueError("a shelf bears the key of a blob")
        return f"{self._folder}/{blob[:2]}/{blob}"

    def _path(self, blob: str, key: tuple[object, ...]) -> Path:
        return Path(f"{self._shelf(blob)}/{_named(key)}")


def open_made(settings: Settings) -> Made:
    """Return what is kept in the home of a node."""
    return Made(settings.made, settings.viewer.cache_bytes)


@lru_cache(maxsize=256)
def _named(key: tuple[object, ...]) -> str:
    return sha256("\n".join(repr(part) for part in key).encode()).hexdigest()[:40]


def _seal(content: bytes) -> bytes:
    return sha256(content).digest()[:_SEAL]  # faster than its rivals where the processor knows it


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(_seal(content))
        file.write(content)


def _with_folder(path: Path, act: Callable[[], object]) -> None:
    """Do what needs the folder of a path, which may not be there yet, or not any more."""
    try:
        act()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        act()


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _remove(path: Path) -> int:
    try:
        path.unlink()
    except OSError:
        return 0
    return 1
