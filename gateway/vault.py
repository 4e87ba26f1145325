"""The vault: originals exactly as received, encrypted with age, found by the SHA-256 of their plain bytes.

Writing needs the public recipient only; reading needs the identity and checks the digest, so that neither a captured
door can read nor a damaged original can pass for the received one.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import pyrage

from config.blob_batch import Batch
from config.blobs import LocalFolder, sha256_of
from config.errors import Unavailable
from config.keys import read_vault_identity, read_vault_recipient
from gateway.scratch import scratch_file

_IN_MEMORY = 8 << 20
_NO_KEY = "No matching keys"  # pyrage's words for a file that was encrypted for somebody else
_FOREIGN = "an original in the vault does not decrypt: check the vault identity"
_DAMAGED = "an original in the vault is damaged: restore it from the backup"


class Vault:
    """Encrypted originals in a blob store."""

    def __init__(self, blobs: LocalFolder, home: Path) -> None:
        self._blobs = blobs
        self._home = home

    def put(self, digest: str, plain: BinaryIO) -> None:
        """Encrypt and store what `plain` still holds under the digest of those bytes; a known digest is only synced."""
        start = plain.tell()
        while True:
            with self.batch() as batch:
                batch.put(digest, plain)
            if self.exists(digest):  # not deleted by another meanwhile
                return
            plain.seek(start)

    def batch(self) -> "VaultBatch":
        """Return a batch: originals that become durable together.

        One that was there already may have been deleted by the time of the commit: look when nobody else deletes.
        """
        return VaultBatch(self._blobs.batch(), self._home)

    def open(self, digest: str) -> BinaryIO:
        """Decrypt an original into a stream that can seek; the caller closes it.

        Small originals stay in memory; large ones go through a file that is unlinked from the start.

        Raises:
            NotFound: no such original.
            Unavailable: it does not decrypt to what was received.
        """
        with self._blobs.open(digest) as cipher:
            small = cipher.read(_IN_MEMORY + 1)
            if len(small) <= _IN_MEMORY:
                return BytesIO(self._checked(digest, small))
            cipher.seek(0)
            return self._through_file(digest, cipher)

    def _checked(self, digest: str, cipher: bytes) -> bytes:
        with _as_unavailable():
            plain: bytes = pyrage.decrypt(cipher, [read_vault_identity(self._home)])
        if hashlib.sha256(plain).hexdigest() != digest:
            raise Unavailable(_DAMAGED)
        return plain

    def _through_file(self, digest: str, cipher: BinaryIO) -> BinaryIO:
        plain = scratch_file(self._home)
        with _as_unavailable():
            pyrage.decrypt_io(cipher, plain, [read_vault_identity(self._home)])
        plain.seek(0)
        if sha256_of(plain) != digest:
            raise Unavailable(_DAMAGED)
        plain.seek(0)
        return plain

    def exists(self, digest: str) -> bool:
        """Say whether an original is in the vault."""
        return self._blobs.exists(digest)

    def sweep(self) -> int:
        """Remove what writers that died left unfinished; return how many."""
        return self._blobs.sweep()

    def delete(self, digest: str) -> None:
        """Delete an original; absent is fine."""
        self._blobs.delete(digest)


class VaultBatch:
    """Originals on their way into the vault; as a context manager it commits, or leaves no temporary file."""

    def __init__(self, blobs: Batch, home: Path) -> None:
        self._blobs = blobs
        self._home = home

    def put(self, digest: str, plain: BinaryIO) -> None:
        """Encrypt what `plain` still holds and write it under the digest of those bytes, unless it is there."""
        if self._blobs.has(digest):
            return
        recipients, start = [read_vault_recipient(self._home)], plain.tell()
        small = plain.read(_IN_MEMORY + 1)
        if len(small) <= _IN_MEMORY:
            self._blobs.put(digest, BytesIO(pyrage.encrypt(small, recipients)))
            return
        plain.seek(start)
        with scratch_file(self._home) as cipher:
            pyrage.encrypt_io(plain, cipher, recipients)
            cipher.seek(0)
            self._blobs.put(digest, cipher)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blobs.__exit__(kind, error, trace)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """Tell what pyrage says of a damaged original in our words."""
    try:
        yield
    except pyrage.DecryptError as error:
        raise Unavailable(_DAMAGED if _NO_KEY not in str(error) else _FOREIGN) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise Unavailable(_DAMAGED) from None  # how pyrage says that a later part is not what was encrypted
