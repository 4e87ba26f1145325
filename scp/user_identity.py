"""User identity by name and passcode (PS3.7 section D.3.3.7): hashed with Argon2, checked in constant time.

Names and passcodes go over the line as they are, so a site that uses them should use TLS.
"""

import hmac
from contextlib import suppress

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scp.peers import DoorTerms

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return what may be stored of a passcode."""
    return _HASHER.hash(password)


def is_user(terms: DoorTerms, user: str, password: str) -> bool:
    """Say whether a name and a passcode are those of the site; a wrong name takes as long as a wrong passcode."""
    fits = False
    with suppress(VerificationError, InvalidHashError):
        fits = _HASHER.verify(terms.password_hash, password)
    return hmac.compare_digest(terms.user.encode(), user.encode()) and fits
