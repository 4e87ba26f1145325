"""Discard originals: an original leaves the vault when the last object that was received as these bytes is discarded.

`discarded_at` of an object is the instant from which its original is owed to nobody. The bytes go in a transaction of
their own, once that is committed and while nobody else writes: the intake, which looks under the same lock whether the
bytes of what it records are there, then either finds them owed or puts them back. Until then it is noted that they are
to go, so that a crash in between leaves nothing behind (`gateway.housekeeping`).
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.clock import Clock
from gateway.case_models import CaseSource, EarlyCancellation, Hl7Message
from gateway.models import DiscardedOriginal, ReceivedObject
from gateway.node import Node

_AT_ONCE = 500  # values in one IN (...)


def discard(session: Session, clock: Clock, objects: Sequence[ReceivedObject]) -> set[str]:
    """Mark objects as discarded and return the keys of their originals, for `delete_unneeded` after the commit."""
    for row in objects:
        row.discarded_at = row.discarded_at or clock()
    session.flush()
    originals = {row.blob for row in objects}
    session.add_all(DiscardedOriginal(blob=key) for key in sorted(originals.difference(discarded_originals(session))))
    return originals


def discarded_originals(session: Session) -> list[str]:
    """Return the originals that are noted to go."""
    return list(session.scalars(select(DiscardedOriginal.blob)))


def delete_unneeded(node: Node, keys: Collection[str]) -> None:
    """Delete the originals among `keys` that are owed to nobody."""
    with node.identity.write() as session:
        for key in set(keys) - _needed(session, sorted(keys)):
            node.vault.delete(key)
        for some in _parts(sorted(keys)):
            session.execute(delete(DiscardedOriginal).where(DiscardedOriginal.blob.in_(some)))


def _needed(session: Session, keys: list[str]) -> set[str]:
    needed: set[str] = set()
    for some in _parts(keys):
        query = select(ReceivedObject.blob).where(ReceivedObject.blob.in_(some), ReceivedObject.discarded_at.is_(None))
        needed.update(session.scalars(query))
        for column in (CaseSource.blob, Hl7Message.blob, EarlyCancellation.blob):  # kept with what was made of it
            needed.update(session.scalars(select(column).where(column.in_(some))))
    return needed


def _parts(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _AT_ONCE):
        yield keys[start : start + _AT_ONCE]
