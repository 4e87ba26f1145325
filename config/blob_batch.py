"""Blobs that become durable together: each is written as it comes, and all are synced and named by one `commit`.

A file is synced before it gets its name, and the folders are synced after: when `commit` returns, every blob survives a
power cut. Many syncs under way at once cost the disk little more than one, because its journal is written for all. A
large batch goes in parts, since each file stays open until it is synced.
"""

import os
import tempfile
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from config.errors import StorageFull

_CHUNK = 1 << 20
_AT_ONCE = 4
_MOST_OPEN = 32
_NO_ROOM = {28, 122}  # ENOSPC, EDQUOT


class Shelf(Protocol):
    """A store of blobs in a local folder."""

    def path(self, key: str) -> Path:
        """Return where a blob lies."""

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading."""


class FolderNames:
    """The sub-folders of a store, and those whose own names this process has made durable."""

    def __init__(self) -> None:
        self._durable: set[Path] = set()

    def make(self, target: Path) -> None:
        """Make the folder in which a blob lies."""
        with suppress(FileExistsError):
            target.parent.mkdir(mode=0o700)
            self._durable.discard(target.parent)

    def sync(self, targets: Collection[Path]) -> None:
        """Make the names of blobs durable, also of those that were there: who writes one may not have come so far."""
        parents = {target.parent for target in targets}
        new = parents - self._durable
        _for_each(sync_folder, parents | {folder.parent for folder in new})
        self._durable |= new


class Batch:
    """Blobs on their way into one store; as a context manager it commits, or leaves no temporary file."""

    def __init__(self, store: Shelf, names: FolderNames, temporary: Path) -> None:
        self._store = store
        self._names = names
        self._temporary = temporary
        self._written: dict[Path, tuple[int, Path]] = {}  # by target: the open file and its name so far
        self._there: set[Path] = set()

    def has(self, key: str) -> bool:
        """Say whether a blob is there or on its way; one that is there becomes durable with the others."""
        target = self._store.path(key)
        if target in self._written or target in self._there:
            return True
        if not target.exists():
            return False
        self._there.add(target)
        return True

    def put(self, key: str, source: BinaryIO) -> None:
        """Write everything that `source` still holds; a key that exists is left as it is.

        Raises:
            StorageFull: the disk is full.
        """
        target, whole = self._store.path(key), False
        if self.has(key):
            return
        if len(self._written) >= _MOST_OPEN:
            self._name_what_was_written()
        descriptor, name = tempfile.mkstemp(dir=self._temporary)
        self._written[target] = descriptor, Path(name)
        try:
            while chunk := source.read(_CHUNK):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
            whole = True
        except OSError as error:
            raise _as_ours(error) from None
        finally:
            if not whole:
                self._discard(target)

    def take_over(self, key: str, other: Shelf) -> None:
        """Store a blob that another store has; on one disk it costs a second name and no copy.

        Raises:
            NotFound: the other store has no such blob.
            StorageFull: the disk is full.
        """
        if self.has(key):
            return
        target = self._store.path(key)
        try:
            self._in_folder(target, partial(os.link, other.path(key), target))
        except FileExistsError:
            pass
        except OSError:  # another disk, or one without links
            with other.open(key) as source:
                self.put(key, source)
            return
        self._there.add(target)

    def commit(self) -> None:
        """Make everything durable; nothing more can be put.

        Raises:
            StorageFull: the disk is full.
        """
        try:
            self._name_what_was_written()
            self._names.sync(self._there)
        except OSError as error:
            raise _as_ours(error) from None
        finally:
            self.abort()

    def abort(self) -> None:
        """Leave no file that has no name yet."""
        for target in list(self._written):
            self._discard(target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.commit()
        else:
            self.abort()

    def _name_what_was_written(self) -> None:
        """Sync what was written, then give it its names; those of the folders are still to be synced."""
        try:
            _for_each(os.fsync, [descriptor for descriptor, _ in self._written.values()])
            for target, (_, name) in self._written.items():
                self._in_folder(target, partial(name.replace, target))
        except OSError as error:
            raise _as_ours(error) from None
        self._there |= self._written.keys()
        self.abort()

    def _discard(self, target: Path) -> None:
        descriptor, name = self._written.pop(target)
        os.close(descriptor)
        name.unlink(missing_ok=True)

    def _in_folder(self, target: Path, name_it: Callable[[], object]) -> None:
        """Give a blob its name, and make its folder where there is none."""
        try:
            name_it()
        except FileNotFoundError:
            self._names.make(target)
            name_it()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _for_each(sync: Callable[[Any], None], things: Collection[Any]) -> None:
    """Sync several things at once and wait for all; the first failure is raised."""
    waiting, at_once = list(things), min(_AT_ONCE, len(things))

    def sync_some(number: int) -> None:
        for each in waiting[number::at_once]:
            sync(each)

    if not waiting:
        return
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(sync_some, range(at_once)))


def _as_ours(error: OSError) -> Exception:
    return StorageFull("the disk of the blob store is full") if error.errno in _NO_ROOM else error
