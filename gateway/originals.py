"""Discard originals: an original leaves the vault when the last object that was received as these bytes is discarded.

`discarded_at` of an object is the instant from which its original is owed to nobody. The caller deletes the blobs once
its transaction is committed: a crash in between leaves bytes behind, never an object without them.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock
from gateway.models import ReceivedObject

_AT_ONCE = 500  # values in one IN (...)


def discard(session: Session, clock: Clock, objects: Sequence[ReceivedObject]) -> set[str]:
    """Mark objects as discarded and return the keys of the originals that nothing else needs."""
    for row in objects:
        row.discarded_at = row.discarded_at or clock()
    session.flush()
    keys = {row.blob for row in objects}
    return keys - _needed(session, sorted(keys))


def _needed(session: Session, keys: list[str]) -> set[str]:
    needed: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        query = select(ReceivedObject.blob).where(ReceivedObject.blob.in_(some), ReceivedObject.discarded_at.is_(None))
        needed.update(session.scalars(query))
    return needed
