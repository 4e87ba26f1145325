"""Compact JSON Web Signatures with Ed25519 (RFC 7515 section 3.1, RFC 8037), and no other algorithm.

The header names the algorithm, the type and the key's thumbprint (RFC 7638), and is refused if it says anything else:
the checker chooses the algorithm and the key, never the token.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from config.errors import Malformed, Refused
from config.keys import public_jwk

TYPE = "overread-receipt+jws"
_ALGORITHM = "EdDSA"


def thumbprint(public: bytes) -> str:
    """Return the thumbprint of an Ed25519 public key, by which receipts name it."""
    members = json.dumps(public_jwk(public), separators=(",", ":"), sort_keys=True)
    return _encoded(hashlib.sha256(members.encode("ascii")).digest())


def sign(claims: Mapping[str, Any], seed: bytes) -> str:
    """Return claims as a signed token."""
    key = SigningKey(seed)
    header = {"alg": _ALGORITHM, "kid": thumbprint(bytes(key.verify_key)), "typ": TYPE}
    content = f"{_encoded(_json(header))}.{_encoded(_json(claims))}"
    return f"{content}.{_encoded(key.sign(content.encode('ascii')).signature)}"


def verify(token: str, public: bytes) -> dict[str, Any]:
    """Return the claims of a token that a key signed.

    Raises:
        Malformed: not such a token.
        Refused: signed with another key, or changed since.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise Malformed("this is not a receipt")
    header = _object(_decoded(parts[0]))
    if header.keys() != {"alg", "kid", "typ"} or header["alg"] != _ALGORITHM or header["typ"] != TYPE:
        raise Malformed("this is not a receipt of this kind of node")
    if header["kid"] != thumbprint(public):
        raise Refused("the receipt was signed with another key; name that one with --key")
    signature = _decoded(parts[2])
    try:
        VerifyKey(public).verify(f"{parts[0]}.{parts[1]}".encode("ascii"), signature)
    except (BadSignatureError, ValueError):
        raise Refused("the signature does not hold: the receipt was changed") from None
    return _object(_decoded(parts[1]))


def public_key(jwk: bytes) -> bytes:
    """Return the public key in a JSON Web Key.

    Raises:
        Malformed: not an Ed25519 public key.
    """
    try:
        value = json.loads(jwk)
        public = base64.urlsafe_b64decode(value["x"] + "=")
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Malformed("this is not a public key of a node (keys/receipt.jwk)") from None
    if len(public) != 32 or value != public_jwk(public):
        raise Malformed("this is not a public key of a node (keys/receipt.jwk)")
    return public


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise Malformed("this is not a receipt") from None
    if not isinstance(value, dict):
        raise Malformed("this is not a receipt")
    return value


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("this is not a receipt") from None
    if _encoded(content) != text:
        raise Malformed("this is not a receipt")
    return content
