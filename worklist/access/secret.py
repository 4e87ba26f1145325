"""Secrets that are shown once: 256 random bits, kept as their SHA-256.

A secret of this entropy needs no slow hash, and looking it up by its hash leaks nothing through timing.
"""

import hashlib
import secrets

ENTROPY_BYTES = 32


def draw_secret(prefix: str = "") -> str:
    """Draw a secret: the prefix and 43 characters of the URL-safe alphabet."""
    return prefix + secrets.token_urlsafe(ENTROPY_BYTES)


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
