"""Which instances can be committed: those whose original lies in the vault and still has the digest it came with.

Every original is decrypted and its SHA-256 computed again, so "committed" says that it can be read back, not that it
was once written. It is kept until the study is purged or the object discarded by a person (docs/operations.md).
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound, Unavailable
from gateway.models import ReceivedObject
from gateway.node import Node

PROCESSING_FAILURE = 0x0110
NO_SUCH_OBJECT_INSTANCE = 0x0112
CLASS_INSTANCE_CONFLICT = 0x0119
FAILURE_WORDS = {
    PROCESSING_FAILURE: "the original cannot be read back",
    NO_SUCH_OBJECT_INSTANCE: "not received from this site, or no longer kept",
    CLASS_INSTANCE_CONFLICT: "received with another SOP Class UID",
}


def judge(node: Node, site: str, sop_class_uid: str, sop_instance_uid: str) -> int | None:
    """Return the Failure Reason of one reference (PS3.3 section C.14.1.1), or None when it is committed."""
    with node.identity.read() as session:
        kept = _kept(session, site, sop_instance_uid)
    if not kept:
        return NO_SUCH_OBJECT_INSTANCE
    blobs = [blob for found, blob in kept if found == sop_class_uid]
    if not blobs:
        return CLASS_INSTANCE_CONFLICT
    return None if all(_can_be_read(node, blob) for blob in blobs) else PROCESSING_FAILURE


def _kept(session: Session, site: str, sop_instance_uid: str) -> Sequence[tuple[str, str]]:
    """Return SOP class and blob of everything that is kept under a SOP Instance UID of a site."""
    rows = session.execute(
        select(ReceivedObject.sop_class_uid, ReceivedObject.blob)
        .where(
            ReceivedObject.site == site,
            ReceivedObject.sop_instance_uid == sop_instance_uid,
            ReceivedObject.discarded_at.is_(None),
        )
        .distinct()
    )
    return [(row.sop_class_uid, row.blob) for row in rows]


def _can_be_read(node: Node, blob: str) -> bool:
    try:
        node.vault.open(blob).close()
    except (NotFound, Unavailable, OSError):
        return False
    return True
