"""Passwords, hashed with Argon2id at the library's current defaults (RFC 9106).

Checking costs the same whether the reader exists or not, so that the answer's time says nothing about names. A hash
takes 64 MiB of memory: few are computed at once, however many strangers try to log in.
"""

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import Malformed

SHORTEST = 12
LONGEST = 1024
_HASHER = PasswordHasher()
_FEW_AT_ONCE = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password.

    Raises:
        Malformed: shorter than 12 or longer than 1024 characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Malformed(f"a password has {SHORTEST} to {LONGEST} characters")
    return _HASHER.hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Say whether a password fits a stored hash; without a stored hash do the same work and say no."""
    try:
        with _FEW_AT_ONCE:
            _HASHER.verify(stored if stored is not None else _hash_of_nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("nobody has this password")
