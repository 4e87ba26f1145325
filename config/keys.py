"""The secrets of a node: files of their own with mode 0600, never in the TOML, never logged.

`keys/node.key` holds the versions of what feeds every keyed function (pseudonyms, UIDs, date shifts; see
`config.key_versions`): losing it loses the way back for new studies, leaking it undoes the pseudonyms.
`keys/vault.identity` is the age identity that opens the vault; `keys/vault.recipient` is its public half, all that a
door needs. `keys/receipt.key` is the Ed25519 seed that signs receipts; `keys/receipt.jwk` is its public half (RFC
8037), for whoever checks them. `keys/preview.key` signs the links that share previews: whoever has it can look at what
is shared.
"""

import base64
import json
import secrets
from pathlib import Path

import pyrage
from nacl.signing import SigningKey

from config.errors import Misconfigured
from config.key_versions import FIRST, NODE_KEY, versions_as_text
from config.secret_files import read_secret, write_secret

VAULT_IDENTITY = "vault.identity"
VAULT_RECIPIENT = "vault.recipient"
RECEIPT_KEY = "receipt.key"
RECEIPT_PUBLIC = "receipt.jwk"
PREVIEW_KEY = "preview.key"


def create_keys(home: Path) -> bool:
    """Create the keys that a home lacks; return whether any was created. Existing keys are never touched."""
    folder = home / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    created = False
    if not (folder / NODE_KEY).exists():
        write_secret(folder / NODE_KEY, versions_as_text({FIRST: secrets.token_bytes(32)}))
        created = True
    if not (folder / VAULT_IDENTITY).exists():
        write_secret(folder / VAULT_IDENTITY, str(pyrage.x25519.Identity.generate()))
        created = True
    if not (folder / VAULT_RECIPIENT).exists():
        recipient = read_vault_identity(home).to_public()
        (folder / VAULT_RECIPIENT).write_text(f"{recipient}\n", encoding="ascii")
        created = True
    if not (folder / RECEIPT_KEY).exists():
        write_secret(folder / RECEIPT_KEY, secrets.token_bytes(32).hex())
        (folder / RECEIPT_PUBLIC).unlink(missing_ok=True)  # of a key that is lost
        created = True
    if not (folder / RECEIPT_PUBLIC).exists():
        public = bytes(SigningKey(read_receipt_seed(home)).verify_key)
        (folder / RECEIPT_PUBLIC).write_text(f"{json.dumps(public_jwk(public))}\n", encoding="ascii")
        created = True
    if not (folder / PREVIEW_KEY).exists():
        write_secret(folder / PREVIEW_KEY, secrets.token_bytes(32).hex())
        created = True
    return created


def public_jwk(public: bytes) -> dict[str, str]:
    """Return an Ed25519 public key as a JSON Web Key (RFC 8037 section 2)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": base64.urlsafe_b64encode(public).rstrip(b"=").decode("ascii")}


def read_receipt_seed(home: Path) -> bytes:
    """Return the 32 bytes that the receipts' signing key is made of.

    Raises:
        Misconfigured: absent, readable by others, or damaged.
    """
    return _read_hex(home, RECEIPT_KEY)


def read_preview_key(home: Path) -> bytes:
    """Return the 32 bytes that sign the links to previews.

    Raises:
        Misconfigured: absent, readable by others, or damaged.
    """
    return _read_hex(home, PREVIEW_KEY)


def read_vault_identity(home: Path) -> pyrage.x25519.Identity:
    """Return the age identity that opens the vault.

    Raises:
        Misconfigured: absent, readable by others, or damaged.
    """
    try:
        return pyrage.x25519.Identity.from_str(read_secret(home / "keys" / VAULT_IDENTITY))
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


def _read_hex(home: Path, name: str) -> bytes:
    try:
        key = bytes.fromhex(read_secret(home / "keys" / name))
    except ValueError:
        raise Misconfigured(f"keys/{name} is damaged: restore it from the backup") from None
    if len(key) != 32:
        raise Misconfigured(f"keys/{name} is damaged: restore it from the backup")
    return key
