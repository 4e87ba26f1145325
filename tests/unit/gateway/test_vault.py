"""The vault never holds an original in the plain, whoever deletes it meanwhile."""

import hashlib
import io

import pyrage
import pytest

from config.blob_batch import Batch
from config.errors import Unavailable

PLAIN = b"DICM of a patient with a name"


def test_an_original_that_is_purged_while_it_comes_again_is_encrypted_again(node, monkeypatch):
    vault, blobs = node.vault, node.vault._blobs
    digest = hashlib.sha256(PLAIN).hexdigest()
    vault.put(digest, io.BytesIO(PLAIN))
    for step in ("has", "commit"):
        real = getattr(Batch, step)

        def purged(*args, real=real, step=step):
            found = real(*args)
            monkeypatch.setattr(Batch, step, real)
            blobs.delete(digest)
            return found

        monkeypatch.setattr(Batch, step, purged)
        vault.put(digest, io.BytesIO(PLAIN))
        monkeypatch.setattr(Batch, step, real)
        assert PLAIN not in blobs.path(digest).read_bytes()
        with vault.open(digest) as original:
            assert original.read() == PLAIN


def test_an_original_that_is_damaged_or_another_s_is_never_handed_out(node):
    vault, blobs = node.vault, node.vault._blobs
    first, second = hashlib.sha256(PLAIN).hexdigest(), hashlib.sha256(b"another").hexdigest()
    vault.put(first, io.BytesIO(PLAIN))
    vault.put(second, io.BytesIO(b"another"))
    cipher = blobs.path(first).read_bytes()
    for damaged in (cipher[:-1] + bytes((cipher[-1] ^ 1,)), cipher[:-5], blobs.path(second).read_bytes()):
        blobs.path(first).write_bytes(damaged)
        with pytest.raises(Unavailable, match="damaged"):
            vault.open(first)
    foreign = pyrage.encrypt(PLAIN, [pyrage.x25519.Identity.generate().to_public()])
    blobs.path(first).write_bytes(foreign)
    with pytest.raises(Unavailable, match="check the vault identity"):
        vault.open(first)
