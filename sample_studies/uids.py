"""UIDs made from words: the same words give the same UID on every machine (PS3.5 B.2, the 2.25 arc)."""

import hashlib
import uuid


def uid(*words: object) -> str:
    """Return a UID under 2.25 that depends on the words alone."""
    digest = hashlib.sha256("\x1f".join(str(word) for word in words).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"
