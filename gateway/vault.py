"""The vault: originals exactly as received, encrypted with age, found by the SHA-256 of their plain bytes.

Writing needs the public recipient only; reading needs the identity and checks the digest, so that neither a captured
door can read nor a damaged original can pass for the received one.
"""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pyrage

from config.blobs import LocalFolder, sha256_of
from config.errors import Unavailable
from config.keys import read_vault_identity, read_vault_recipient
from gateway.scratch import scratch_file

_IN_MEMORY = 8 << 20
_DAMAGED = "an original in the vault is damaged: restore it from the backup"


class Vault:
    """Encrypted originals in a blob store."""

    def __init__(self, blobs: LocalFolder, home: Path) -> None:
        self._blobs = blobs
        self._home = home

    def put(self, digest: str, plain: BinaryIO) -> None:
        """Encrypt and store what `plain` still holds under the digest of those bytes; a known digest is only synced."""
        if self._blobs.make_durable(digest):  # whoever wrote it may not have come so far
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

    def open(self, digest: str) -> BinaryIO:
        """Decrypt an original into a stream that can seek; the caller closes it.

        Small originals stay in memory; large ones go through a file that is unlinked from the start.

        Raises:
            NotFound: no such original.
            Unavailable: it does not decrypt to what was received.
        """
        plain = scratch_file(self._home)
        with self._blobs.open(digest) as cipher:
            try:
                pyrage.decrypt_io(cipher, plain, [read_vault_identity(self._home)])
            except pyrage.DecryptError:
                raise Unavailable("an original in the vault does not decrypt: check the vault identity") from None
            except OSError as error:
                if error.errno is not None:
                    raise
                raise Unavailable(_DAMAGED) from None  # how pyrage says that a later part is not what was encrypted
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
