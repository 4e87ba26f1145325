"""The secrets of a home."""

import io
import stat

import pyrage
import pytest

from config.errors import Misconfigured
from config.key_versions import read_key_versions
from config.keys import (
    create_keys,
    read_preview_key,
    read_receipt_seed,
    read_vault_identity,
    read_vault_recipient,
)

READERS = {
    "node.key": read_key_versions,
    "vault.identity": read_vault_identity,
    "vault.recipient": read_vault_recipient,
    "receipt.key": read_receipt_seed,
    "preview.key": read_preview_key,
}


def test_keys_are_created_once_and_never_touched_again(tmp_path):
    assert create_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert not create_keys(tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


def test_secrets_can_be_read_by_their_owner_alone(tmp_path):
    create_keys(tmp_path)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    for name in ("node.key", "vault.identity", "receipt.key", "preview.key"):
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600


def test_two_homes_have_different_keys(tmp_path):
    for name in ("one", "two"):
        create_keys(tmp_path / name)
    assert [len(secret) for secret in read_key_versions(tmp_path / "one").values()] == [32]
    assert read_key_versions(tmp_path / "one") != read_key_versions(tmp_path / "two")


def test_what_the_recipient_encrypts_the_identity_opens(tmp_path):
    create_keys(tmp_path)
    sealed = pyrage.encrypt(b"original", [read_vault_recipient(tmp_path)])
    assert pyrage.decrypt(sealed, [read_vault_identity(tmp_path)]) == b"original"
    assert b"original" not in io.BytesIO(sealed).read()


@pytest.mark.parametrize("name", list(READERS))
def test_a_missing_key_says_what_to_do(tmp_path, name):
    create_keys(tmp_path)
    (tmp_path / "keys" / name).unlink()
    with pytest.raises(Misconfigured, match="overread init"):
        READERS[name](tmp_path)


@pytest.mark.parametrize("name", list(READERS))
@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"\xff\xfe"])
def test_a_damaged_key_is_said_to_be_so_without_showing_it(tmp_path, name, content):
    create_keys(tmp_path)
    path = tmp_path / "keys" / name
    path.write_bytes(content)
    with pytest.raises(Misconfigured, match="damaged"):
        READERS[name](tmp_path)


@pytest.mark.parametrize("name", ["node.key", "vault.identity", "receipt.key"])
def test_a_secret_that_others_can_read_is_refused(tmp_path, name):
    create_keys(tmp_path)
    (tmp_path / "keys" / name).chmod(0o640)
    with pytest.raises(Misconfigured, match="chmod 600"):
        READERS[name](tmp_path)


def test_a_lost_recipient_of_a_kept_identity_comes_back(tmp_path):
    create_keys(tmp_path)
    before = str(read_vault_recipient(tmp_path))
    (tmp_path / "keys" / "vault.recipient").unlink()
    assert create_keys(tmp_path)
    assert str(read_vault_recipient(tmp_path)) == before
