"""The secrets of a node: files of their own with mode 0600, never in the TOML, never logged.

`keys/node.key` feeds every keyed function (pseudonyms, UIDs, date shifts): losing it loses the way back for new
studies, leaking it undoes the pseudonyms. `keys/vault.identity` is the age identity that opens the vault;
`keys/vault.recipient` is its public half, all that a door needs.
"""

import os
import secrets
import stat
from pathlib import Path

import pyrage

from config.errors import Misconfigured

NODE_KEY = "node.key"
VAULT_IDENTITY = "vault.identity"
VAULT_RECIPIENT = "vault.recipient"


def create_keys(home: Path) -> bool:
    """Create the keys that a home lacks; return whether any was created. Existing keys are never touched."""
    folder = home / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    created = False
    if not (folder / NODE_KEY).exists():
        _write_secret(folder / NODE_KEY, secrets.token_bytes(32).hex())
        created = True
    if not (folder / VAULT_IDENTITY).exists():
        _write_secret(folder / VAULT_IDENTITY, str(pyrage.x25519.Identity.generate()))
        created = True
    if not (folder / VAULT_RECIPIENT).exists():
        recipient = read_vault_identity(home).to_public()
        (folder / VAULT_RECIPIENT).write_text(f"{recipient}\n", encoding="ascii")
        created = True
    return created


def read_node_key(home: Path) -> bytes:
    """Return the 32 bytes of the node key.

    Raises:
        Misconfigured: absent, readable by others, or damaged.
    """
    try:
        key = bytes.fromhex(_read_secret(home / "keys" / NODE_KEY))
    except ValueError:
        raise Misconfigured(f"keys/{NODE_KEY} is damaged: restore it from the backup") from None
    if len(key) != 32:
        raise Misconfigured(f"keys/{NODE_KEY} is damaged: restore it from the backup")
    return key


def read_vault_identity(home: Path) -> pyrage.x25519.Identity:
    """Return the age identity that opens the vault.

    Raises:
        Misconfigured: absent, readable by others, or damaged.
    """
    try:
        return pyrage.x25519.Identity.from_str(_read_secret(home / "keys" / VAULT_IDENTITY))
    except (pyrage.IdentityError, ValueError):
        raise Misconfigured(f"keys/{VAULT_IDENTITY} is damaged: restore it from the backup") from None


def read_vault_recipient(home: Path) -> pyrage.x25519.Recipient:
    """Return the public age recipient, enough to write into the vault and not to read.

    Raises:
        Misconfigured: absent or damaged.
    """
    try:
        text = (home / "keys" / VAULT_RECIPIENT).read_text(encoding="ascii").strip()
        return pyrage.x25519.Recipient.from_str(text)
    except FileNotFoundError:
        raise Misconfigured(f"keys/{VAULT_RECIPIENT} is missing: run `overread init`") from None
    except (pyrage.RecipientError, ValueError):
        raise Misconfigured(f"keys/{VAULT_RECIPIENT} is damaged: restore it from the backup") from None


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def _read_secret(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Misconfigured(
            f"keys/{path.name} is missing: run `overread init`, or restore it from the backup"
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise Misconfigured(f"keys/{path.name} can be read by others: run `chmod 600` on it")
    return path.read_text(encoding="ascii").strip()
