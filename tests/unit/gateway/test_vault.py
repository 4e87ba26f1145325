"""The vault never holds an original in the plain, whoever deletes it meanwhile."""

import hashlib
import io

PLAIN = b"DICM of a patient with a name"


def test_an_original_that_is_purged_while_it_comes_again_is_encrypted_again(node, monkeypatch):
    vault, blobs = node.vault, node.vault._blobs
    digest = hashlib.sha256(PLAIN).hexdigest()
    vault.put(digest, io.BytesIO(PLAIN))
    for step in ("exists", "_sync_names"):
        real = getattr(blobs, step)

        def purged(*args, real=real, step=step):
            found = real(*args)
            monkeypatch.setattr(blobs, step, real)
            blobs.delete(digest)
            return found

        monkeypatch.setattr(blobs, step, purged)
        vault.put(digest, io.BytesIO(PLAIN))
        monkeypatch.setattr(blobs, step, real)
        assert PLAIN not in blobs.path(digest).read_bytes()
        with vault.open(digest) as original:
            assert original.read() == PLAIN
