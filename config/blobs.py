"""Blob stores: five verbs over content-addressed objects.

A key is the lower-case hexadecimal SHA-256 of what the blob stands for, so that a received string never becomes a path
and putting the same thing twice is a no-op. `put` returns only after the bytes and their folder are on disk; several
are cheaper in a `batch`.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from config.blob_batch import Batch, FolderNames
from config.errors import Misconfigured, NotFound

_KEY = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


class BlobStore(Protocol):
    """Where blobs live."""

    def put(self, key: str, source: BinaryIO) -> None:
        """Store everything that `source` still holds under `key`; a key that exists is left as it is."""

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading; the stream can seek.

        Raises:
            NotFound: no such blob.
        """

    def exists(self, key: str) -> bool:
        """Say whether there is a blob under `key`."""

    def delete(self, key: str) -> None:
        """Delete a blob; absent is fine."""

    def keys(self) -> Iterator[str]:
        """Return every key, in no order."""


class LocalFolder:
    """A blob store in a local folder, in sub-folders by the first two digits of the keys; files have mode 0600."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = FolderNames()
        self._temporary = root / "tmp"
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._temporary.mkdir(exist_ok=True, mode=0o700)

    def put(self, key: str, source: BinaryIO) -> None:
        """See `BlobStore.put`."""
        with self.batch() as batch:
            batch.put(key, source)

    def take_over(self, key: str, other: "LocalFolder") -> None:
        """Store a blob that another store has; on one disk it costs a second name and no copy.

        Raises:
            NotFound: the other store has no such blob.
        """
        with self.batch() as batch:
            batch.take_over(key, other)

    def batch(self) -> Batch:
        """Return a batch: blobs that become durable together."""
        return Batch(self, self._names, self._temporary)

    def open(self, key: str) -> BinaryIO:
        """See `BlobStore.open`."""
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            raise NotFound("there is no such blob") from None

    def exists(self, key: str) -> bool:
        """See `BlobStore.exists`."""
        return self.path(key).exists()

    def delete(self, key: str) -> None:
        """See `BlobStore.delete`."""
        self.path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """See `BlobStore.keys`."""
        for path in self._root.glob("??/*"):
            if _KEY.fullmatch(path.name):
                yield path.name

    def sweep(self, older_than_seconds: float = 3600.0) -> int:
        """Remove the temporary files of writers that died; return how many."""
        old = [path for path in self._temporary.iterdir() if time.time() - path.stat().st_mtime > older_than_seconds]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def path(self, key: str) -> Path:
        """Return where a blob lies; for answers that hand a file to the operating system."""
        if not _KEY.fullmatch(key):
            raise NotFound("a blob key has 64 hexadecimal digits")
        return Path(f"{self._root}/{key[:2]}/{key}")


def open_blob_store(url: str) -> LocalFolder:
    """Return the blob store at a URL, and make its folder where there is none.

    Raises:
        Misconfigured: see `blob_folder`.
    """
    return LocalFolder(blob_folder(url))


def blob_folder(url: str) -> Path:
    """Return the folder that a blob store's URL names; nothing is made.

    Raises:
        Misconfigured: a scheme this version has no store for, or not the absolute path of a folder of this machine.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Misconfigured("a blob store is written file:///FOLDER") from None
    if parts.scheme != "file":
        raise Misconfigured(f"no blob store for {parts.scheme}: URLs; this version keeps blobs in file:///FOLDER")
    folder = Path(unquote(parts.path))
    if parts.netloc not in {"", "localhost"} or not folder.is_absolute():
        raise Misconfigured("a blob store is written file:///FOLDER, with three slashes and the whole path")
    return folder


def sha256_of(stream: BinaryIO) -> str:
    """Return the hexadecimal SHA-256 of everything that a stream still holds."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
